package dev.vesper.server.http;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.locks.ReentrantLock;
import org.eclipse.jetty.io.AbstractEndPoint;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.util.BufferUtil;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.thread.Invocable.InvocationType;

/**
 * Notices that a client goes away while its request is worked on, when nothing is read from it or written to it.
 *
 * <p>Jetty reads a connection of HTTP/1.1 again only when the answer is complete. Until then nobody waits for its bytes, so
 * that this may: what arrives is the end of the connection, or the beginning of a next request that came too early.
 */
final class Departure implements AutoCloseable {
    private final AbstractEndPoint endPoint;
    private final Runnable action;
    private final ReentrantLock lock = new ReentrantLock();
    private final Callback callback = Callback.from(InvocationType.NON_BLOCKING, this::readable, this::failed);
    private boolean waiting;
    private boolean closed;
    private ByteBuffer early = BufferUtil.EMPTY_BUFFER;

    private Departure(AbstractEndPoint endPoint, Runnable action) {
        this.endPoint = endPoint;
        this.action = action;
    }

    /** Watches the connection of a request whose body has been read. */
    static Departure watch(Request request, Runnable action) {
        var endPoint = (AbstractEndPoint) request.getConnectionMetaData().getConnection().getEndPoint();
        var departure = new Departure(endPoint, action);
        departure.await();
        return departure;
    }

    private void await() {
        lock.lock();
        try {
            waiting = true;
            if (!endPoint.tryFillInterested(callback)) {
                throw new IllegalStateException("somebody else reads the connection");
            }
        } finally {
            lock.unlock();
        }
    }

    private void readable() {
        boolean gone;
        lock.lock();
        try {
            waiting = false;
            if (closed) {
                return; // whatever there is to read belongs to the next request
            }
            ByteBuffer one = BufferUtil.allocate(1);
            int bytes = read(one);
            gone = bytes < 0;
            if (bytes == 0) {
                await();
            } else if (bytes > 0) {
                early = one; // a client that sends its next request already is still there; whether it stays is not known
            }
        } finally {
            lock.unlock();
        }
        if (gone) {
            action.run();
        }
    }

    private int read(ByteBuffer buffer) {
        try {
            return endPoint.fill(buffer);
        } catch (IOException e) {
            return -1; // a connection that was reset
        }
    }

    private void failed(Throwable error) {
        lock.lock();
        try {
            waiting = false;
            if (closed) {
                return;
            }
        } finally {
            lock.unlock();
        }
        action.run();
    }

    /** Stops watching, and gives back what was read: afterwards, the connection can be read by others. */
    @Override
    public void close() {
        lock.lock();
        try {
            closed = true;
            if (waiting) {
                endPoint.getFillInterest().onFail(new IOException("no longer watched"));
            }
            if (early.hasRemaining()) {
                // what Jetty does with bytes that came before a connection was its own
                ((Connection.UpgradeTo) endPoint.getConnection()).onUpgradeTo(early);
                if (early.hasRemaining()) {
                    endPoint.close(); // its buffer is full of further requests: one of them is no longer whole
                }
            }
        } finally {
            lock.unlock();
        }
    }
}
