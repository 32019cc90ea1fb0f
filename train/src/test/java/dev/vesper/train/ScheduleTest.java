package dev.vesper.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.vesper.train.Schedule.Kind;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class ScheduleTest {
    @ParameterizedTest
    @EnumSource(Kind.class)
    void warmUpRisesInALineToTheHighestRate(Kind kind) {
        Schedule schedule = new Schedule(kind, 0.8, 4, 20);
        assertThat(schedule.rate(0)).isCloseTo(0.2, within(1e-15));
        assertThat(schedule.rate(1)).isCloseTo(0.4, within(1e-15));
        assertThat(schedule.rate(3)).isEqualTo(0.8);
        assertThat(schedule.rate(4)).isEqualTo(0.8);
    }

    @ParameterizedTest
    @CsvSource({"CONSTANT, 0.8, 0.8", "LINEAR, 0.4, 0.05", "COSINE, 0.4, 0.00768589"})
    void thenItStaysOrFallsToZeroAtTheEnd(Kind kind, double halfWay, double last) {
        Schedule schedule = new Schedule(kind, 0.8, 4, 20);
        assertThat(schedule.rate(12)).isCloseTo(halfWay, within(1e-8));
        assertThat(schedule.rate(19)).isCloseTo(last, within(1e-8));
    }

    @Test
    void withoutWarmUpTheFirstStepHasTheHighestRate() {
        assertThat(new Schedule(Kind.COSINE, 0.8, 0, 3).rate(0)).isEqualTo(0.8);
        assertThat(new Schedule(Kind.COSINE, 0.8, 1, 1).rate(0)).isEqualTo(0.8);
    }

    @Test
    void aShareBecomesWholeStepsRoundedUp() {
        Schedule schedule = Schedule.of(new ScheduleOptions(Kind.LINEAR, 1, 0.05), 50);
        assertThat(schedule.warmUpSteps()).isEqualTo(3);
        assertThat(schedule.totalSteps()).isEqualTo(50);
    }

    @Test
    void impossibleOnesAreRefused() {
        assertThatThrownBy(() -> new Schedule(Kind.COSINE, 0, 0, 3)).hasMessageContaining("learning rate");
        assertThatThrownBy(() -> new Schedule(Kind.COSINE, Double.NaN, 0, 3)).hasMessageContaining("learning rate");
        assertThatThrownBy(() -> new Schedule(Kind.COSINE, 1, 4, 3)).hasMessageContaining("4 steps in 3 steps");
        assertThatThrownBy(() -> new ScheduleOptions(Kind.COSINE, 1, 1.5)).hasMessageContaining("1.5");
    }
}
