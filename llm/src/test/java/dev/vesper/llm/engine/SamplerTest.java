package dev.vesper.llm.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Draws against probabilities computed the long way; penalties, bias, ties, extremes and errors. */
class SamplerTest {
    private static final float INFINITY = Float.POSITIVE_INFINITY;

    private static SamplerOptions drawing(double temperature, int topK, double topP, double minP, long seed) {
        return new SamplerOptions(temperature, topK, topP, minP, 1, 0, 0, 0, Map.of(), seed);
    }

    private static SamplerOptions penalties(double repetition, int window, double presence, double frequency) {
        return new SamplerOptions(0, 0, 1, 0, repetition, window, presence, frequency, Map.of(), 0);
    }

    private static SamplerOptions biased(Map<Integer, Double> bias) {
        return new SamplerOptions(0, 0, 1, 0, 1, 0, 0, 0, bias, 0);
    }

    /** Every way to choose: greedy, from all, and by each filter. */
    static Stream<SamplerOptions> ways() {
        return Stream.of(
                SamplerOptions.greedy(),
                drawing(1, 0, 1, 0, 3),
                drawing(1, 2, 1, 0, 3),
                drawing(1, 0, 0.9, 0, 3),
                drawing(1, 0, 1, 0.1, 3),
                drawing(0.5, 3, 0.9, 0.01, 3));
    }

    private static int next(SamplerOptions options, float... logits) {
        return new Sampler(options).next(logits, 0, logits.length);
    }

    @Test
    void greedyTakesTheMostLikely() {
        assertThat(next(SamplerOptions.greedy(), -3, 1, 7, 6.999999f)).isEqualTo(2);
        assertThat(next(SamplerOptions.greedy(), -3)).isZero();
        assertThat(next(SamplerOptions.greedy(), -INFINITY, -1e30f)).isEqualTo(1);
    }

    @Test
    void ofEqualOnesTheLowestTokenComesFirst() {
        float[][] ties = {{1, 5, 5, 5}, {-7, -0f, 0f, -0f}, {-7, 0f, -0f, 0f}};
        for (float[] logits : ties) {
            assertThat(next(SamplerOptions.greedy(), logits)).isEqualTo(1);
            assertThat(next(drawing(1, 1, 1, 0, 9), logits)).isEqualTo(1);
            assertThat(next(drawing(1, 0, 1e-9, 0, 9), logits)).isEqualTo(1);
        }
    }

    @Test
    void aRowInTheMiddleOfOthersIsReadAndNotChanged() {
        float[] logits = {90, 90, 1, 2, 3, 90};
        float[] before = logits.clone();
        var options = new SamplerOptions(0, 0, 1, 0, 1.5, 9, 1, 1, Map.of(0, 5.0), 0);
        assertThat(new Sampler(options).next(logits, 2, 3)).isZero();
        assertThat(logits).isEqualTo(before);
    }

    static Stream<Arguments> distributions() {
        List<SamplerOptions> options = List.of(
                drawing(1, 0, 1, 0, 11),
                drawing(0.7, 0, 1, 0, 12),
                drawing(3, 0, 1, 0, 13),
                drawing(1, 7, 1, 0, 14),
                drawing(1, 200, 1, 0, 15),
                drawing(1, 0, 0.5, 0, 16),
                drawing(1.5, 0, 0.97, 0, 17),
                drawing(1, 0, 1, 0.2, 18),
                drawing(2, 0, 1, 0.001, 19),
                drawing(1, 50, 0.8, 0.05, 20),
                drawing(1, 1_000_000, 0.999999, 0, 21));
        // fewer tokens than are looked at first, more, and flat ones that take several rounds
        return Stream.of(new double[] {10, 2}, new double[] {100, 3}, new double[] {700, 2}, new double[] {700, 0.1})
                .flatMap(shape -> options.stream().map(option -> Arguments.of((int) shape[0], shape[1], option)));
    }

    @ParameterizedTest
    @MethodSource("distributions")
    void drawsAsTheProbabilitiesSay(int count, double spread, SamplerOptions options) {
        Random random = new Random(count);
        float[] logits = new float[count];
        for (int i = 0; i < count; i++) {
            logits[i] = (float) (spread * random.nextGaussian());
            if (i % 5 == 1) {
                logits[i] = logits[i - 1];
            }
        }
        double[] expected = probabilities(logits, options);
        int draws = 8000;
        int[] counts = new int[count];
        Sampler sampler = new Sampler(options);
        for (int i = 0; i < draws; i++) {
            counts[sampler.next(logits, 0, count)]++;
        }
        double chiSquare = 0;
        int cells = 0;
        double rest = 0;
        int restCount = 0;
        for (int i = 0; i < count; i++) {
            if (expected[i] == 0) {
                assertThat(counts[i]).as("token %d, which is filtered out", i).isZero();
            } else if (expected[i] * draws < 8) {
                // the approximation needs cells that are hit a few times
                rest += expected[i] * draws;
                restCount += counts[i];
            } else {
                chiSquare += Math.pow(counts[i] - expected[i] * draws, 2) / (expected[i] * draws);
                cells++;
            }
        }
        if (rest > 8) {
            chiSquare += Math.pow(restCount - rest, 2) / rest;
            cells++;
        }
        // five standard deviations above the mean of the chi-square distribution
        assertThat(chiSquare).isLessThan(cells + 5 * Math.sqrt(2 * cells));
    }

