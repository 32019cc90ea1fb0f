package dev.vesper.server.wire;

import java.util.HexFormat;
import java.util.concurrent.ThreadLocalRandom;

/** Names for answers and requests that are not given twice. */
public final class Ids {
    private Ids() {}

    /** The prefix and 24 hexadecimal digits drawn by chance. */
    public static String next(String prefix) {
        byte[] bytes = new byte[12];
        ThreadLocalRandom.current().nextBytes(bytes);
        return prefix + HexFormat.of().formatHex(bytes);
    }
}
