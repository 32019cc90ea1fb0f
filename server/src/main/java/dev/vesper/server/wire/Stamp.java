package dev.vesper.server.wire;

import java.time.Instant;

/**
 * What all parts of an answer share.
 *
 * @param created seconds since 1970
 * @param model as it is listed
 * @param fingerprint changes when the same seed may give another text
 */
public record Stamp(String id, long created, String model, String fingerprint) {
    /** The stamp of an answer that begins now. */
    public static Stamp now(String prefix, String model, String fingerprint) {
        return new Stamp(Ids.next(prefix), Instant.now().getEpochSecond(), model, fingerprint);
    }
}
