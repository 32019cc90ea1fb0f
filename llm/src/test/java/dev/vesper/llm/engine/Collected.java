package dev.vesper.llm.engine;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A listener that keeps what it hears, and refuses to hear anything after the end. */
final class Collected implements TokenListener {
    private final List<Integer> tokens = new ArrayList<>();
    private final CountDownLatch first = new CountDownLatch(1);
    private final CountDownLatch ended = new CountDownLatch(1);
    private final int enough;
    private @Nullable FinishReason reason;
    private @Nullable Throwable error;
    private @Nullable String breach;

    Collected() {
        this(Integer.MAX_VALUE);
    }

    /** @param enough tokens, after which it returns false */
    Collected(int enough) {
        this.enough = enough;
    }

    @Override
    public synchronized boolean token(int token) {
        note(ended.getCount() == 0 ? "token " + token + " after the end" : null);
        tokens.add(token);
        first.countDown();
        return tokens.size() < enough;
    }

    @Override
    public synchronized void finished(FinishReason reason) {
        note(ended.getCount() == 0 ? "finished after the end" : null);
        this.reason = reason;
        ended.countDown();
    }

    @Override
    public synchronized void failed(Throwable error) {
        note(ended.getCount() == 0 ? "failed after the end" : null);
        this.error = error;
        ended.countDown();
    }

    private void note(@Nullable String what) {
        breach = breach == null ? what : breach;
    }

    void awaitFirst() {
        await(first, "no token came");
    }

    /** Waits for the end. */
    Collected ended() {
        await(ended, "the sequence did not end");
        synchronized (this) {
            if (breach != null) {
                throw new AssertionError(breach);
            }
        }
        return this;
    }

    boolean hasEnded() {
        return ended.getCount() == 0;
    }

    private static void await(CountDownLatch latch, String message) {
        try {
            if (!latch.await(20, TimeUnit.SECONDS)) {
                throw new AssertionError(message);
            }
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    synchronized List<Integer> tokens() {
        return List.copyOf(tokens);
    }

    synchronized @Nullable FinishReason reason() {
        return reason;
    }

    synchronized @Nullable Throwable error() {
        return error;
    }
}
