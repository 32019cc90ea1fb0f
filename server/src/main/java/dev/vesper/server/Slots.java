package dev.vesper.server;

import dev.vesper.server.wire.ApiException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The choices that are worked on, over all requests: how many there may be, and a way to wait for them or to give up on
 * them when the server stops.
 */
final class Slots {
    private final int maximum;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition empty = lock.newCondition();
    private final Set<Slot> taken = new LinkedHashSet<>();
    private int choices;
    private boolean stopping;

    Slots(int maximum) {
        this.maximum = maximum;
    }

    /**
     * Room for a request with one choice, which has it until it is closed, and is waited for until it is answered.
     *
     * @throws ApiException 503 if there is none, or the server stops
     */
    Slot take() {
        lock.lock();
        try {
            if (stopping) {
                throw stoppingNow();
            }
            reserve(1);
            var slot = new Slot();
            taken.add(slot);
            return slot;
        } finally {
            lock.unlock();
        }
    }

    boolean stopping() {
        lock.lock();
        try {
            return stopping;
        } finally {
            lock.unlock();
        }
    }

    /** Lets nobody in any more. */
    void stop() {
        lock.lock();
        try {
            stopping = true;
        } finally {
            lock.unlock();
        }
    }

    /** Waits until all are answered. Returns whether they are. */
    boolean awaitEmpty(Duration limit) {
        long left = limit.toNanos();
        lock.lock();
        try {
            while (!taken.isEmpty() && left > 0) {
                left = empty.awaitNanos(left);
            }
            return taken.isEmpty();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        } finally {
            lock.unlock();
        }
    }

    /** Gives up on all requests. */
    void cancelAll() {
        List<Slot> all;
        lock.lock();
        try {
            all = List.copyOf(taken);
        } finally {
            lock.unlock();
        }
        all.forEach(Slot::cancel);
    }

    static ApiException stoppingNow() {
        return ApiException.unavailable("stopping", "The server is stopping.").header("Connection", "close");
    }

    /** Under the lock. */
    private void reserve(int more) {
        if (choices + more > maximum) {
            throw ApiException.unavailable("overloaded",
                    "The server has %d choices to write and takes %d at most; this request asks for %d more."
                            .formatted(choices, maximum, more));
        }
        choices += more;
    }

    /** The room of one request. */
    final class Slot implements AutoCloseable {
        private final List<Runnable> onCancel = new ArrayList<>();
        private int size = 1;
        private boolean cancelled;

        /**
         * Makes room for more choices of the request.
         *
         * @throws ApiException 503 if there is none
         */
        void grow(int more) {
            lock.lock();
            try {
                reserve(more);
                size += more;
            } finally {
                lock.unlock();
            }
        }

        /** What gives up on the work; runs at once if that was decided already. */
        void onCancel(Runnable action) {
            lock.lock();
            try {
                if (!cancelled) {
                    onCancel.add(action);
                    return;
                }
            } finally {
                lock.unlock();
            }
            action.run();
        }

        /** Gives up on the request. */
        void cancel() {
            List<Runnable> actions;
            lock.lock();
            try {
                cancelled = true;
                actions = List.copyOf(onCancel);
                onCancel.clear();
            } finally {
                lock.unlock();
            }
            actions.forEach(Runnable::run);
        }

        boolean cancelled() {
            lock.lock();
            try {
                return cancelled;
            } finally {
                lock.unlock();
            }
        }

        /** Gives the room back: nothing is written any more. */
        @Override
        public void close() {
            lock.lock();
            try {
                choices -= size;
                size = 0;
            } finally {
                lock.unlock();
            }
        }

        /** The request was answered, so that a server that stops need not wait for it. */
        void answered() {
            lock.lock();
            try {
                taken.remove(this);
                if (taken.isEmpty()) {
                    empty.signalAll();
                }
            } finally {
                lock.unlock();
            }
        }
    }
}
