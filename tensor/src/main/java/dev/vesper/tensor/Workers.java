package dev.vesper.tensor;

import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * A fixed crew of threads that share out ranges of work; the calling thread is one of them. Results must not depend on
 * how a range is split.
 *
 * <p>Threads start with the first run that needs them, spin a moment for the next one, and then sleep. While other
 * processes keep the machine busy, fewer take part ({@link CrewSize}). Several callers
 * take turns; a task must not call {@link #run} of its own crew.
 */
public final class Workers implements AutoCloseable {
    /** Small enough that a band costs far more than claiming it, large enough to even out a core that is shared. */
    private static final int BANDS_PER_THREAD = 8;
    /** Longer than the gaps within a token, shorter than those between requests. */
    private static final long SPIN_NANOS = 50_000;
    private static final int SPINS_BETWEEN_CLOCK_READINGS = 64;
    private static final int NO_BAND_LEFT = Integer.MAX_VALUE;
    private static final Task NOTHING = (from, to, worker) -> {};

    private final int threads;
    private final ReentrantLock turn = new ReentrantLock();
    private final Member[] members;
    private boolean started;
    private volatile boolean closed;

    /**
     * Run number in the upper half, next band to claim in the lower. A thread claims by compare-and-set after it has
     * read the fields below; they change only under {@link #NO_BAND_LEFT}, so what it read belongs to what it claimed.
     */
    private final AtomicLong ticket = new AtomicLong(NO_BAND_LEFT);
    private final AtomicInteger unfinished = new AtomicInteger();
    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
    private volatile @Nullable Thread waitingCaller;

    private final CrewSize size;

    // What the current run is.
    private int active;
    private Task task = NOTHING;
    private int count;
    private int grain;
    private int bands;

    /** A crew of {@code threads}, the caller included. */
    public Workers(int threads) {
        if (threads < 1) {
            throw new IllegalArgumentException("a crew needs at least 1 thread, got " + threads);
        }
        this.threads = threads;
        this.size = new CrewSize(threads);
        this.members = new Member[threads - 1];
        Arrays.setAll(members, i -> new Member(this, i + 1));
    }

    /** What each band runs. {@code worker} is below {@link #threads()} and unique among those that run at a time. */
    @FunctionalInterface
    public interface Task {
        void run(int from, int to, int worker);
    }

    public int threads() {
        return threads;
    }

    /**
     * Runs {@code task} over contiguous bands that cover {@code [0, count)}, and returns when all are done. Bands begin
     * at multiples of {@code grain}; a {@code count} of one grain runs on the caller alone. An exception of a task is
     * thrown here, after all have stopped; bands that had not begun by then are left out.
     *
     * @throws IllegalStateException if the crew is closed, or from within one of its own tasks
     */
    public void run(int count, int grain, Task task) {
        if (count < 0 || grain < 1) {
            throw new IllegalArgumentException(
                    "count %d must not be negative, grain %d be positive".formatted(count, grain));
        }
        if (turn.isHeldByCurrentThread() || isMember(Thread.currentThread())) {
            throw new IllegalStateException("a task called run of the workers that run it");
        }
        turn.lock();
        try {
            if (closed) {
                throw new IllegalStateException("the workers are closed");
            }
            if (count == 0) {
                return;
            }
            if (threads == 1 || count <= grain) {
                task.run(0, count, 0);
            } else {
                share(count, grain, task);
            }
        } finally {
            turn.unlock();
        }
    }

    private void share(int count, int grain, Task task) {
        long begin = System.nanoTime();
        active = size.active();
        if (active == 1) {
            task.run(0, count, 0);
            size.ran(System.nanoTime() - begin, 0);
            return;
        }
        startOnce();
        this.task = task;
        this.count = count;
        this.grain = grain;
        this.bands = Math.min(Math.ceilDiv(count, grain), threads * BANDS_PER_THREAD);
        unfinished.set(bands);
        long run = (ticket.get() >>> 32) + 1;
        ticket.set(run << 32);
        for (int i = 0; i < active - 1; i++) {
            members[i].wake();
        }
        workOn(run, 0);
        long done = System.nanoTime();
        awaitOthers(done);
        long end = System.nanoTime();
        size.ran(end - begin, end - done);
        ticket.set(run << 32 | NO_BAND_LEFT);
        this.task = NOTHING;
        Throwable thrown = failure.getAndSet(null);
        if (thrown != null) {
            rethrow(thrown);
        }
    }

    private boolean isMember(Thread thread) {
        for (Member member : members) {
            if (member.thread == thread) {
                return true;
            }
        }
        return false;
    }

    private void startOnce() {
        if (!started) {
            started = true;
            for (Member member : members) {
                member.thread.start();
            }
        }
    }

    /** Claims and runs bands until none is left of run number {@code run}. */
    private void workOn(long run, int worker) {
        while (true) {
            long claim = ticket.get();
            Task claimedTask = task;
            int claimedCount = count;
            int claimedGrain = grain;
            int claimedBands = bands;
            int claimedActive = active;
            int band = (int) claim;
            if (claim >>> 32 != run || band >= claimedBands || worker >= claimedActive) {
                return;
            }
            if (ticket.compareAndSet(claim, claim + 1)) {
                runBand(claimedTask, claimedCount, claimedGrain, band, claimedBands, worker);
            }
        }
    }

    private void runBand(Task task, int count, int grain, int band, int bands, int worker) {
        try {
            if (failure.get() == null) {
                long grains = Math.ceilDiv(count, grain);
                int from = (int) (band * grains / bands) * grain;
                int to = (int) Math.min(count, (band + 1) * grains / bands * grain);
                task.run(from, to, worker);
            }
        } catch (Throwable thrown) {
            Throwable first = failure.compareAndExchange(null, thrown);
            if (first != null && first != thrown) {
                first.addSuppressed(thrown);
            }
        } finally {
            if (unfinished.decrementAndGet() == 0) {
                LockSupport.unpark(waitingCaller);
            }
        }
    }

    private void awaitOthers(long now) {
        long deadline = now + SPIN_NANOS;
        while (unfinished.get() != 0) {
            if (spinning(deadline)) {
                continue;
            }
            waitingCaller = Thread.currentThread();
            if (unfinished.get() != 0) {
                LockSupport.park(this);
            }
        }
        waitingCaller = null;
    }

    /** Spins a moment; false once {@code deadline} has passed. */
    private static boolean spinning(long deadline) {
        for (int i = 0; i < SPINS_BETWEEN_CLOCK_READINGS; i++) {
            Thread.onSpinWait();
        }
        return System.nanoTime() - deadline < 0;
    }

    private static void rethrow(Throwable thrown) {
        switch (thrown) {
            case RuntimeException exception -> throw exception;
            case Error error -> throw error;
            default -> throw new IllegalStateException("a task threw a checked exception", thrown);
        }
    }

    /** Ends the threads, once a run that is under way has finished; closing twice does nothing. */
    @Override
    public void close() {
        turn.lock();
        try {
            closed = true;
            if (started) {
                for (Member member : members) {
                    LockSupport.unpark(member.thread);
                }
            }
        } finally {
            turn.unlock();
        }
    }

    /** One thread of the crew besides the caller. */
    private static final class Member implements Runnable {
        private final Workers crew;
        private final int worker;
        private final Thread thread;
        private volatile boolean asleep;

        Member(Workers crew, int worker) {
            this.crew = crew;
            this.worker = worker;
            this.thread = Thread.ofPlatform().name("vesper-worker-" + worker).daemon().unstarted(this);
        }

        /** The ticket was written before, and {@link #sleepAfter} reads it after announcing itself: no wake-up is lost. */
        void wake() {
            if (asleep) {
                LockSupport.unpark(thread);
            }
        }

        @Override
        public void run() {
            long last = 0;
            while (!crew.closed) {
                long run = crew.ticket.get() >>> 32;
                if (run != last) {
                    crew.workOn(run, worker);
                    last = run;
                } else {
                    awaitRunAfter(last);
                }
            }
        }

        private void awaitRunAfter(long last) {
            long deadline = System.nanoTime() + SPIN_NANOS;
            while (crew.ticket.get() >>> 32 == last && !crew.closed) {
                if (!spinning(deadline)) {
                    sleepAfter(last);
                    return;
                }
            }
        }

        private void sleepAfter(long last) {
            asleep = true;
            while (crew.ticket.get() >>> 32 == last && !crew.closed) {
                LockSupport.park(crew);
            }
            asleep = false;
        }
    }
}
