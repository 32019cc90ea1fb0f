package dev.vesper.server.http;

import dev.vesper.server.wire.Json;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.locks.ReentrantLock;

/**
 * An answer in pieces: server-sent events whose data is JSON, and {@code [DONE]} after the last. Several threads may send.
 * Status and headers go out with the first event.
 *
 * @see <a href="https://html.spec.whatwg.org/multipage/server-sent-events.html">Server-sent events</a>
 */
public final class EventStream {
    private static final byte[] PREFIX = "data: ".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] SUFFIX = "\n\n".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] DONE = "data: [DONE]\n\n".getBytes(StandardCharsets.US_ASCII);

    private final Exchange exchange;
    private final ReentrantLock lock = new ReentrantLock();
    private boolean ended;

    EventStream(Exchange exchange) {
        this.exchange = exchange;
    }

    /**
     * Sends an event. Blocks while the client is slow.
     *
     * @throws DisconnectedException if the client went away
     */
    public void send(Object json) {
        write(event(json), false);
    }

    /** Sends the mark of the end, after which there is nothing. */
    public void end() {
        write(DONE, true);
    }

    /** Sends a last event in place of the mark: what went wrong. */
    void endWith(Object json) {
        write(event(json), true);
    }

    private static byte[] event(Object json) {
        var out = new ByteArrayOutputStream();
        out.writeBytes(PREFIX);
        out.writeBytes(Json.bytes(json));
        out.writeBytes(SUFFIX);
        return out.toByteArray();
    }

    private void write(byte[] bytes, boolean last) {
        lock.lock();
        try {
            if (ended) {
                throw new IllegalStateException("the stream has ended");
            }
            ended = last;
            exchange.write(bytes, last);
        } finally {
            lock.unlock();
        }
    }
}
