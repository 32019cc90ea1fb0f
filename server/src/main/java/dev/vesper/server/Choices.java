package dev.vesper.server;

import dev.vesper.llm.Reply;
import dev.vesper.llm.TextListener;
import dev.vesper.server.Slots.Slot;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * The choices of one request, written side by side, each by a thread that waits for its tokens. When one fails, or the
 * request is given up, all end.
 */
final class Choices {
    /** Writes one choice. */
    @FunctionalInterface
    interface Writer {
        Reply write(TextListener listener);
    }

    /** Receives what is written, from several threads. */
    interface Listener {
        void text(int choice, String piece);

        void end(int choice, Reply reply);
    }

    private final List<Writer> writers;
    private final Listener listener;
    private final Slot slot;
    private final AtomicReferenceArray<Reply> replies;
    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
    private final List<Thread> threads = new ArrayList<>();

    private Choices(List<Writer> writers, Listener listener, Slot slot) {
        this.writers = writers;
        this.listener = listener;
        this.slot = slot;
        this.replies = new AtomicReferenceArray<>(writers.size());
    }

    /**
     * Writes all choices.
     *
     * @return the replies in order
     * @throws CancellationException if the slot was cancelled
     * @throws RuntimeException whatever the first writer to fail has thrown
     */
    static List<Reply> write(List<Writer> writers, Listener listener, Slot slot) {
        return new Choices(writers, listener, slot).run();
    }

    /** For who wants the replies at the end only. */
    static Listener silent() {
        return new Listener() {
            @Override
            public void text(int choice, String piece) {}

            @Override
            public void end(int choice, Reply reply) {}
        };
    }

    private List<Reply> run() {
        for (int i = 0; i < writers.size(); i++) {
            int choice = i;
            threads.add(Thread.ofVirtual().name("vesper-choice-" + choice).unstarted(() -> write(choice)));
        }
        threads.forEach(Thread::start);
        slot.onCancel(this::interrupt);
        join();
        if (slot.cancelled()) {
            throw new CancellationException("the request was given up");
        }
        switch (failure.get()) {
            case null -> {}
            case Error error -> throw error;
            case RuntimeException error -> throw error;
            case Throwable other -> throw new IllegalStateException(other);
        }
        List<Reply> all = new ArrayList<>();
        for (int i = 0; i < writers.size(); i++) {
            all.add(replies.get(i));
        }
        return all;
    }

    private void write(int choice) {
        try {
            Reply reply = writers.get(choice).write(piece -> {
                listener.text(choice, piece);
                return true;
            });
            if (reply.finish() == Reply.Finish.CANCELLED) {
                throw new CancellationException("the model was closed");
            }
            replies.set(choice, reply);
            listener.end(choice, reply);
        } catch (RuntimeException | Error e) {
            if (failure.compareAndSet(null, e)) {
                interrupt();
            }
        }
    }

    /** A writer that is interrupted takes its request back from the model. */
    private void interrupt() {
        threads.forEach(Thread::interrupt);
    }

    private void join() {
        boolean interrupted = false;
        for (Thread thread : threads) {
            while (thread.isAlive()) {
                try {
                    thread.join();
                } catch (InterruptedException e) {
                    interrupted = true;
                    interrupt();
                }
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
