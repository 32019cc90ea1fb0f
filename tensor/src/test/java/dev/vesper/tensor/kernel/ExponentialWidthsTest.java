package dev.vesper.tensor.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import jdk.incubator.vector.FloatVector;
import org.junit.jupiter.api.Test;

class ExponentialWidthsTest {

    private static float exp(float x) {
        return Exponential.of(FloatVector.broadcast(Lanes.FLOAT, x)).lane(0);
    }

    @Test
    void isWithinTwoUnitsInTheLastPlaceOverTheWholeRange() {
        double worst = 0;
        for (float x = -87.3f; x < 88.7f; x += 0.00437f) {
            double exact = StrictMath.exp(x);
            worst = Math.max(worst, Math.abs(exp(x) - exact) / Math.ulp((float) exact));
        }
        assertThat(worst).as("units in the last place").isLessThan(2);
    }

    @Test
    void hasTheRightLimits() {
        assertThat(exp(0)).isEqualTo(1);
        assertThat(exp(-0f)).isEqualTo(1);
        assertThat(exp(Float.NEGATIVE_INFINITY)).isZero();
        assertThat(exp(Float.POSITIVE_INFINITY)).isEqualTo(Float.POSITIVE_INFINITY);
        assertThat(exp(-104)).isZero();
        assertThat(exp(-3e38f)).isZero();
        assertThat(exp(88.73f)).isEqualTo(Float.POSITIVE_INFINITY);
        assertThat(exp(3e38f)).isEqualTo(Float.POSITIVE_INFINITY);
        assertThat(exp(Float.NaN)).isNaN();
    }

    @Test
    void goesThroughTheSubnormalNumbers() {
        for (float x = -103; x < -87.3f; x += 0.0137f) {
            double exact = StrictMath.exp(x);
            assertThat((double) exp(x)).as("exp(%s)", x).isBetween(exact - 2 * Float.MIN_VALUE - exact * 0x1p-22,
                    exact + 2 * Float.MIN_VALUE + exact * 0x1p-22);
        }
    }
}
