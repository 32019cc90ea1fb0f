package dev.vesper.train.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ProportionsTest {
    /** Newcombe 1998, "Two-sided confidence intervals for the single proportion", table I, method 3. */
    @ParameterizedTest
    @CsvSource({"81, 263, 0.2553, 0.3662", "15, 148, 0.0624, 0.1605", "0, 20, 0, 0.1611", "1, 29, 0.0061, 0.1718"})
    void wilsonAsPublished(int hits, int trials, double low, double high) {
        Estimate estimate = Proportions.wilson(hits, trials, 0.95);
        assertThat(estimate.value()).isEqualTo((double) hits / trials);
        assertThat(estimate.low()).isCloseTo(low, within(5e-5));
        assertThat(estimate.high()).isCloseTo(high, within(5e-5));
    }

    /** Newcombe 1998, "Interval estimation for the difference between independent proportions", table II, method 10. */
    @ParameterizedTest
    @CsvSource({"56, 70, 48, 80, 0.0524, 0.3339", "9, 10, 3, 10, 0.1705, 0.8090", "10, 10, 0, 20, 0.6791, 1"})
    void theDifferenceAsPublished(int hits, int trials, int otherHits, int otherTrials, double low, double high) {
        Estimate difference = Proportions.difference(
                Proportions.wilson(hits, trials, 0.95), Proportions.wilson(otherHits, otherTrials, 0.95));
        assertThat(difference.low()).isCloseTo(low, within(5e-5));
        assertThat(difference.high()).isCloseTo(high, within(5e-5));
    }

    /** Fagerland, Lydersen and Laake 2014, "Recommended tests and confidence intervals for paired binomial proportions". */
    @Test
    void thePairedDifferenceAsPublished() {
        Estimate difference = Proportions.paired(hits(1, 1, 7, 12, true), hits(1, 1, 7, 12, false), 0.95);
        assertThat(difference.value()).isCloseTo(-6 / 21.0, within(1e-12));
        assertThat(difference.low()).isCloseTo(-0.507, within(5e-4));
        assertThat(difference.high()).isCloseTo(-0.026, within(5e-4));
    }

    @Test
    void twoThatNeverDifferAreNoSurerThanTheirNumberAllows() {
        Estimate difference = Proportions.paired(new boolean[20], new boolean[20], 0.95);
        assertThat(difference.value()).isZero();
        assertThat(difference.low()).isCloseTo(-0.1611, within(5e-5));
        assertThat(difference.high()).isCloseTo(0.1611, within(5e-5));
    }

    /** Whether each of some rows is a hit of the first, or of the second. */
    private static boolean[] hits(int both, int onlyFirst, int onlySecond, int neither, boolean first) {
        boolean[] hits = new boolean[both + onlyFirst + onlySecond + neither];
        for (int i = 0; i < hits.length; i++) {
            boolean only = i >= both && i < both + onlyFirst;
            boolean other = i >= both + onlyFirst && i < both + onlyFirst + onlySecond;
            hits[i] = i < both || (first ? only : other);
        }
        return hits;
    }

    @Test
    void nothingTriedIsAnything() {
        Estimate none = Proportions.wilson(0, 0, 0.95);
        assertThat(none.value()).isNaN();
        assertThat(none.low()).isZero();
        assertThat(none.high()).isEqualTo(1);
        assertThatThrownBy(() -> Proportions.wilson(3, 2, 0.95)).hasMessageContaining("3 hits in 2 trials");
    }

    @Test
    void moreConfidenceIsAWiderInterval() {
        Estimate narrow = Proportions.wilson(7, 20, 0.8);
        Estimate wide = Proportions.wilson(7, 20, 0.99);
        assertThat(wide.low()).isLessThan(narrow.low());
        assertThat(wide.high()).isGreaterThan(narrow.high());
        assertThat(narrow.admits(0.35)).isTrue();
        assertThat(narrow.admits(0.9)).isFalse();
    }
}