    /** Sorts everything, as the definitions read. */
    private static double[] probabilities(float[] logits, SamplerOptions options) {
        List<Integer> order = IntStream.range(0, logits.length)
                .boxed()
                .sorted(Comparator.comparingDouble((Integer token) -> -logits[token]).thenComparing(token -> token))
                .limit(options.topK() == 0 ? logits.length : options.topK())
                .toList();
        double best = logits[order.getFirst()];
        double[] weights = order.stream()
                .mapToDouble(token -> Math.exp((logits[token] - best) / options.temperature()))
                .toArray();
        double total = Arrays.stream(weights).sum();
        double[] probabilities = new double[logits.length];
        double sum = 0;
        for (int i = 0; i < weights.length && sum < options.topP() * total; i++) {
            sum += weights[i];
            if (weights[i] >= options.minP()) {
                probabilities[order.get(i)] = weights[i];
            }
        }
        double kept = Arrays.stream(probabilities).sum();
        return Arrays.stream(probabilities).map(weight -> weight / kept).toArray();
    }

    @ParameterizedTest
    @MethodSource("ways")
    void theSameSeedDrawsTheSameTokens(SamplerOptions options) {
        float[] logits = logits(50);
        Sampler a = new Sampler(options);
        Sampler b = new Sampler(options);
        for (int i = 0; i < 100; i++) {
            assertThat(a.next(logits, 0, 50)).isEqualTo(b.next(logits, 0, 50));
        }
    }

    @Test
    void anotherSeedDrawsOthers() {
        float[] logits = logits(50);
        List<List<Integer>> runs = IntStream.range(0, 20).mapToObj(seed -> {
            Sampler sampler = new Sampler(drawing(1, 0, 1, 0, seed));
            return IntStream.range(0, 20).mapToObj(i -> sampler.next(logits, 0, 50)).toList();
        }).toList();
        assertThat(runs).doesNotHaveDuplicates();
    }

    private static float[] logits(int count) {
        float[] logits = new float[count];
        Random random = new Random(1);
        for (int i = 0; i < count; i++) {
            logits[i] = random.nextFloat();
        }
        return logits;
    }

    @ParameterizedTest
    @MethodSource("ways")
    void extremeLogits(SamplerOptions options) {
        Sampler sampler = new Sampler(options);
        for (int i = 0; i < 50; i++) {
            assertThat(sampler.next(new float[] {-1e30f, -INFINITY, 1e30f, 0}, 0, 4)).isEqualTo(2);
            assertThat(sampler.next(new float[] {-INFINITY, -Float.MAX_VALUE, -INFINITY}, 0, 3)).isEqualTo(1);
            assertThat(sampler.next(new float[] {-Float.MAX_VALUE, Float.MAX_VALUE}, 0, 2)).isEqualTo(1);
            assertThat(sampler.next(new float[] {-INFINITY, 3, -INFINITY, 3, -INFINITY}, 0, 5)).isIn(1, 3);
        }
    }

    @Test
    void extremeTemperatures() {
        float[] logits = {1, 1.001f, 0.5f};
        for (int i = 0; i < 50; i++) {
            assertThat(next(drawing(Double.MIN_VALUE, 0, 1, 0, i), logits)).isEqualTo(1);
            assertThat(next(drawing(1e-9, 2, 0.9, 0.1, i), logits)).isEqualTo(1);
        }
        Sampler hot = new Sampler(drawing(100, 0, 1, 0, 5));
        assertThat(IntStream.range(0, 100).map(i -> hot.next(logits, 0, 3)).distinct().toArray()).hasSize(3);
    }

    @ParameterizedTest
    @MethodSource("ways")
    void whatIsNoNumberIsAnError(SamplerOptions options) {
        for (int place = 0; place < 4; place++) {
            float[] logits = {1, 2, 3, 2};
            logits[place] = Float.NaN;
            assertThatThrownBy(() -> next(options, logits))
                    .isInstanceOf(ArithmeticException.class)
                    .hasMessageContainingAll("token " + place, "not a number");
        }
        assertThatThrownBy(() -> next(options, -INFINITY, -INFINITY))
                .isInstanceOf(ArithmeticException.class)
                .hasMessageContaining("-Infinity");
        assertThatThrownBy(() -> next(options, 1, INFINITY, 2))
                .isInstanceOf(ArithmeticException.class)
                .hasMessageContainingAll("token 1", "Infinity");
    }

