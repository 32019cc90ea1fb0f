package dev.vesper.train.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BootstrapTest {
    private static final Bootstrap BOOTSTRAP = new Bootstrap(4000, 0.95, 1);

    /** All 6^6 ways to draw six of six rows, against as many draws by chance. */
    @Test
    void theIntervalIsThatOfAllPossibleDraws() {
        double[] sums = {3, 1, 8, 2, 9, 4};
        double[] weights = {1, 1, 2, 1, 3, 2};
        double[] all = new double[46_656];
        for (int i = 0; i < all.length; i++) {
            double sum = 0;
            double weight = 0;
            for (int k = 0, rest = i; k < 6; k++, rest /= 6) {
                sum += sums[rest % 6];
                weight += weights[rest % 6];
            }
            all[i] = sum / weight;
        }
        Arrays.sort(all);
        Bootstrap bootstrap = new Bootstrap(100_000, 0.9, 3);
        Estimate estimate = bootstrap.mean(sums, weights);
        // 10 rows in weight, 20 in squares: 100 / 20 = 5 rows of equal weight
        int cut = (int) Math.round(bootstrap.tail(5) * all.length);
        assertThat(estimate.value()).isEqualTo(2.7);
        assertThat(estimate.low()).isBetween(all[cut - 150], all[cut + 150]);
        assertThat(estimate.high()).isBetween(all[all.length - cut - 150], all[all.length - cut + 150]);
    }

    /** By hand: the normal probability of - sqrt(n / (n - 1)) t, with t = 2.776, 2.262, 2.093 and 2.023 from a table. */
    @ParameterizedTest
    @CsvSource({"5, 0.00095", "10, 0.0086", "20, 0.0159", "40, 0.0203", "1000000, 0.0250"})
    void percentilesMoveOutwardsWhereRowsAreFew(double rows, double tail) {
        assertThat(BOOTSTRAP.tail(rows)).isCloseTo(tail, within(5e-5));
    }

    /** Of 2000 samples, the share whose interval holds the truth; the standard error of that is 0.5 %. */
    @ParameterizedTest
    @CsvSource({"8, false", "20, false", "60, false", "20, true", "60, true"})
    void itCoversTheTruthAboutAsOftenAsItSays(int rows, boolean skewed) {
        Random random = new Random(42);
        Bootstrap bootstrap = new Bootstrap(500, 0.95, 7);
        int held = 0;
        for (int i = 0; i < 2000; i++) {
            double[] sums = new double[rows];
            double[] weights = new double[rows];
            for (int k = 0; k < rows; k++) {
                weights[k] = 1 + random.nextInt(20);
                double noise = skewed ? -Math.log(1 - random.nextDouble()) - 1 : random.nextGaussian();
                sums[k] = weights[k] * (2 + noise);
            }
            held += bootstrap.mean(sums, weights).admits(2) ? 1 : 0;
        }
        // rows as skewed as an exponential distribution are known to need hundreds
        assertThat(held / 2000.0).isBetween(skewed ? 0.90 : 0.935, 0.97);
    }

    @Test
    void theSameSeedGivesTheSameBitsAndAnotherSeedNot() {
        double[] values = new Random(5).doubles(50).toArray();
        Estimate first = BOOTSTRAP.mean(values);
        assertThat(BOOTSTRAP.mean(values)).isEqualTo(first);
        assertThat(new Bootstrap(4000, 0.95, 2).mean(values).low()).isNotEqualTo(first.low());
        assertThat(first.value()).isEqualTo(Arrays.stream(values).average().orElseThrow(), within(1e-15));
        // the usual interval of a mean, which that of such well-behaved values resembles
        double squares = Arrays.stream(values).map(v -> (v - first.value()) * (v - first.value())).sum();
        assertThat(first.high() - first.low()).isCloseTo(2 * 2.0096 * Math.sqrt(squares / 49 / 50), within(0.01));
    }

    @Test
    void tooFewRowsGiveNoInterval() {
        assertThat(BOOTSTRAP.fewestRows()).isEqualTo(6);
        assertThat(new Bootstrap(100, 0.75, 1).fewestRows()).isEqualTo(3);
        Estimate five = BOOTSTRAP.mean(new double[] {1, 1, 2, 1, 1});
        assertThat(five.value()).isEqualTo(1.2);
        assertThat(five.bounded()).isFalse();
        assertThat(five.admits(-1e9)).isTrue();
        assertThat(BOOTSTRAP.mean(new double[] {1, 1, 2, 1, 1, 1}).bounded()).isTrue();
        assertThatThrownBy(() -> BOOTSTRAP.mean(new double[0])).hasMessageContaining("0 sums");
    }

    @Test
    void rowsThatAreAllTheSameGiveAPoint() {
        assertThat(BOOTSTRAP.mean(new double[12])).isEqualTo(new Estimate(0, 0, 0, 12));
    }

    @Test
    void aPairedDifferenceIsFarSurerThanTheTwoValues() {
        Random random = new Random(9);
        Estimate alone = BOOTSTRAP.mean(random.doubles(40, 1, 5).toArray());
        Estimate paired = BOOTSTRAP.mean(random.doubles(40, 0.05, 0.15).toArray());
        assertThat(paired.admits(0)).isFalse();
        assertThat(alone.high() - alone.low()).isGreaterThan(10 * (paired.high() - paired.low()));
    }
}
