package dev.vesper.train.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.assertj.core.data.Percentage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Against the tables of Abramowitz and Stegun, Handbook of Mathematical Functions, 26.1, 26.2 and 26.10. */
class DistributionsTest {
    @ParameterizedTest
    @CsvSource({
        "0, 0.5", "1, 0.841344746068543", "2, 0.977249868051821", "3, 0.998650101968370", "-1.5, 0.066807201268858",
        "-3.5, 2.32629079e-4", "-6, 9.865876450e-10"
    })
    void theNormalDistribution(double z, double probability) {
        assertThat(Distributions.normal(z)).isCloseTo(probability, Percentage.withPercentage(1e-6));
    }

    @Test
    void seriesAndContinuedFractionMeet() {
        assertThat(Distributions.normal(-3)).isCloseTo(Distributions.normal(Math.nextDown(-3.0)), within(1e-15));
    }

    @ParameterizedTest
    @CsvSource({"0.975, 1.959963985", "0.95, 1.644853627", "0.005, -2.575829304", "0.5, 0", "1e-9, -5.997807015"})
    void itsQuantiles(double probability, double z) {
        assertThat(Distributions.normalQuantile(probability)).isCloseTo(z, within(1e-8));
    }

    @ParameterizedTest
    @CsvSource({
        "1, 0.975, 12.706", "2, 0.975, 4.303", "3, 0.95, 2.353", "5, 0.975, 2.571", "9, 0.975, 2.262",
        "10, 0.995, 3.169", "30, 0.025, -2.042", "120, 0.975, 1.980", "50000, 0.975, 1.960"
    })
    void quantilesOfStudentsDistribution(int freedom, double probability, double t) {
        assertThat(Distributions.studentQuantile(probability, freedom)).isCloseTo(t, within(5e-4));
    }

    @Test
    void theEndsAreInfiniteAndWhatIsNoProbabilityIsRefused() {
        assertThat(Distributions.normalQuantile(0)).isEqualTo(Double.NEGATIVE_INFINITY);
        assertThat(Distributions.normalQuantile(1)).isEqualTo(Double.POSITIVE_INFINITY);
        assertThatThrownBy(() -> Distributions.normalQuantile(1.1)).hasMessageContaining("1.1");
        assertThatThrownBy(() -> Distributions.student(0, 0)).hasMessageContaining("got 0");
    }
}