    @Test
    void biasIsAdded() {
        float[] logits = {1, 2, 3};
        assertThat(next(biased(Map.of(0, 2.5)), logits)).isZero();
        assertThat(next(biased(Map.of(2, -1.5)), logits)).isEqualTo(1);
        assertThat(next(biased(Map.of(2, Double.NEGATIVE_INFINITY)), logits)).isEqualTo(1);
        for (double bad : new double[] {Double.NaN, Double.POSITIVE_INFINITY, 1e300}) {
            assertThatThrownBy(() -> biased(Map.of(2, bad)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContainingAll("token 2", Double.toString(bad));
        }
    }

    @Test
    void repetitionDividesPositiveAndMultipliesNegativeLogitsOnce() {
        Sampler sampler = new Sampler(penalties(2, 10, 0, 0));
        sampler.observe(0);
        sampler.observe(0);
        assertThat(sampler.next(new float[] {4, 1.9f}, 0, 2)).as("4 / 2 is more than 1.9").isZero();
        assertThat(sampler.next(new float[] {4, 2.1f}, 0, 2)).as("4 / 2 is less than 2.1").isEqualTo(1);
        assertThat(sampler.next(new float[] {-2, -2, -3.9f}, 0, 3)).as("both became -4").isEqualTo(2);
        assertThat(sampler.next(new float[] {-2, -2, -2, -4.1f}, 0, 4)).as("all three became -4").isZero();
    }

    @Test
    void repetitionLooksAtItsWindowOnly() {
        Sampler sampler = new Sampler(penalties(2, 3, 0, 0));
        float[] logits = {4, 3, 2.9f, 2.8f, 2.7f};
        List<Integer> tokens = IntStream.range(0, 9).mapToObj(i -> sampler.next(logits, 0, 5)).toList();
        assertThat(tokens).containsExactly(0, 1, 2, 3, 0, 1, 2, 3, 0);
    }

    /** A long window against the definition, with a prompt longer than it. */
    @ParameterizedTest
    @CsvSource({"1", "2", "7", "64", "65", "200", "2147483647"})
    void repetitionOverAnyWindow(int window) {
        Sampler sampler = new Sampler(penalties(1.3, window, 0, 0));
        Random random = new Random(window);
        ArrayList<Integer> history = new ArrayList<>();
        for (int i = 0; i < 150; i++) {
            int token = random.nextInt(40);
            sampler.observe(token);
            history.add(token);
        }
        for (int i = 0; i < 300; i++) {
            float[] logits = new float[40];
            for (int token = 0; token < 40; token++) {
                logits[token] = (float) random.nextGaussian();
            }
            List<Integer> seen = history.subList((int) Math.max(0, (long) history.size() - window), history.size());
            float[] expected = logits.clone();
            for (int token : seen.stream().distinct().toList()) {
                float logit = logits[token];
                expected[token] = (float) (logit > 0 ? logit / 1.3 : logit * 1.3);
            }
            int token = sampler.next(logits, 0, 40);
            assertThat(token).isEqualTo(next(SamplerOptions.greedy(), expected));
            history.add(token);
        }
    }

    @Test
    void presenceCountsOnceAndFrequencyEachTimeAndThePromptNever() {
        Sampler presence = new Sampler(penalties(1, 10, 1, 0));
        presence.observe(0);
        float[] logits = {4, 3.5f, 3.2f};
        List<Integer> tokens = IntStream.range(0, 5).mapToObj(i -> presence.next(logits, 0, 3)).toList();
        assertThat(tokens).containsExactly(0, 1, 2, 0, 0);
        Sampler frequency = new Sampler(penalties(1, 10, 0, 1));
        frequency.observe(0);
        tokens = IntStream.range(0, 6).mapToObj(i -> frequency.next(logits, 0, 3)).toList();
        assertThat(tokens).containsExactly(0, 1, 2, 0, 1, 2);
        Sampler encouraged = new Sampler(penalties(1, 10, -1, 0));
        encouraged.observe(1);
        assertThat(encouraged.next(logits, 0, 3)).isZero();
    }

    static Stream<Arguments> impossible() {
        Stream<double[]> values = Stream.of(
                new double[] {-0.1, 0, 1, 0, 1, 0, 0, 0},
                new double[] {Double.NaN, 0, 1, 0, 1, 0, 0, 0},
                new double[] {1, -1, 1, 0, 1, 0, 0, 0},
                new double[] {1, 0, 0, 0, 1, 0, 0, 0},
                new double[] {1, 0, 1.01, 0, 1, 0, 0, 0},
                new double[] {1, 0, 1, 1.5, 1, 0, 0, 0},
                new double[] {1, 0, 1, 0, 0, 0, 0, 0},
                new double[] {1, 0, 1, 0, 1, -2, 0, 0},
                new double[] {1, 0, 1, 0, 1, 0, 101, 0},
                new double[] {1, 0, 1, 0, 1, 0, 0, Double.NaN});
        List<String> names = List.of(
                "temperature", "temperature", "top-k", "top-p", "top-p", "min-p", "repetition penalty",
                "repetition window", "presence penalty", "frequency penalty");
        var name = names.iterator();
        return values.map(value -> Arguments.of(name.next(), value));
    }

    @ParameterizedTest
    @MethodSource("impossible")
    void optionsOutOfRangeAreRefusedByName(String name, double[] v) {
        assertThatThrownBy(
                () -> new SamplerOptions(v[0], (int) v[1], v[2], v[3], v[4], (int) v[5], v[6], v[7], Map.of(), 0))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith(name);
    }
}
