package dev.vesper.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.management.ManagementFactory;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(60)
class WorkersTest {

    @ParameterizedTest
    @CsvSource({"1,10,1", "2,0,1", "2,1,1", "2,7,3", "3,100,8", "4,1000,1", "2,257,256", "5,12345,7"})
    void coversEveryIndexOnceInBandsThatBeginAtGrains(int threads, int count, int grain) {
        try (Workers workers = new Workers(threads)) {
            AtomicIntegerArray visits = new AtomicIntegerArray(count);
            workers.run(count, grain, (from, to, worker) -> {
                assertThat(from % grain).isZero();
                assertThat(to == count || to % grain == 0).isTrue();
                assertThat(worker).isBetween(0, threads - 1);
                for (int i = from; i < to; i++) {
                    visits.incrementAndGet(i);
                }
            });
            for (int i = 0; i < count; i++) {
                assertThat(visits.get(i)).as("index %d", i).isEqualTo(1);
            }
        }
    }

    @Test
    void manyRunsInARowLoseNothing() {
        try (Workers workers = new Workers(4)) {
            long[] sums = new long[4 * 16];
            long expected = 0;
            for (int run = 0; run < 20_000; run++) {
                int count = 1 + run % 67;
                expected += (long) count * (count - 1) / 2;
                workers.run(count, 1, (from, to, worker) -> {
                    for (int i = from; i < to; i++) {
                        sums[worker * 16] += i;
                    }
                });
                if (run % 5000 == 0) {
                    sleep(2); // lets the crew fall asleep
                }
            }
            assertThat(sums[0] + sums[16] + sums[32] + sums[48]).isEqualTo(expected);
        }
    }

    @Test
    void aWorkerNumberIsNeverInUseTwiceEvenWithSeveralCallers() throws InterruptedException {
        try (Workers workers = new Workers(3)) {
            AtomicIntegerArray inUse = new AtomicIntegerArray(3);
            AtomicBoolean clash = new AtomicBoolean();
            AtomicInteger total = new AtomicInteger();
            Runnable caller = () -> {
                for (int run = 0; run < 500; run++) {
                    workers.run(1 + run % 20, 2, (from, to, worker) -> {
                        if (inUse.incrementAndGet(worker) != 1) {
                            clash.set(true);
                        }
                        total.addAndGet(to - from);
                        inUse.decrementAndGet(worker);
                    });
                }
            };
            Thread other = new Thread(caller);
            other.start();
            caller.run();
            other.join();
            assertThat(clash).isFalse();
            assertThat(total.get()).isEqualTo(2 * 25 * (20 * 21 / 2));
        }
    }

    @Test
    void otherThreadsTakePart() {
        try (Workers workers = new Workers(2)) {
            Set<Integer> seen = ConcurrentHashMap.newKeySet();
            workers.run(2, 1, (from, to, worker) -> {
                seen.add(worker);
                while (seen.size() < 2) {
                    Thread.onSpinWait();
                }
            });
            assertThat(seen).containsExactlyInAnyOrder(0, 1);
        }
    }

    @Test
    void aCountOfOneGrainRunsOnTheCallerAlone() {
        try (Workers workers = new Workers(4)) {
            Thread caller = Thread.currentThread();
            workers.run(64, 64, (from, to, worker) -> {
                assertThat(Thread.currentThread()).isSameAs(caller);
                assertThat(to - from).isEqualTo(64);
            });
        }
    }

    @Test
    void anExceptionArrivesAfterAllHaveStoppedAndTheCrewWorksOn() {
        try (Workers workers = new Workers(4)) {
            AtomicInteger running = new AtomicInteger();
            for (int attempt = 0; attempt < 200; attempt++) {
                assertThatThrownBy(() -> workers.run(100, 1, (from, to, worker) -> {
                    running.incrementAndGet();
                    try {
                        if (from >= 50) {
                            throw new UnsupportedOperationException("band from " + from);
                        }
                    } finally {
                        running.decrementAndGet();
                    }
                }))
                        .isInstanceOf(UnsupportedOperationException.class)
                        .hasMessageStartingWith("band from");
                assertThat(running.get()).isZero();
            }
            AtomicInteger total = new AtomicInteger();
            workers.run(100, 1, (from, to, worker) -> total.addAndGet(to - from));
            assertThat(total.get()).isEqualTo(100);
        }
    }

    @Test
    void refusesToRunWithinItsOwnTaskAndAfterClosing() {
        Workers workers = new Workers(2);
        assertThatThrownBy(() -> workers.run(10, 1, (from, to, worker) -> workers.run(1, 1, (f, t, w) -> {})))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("task called run");
        workers.close();
        workers.close();
        assertThatThrownBy(() -> workers.run(10, 1, (from, to, worker) -> {}))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("closed");
    }

    @Test
    void idleThreadsSleepAndClosingEndsThem() throws InterruptedException {
        Set<Thread> crew = ConcurrentHashMap.newKeySet();
        try (Workers workers = new Workers(2)) {
            workers.run(2, 1, (from, to, worker) -> {
                crew.add(Thread.currentThread());
                while (crew.size() < 2) {
                    Thread.onSpinWait();
                }
            });
            crew.remove(Thread.currentThread());
            Thread member = crew.iterator().next();
            assertThat(member.isDaemon()).isTrue();
            sleep(50);
            long before = ManagementFactory.getThreadMXBean() instanceof com.sun.management.ThreadMXBean bean
                    ? bean.getThreadCpuTime(member.threadId())
                    : 0;
            sleep(100);
            long after = ManagementFactory.getThreadMXBean() instanceof com.sun.management.ThreadMXBean bean
                    ? bean.getThreadCpuTime(member.threadId())
                    : 0;
            assertThat(after - before).as("CPU nanoseconds of an idle worker").isLessThan(5_000_000);
        }
        for (Thread member : crew) {
            member.join(5000);
            assertThat(member.isAlive()).isFalse();
        }
    }

    private static void sleep(int milliseconds) {
        try {
            Thread.sleep(milliseconds);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
