package dev.vesper.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class CrewSizeTest {
    private static final long MILLIS = 1_000_000;

    @Test
    void staysWholeWhileNobodyWaitsLong() {
        CrewSize size = new CrewSize(2);
        run(size, 1000, 0.2);
        assertThat(size.active()).isEqualTo(2);
    }

    @Test
    void aShortDelayDoesNotCount() {
        CrewSize size = new CrewSize(2);
        for (int i = 0; i < 1000; i++) {
            size.ran(MILLIS, i % 20 == 0 ? MILLIS : 0);
            assertThat(size.active()).isEqualTo(2);
        }
    }

    @Test
    void fewerTakePartWhileTheCallerWaits() {
        CrewSize size = new CrewSize(2);
        run(size, 249, 0.6);
        assertThat(size.active()).isEqualTo(2);
        run(size, 1, 0.6);
        assertThat(size.active()).isEqualTo(1);
    }

    @Test
    void oneMoreIsTriedAfterAPauseThatGrows() {
        CrewSize size = new CrewSize(2);
        long before = 0;
        for (int round = 0; round < 8; round++) {
            while (size.active() == 2) {
                run(size, 1, 0.9);
            }
            long pause = 0;
            while (size.active() == 1) {
                run(size, 1, 0);
                pause++;
            }
            assertThat(pause).isGreaterThanOrEqualTo(before).isBetween(250L, 2000L);
            before = pause;
        }
        assertThat(before).isEqualTo(2000);
    }

    @Test
    void isWholeAgainOnceTheNeighbourHasGone() {
        CrewSize size = new CrewSize(4);
        run(size, 750, 0.9);
        assertThat(size.active()).isEqualTo(1);
        run(size, 30_000, 0.05);
        assertThat(size.active()).isEqualTo(4);
        run(size, 250, 0.9);
        assertThat(size.active()).isEqualTo(3);
        int pause = 0;
        for (; size.active() == 3; pause++) {
            run(size, 1, 0);
        }
        assertThat(pause).as("the pause is short again").isEqualTo(250);
    }

    /** So many runs of a millisecond, of which the caller waits this share. */
    private static void run(CrewSize size, int runs, double waited) {
        for (int i = 0; i < runs; i++) {
            size.ran(MILLIS, (long) (waited * MILLIS));
        }
    }
}
