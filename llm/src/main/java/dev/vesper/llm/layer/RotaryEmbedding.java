package dev.vesper.llm.layer;

import dev.vesper.tensor.op.Rotation;
import java.util.Arrays;

/**
 * Rotary position embedding (Su et al. 2021): pair {@code i} of a head turns by {@code position * frequency[i]}. Angles
 * are computed in double: at position 100,000 a float has lost two digits.
 *
 * @param frequencies radians per position, a number for each pair
 * @param magnitude what cosine and sine are multiplied with; 1 but for YaRN
 */
public record RotaryEmbedding(double[] frequencies, double magnitude) {

    /** Unscaled: {@code frequency[i] = base^(-2i / dimensions)}. */
    public static RotaryEmbedding plain(int dimensions, double base) {
        double[] frequencies = new double[dimensions / 2];
        Arrays.setAll(frequencies, i -> StrictMath.pow(base, -2.0 * i / dimensions));
        return new RotaryEmbedding(frequencies, 1);
    }

    /** Each frequency divided by its own factor, as Llama 3.1 files carry them in {@code rope_freqs}. */
    public RotaryEmbedding divided(float[] factors) {
        if (factors.length != frequencies.length) {
            throw new IllegalArgumentException(
                    "rope: expected %d frequency factors, got %d".formatted(frequencies.length, factors.length));
        }
        double[] scaled = frequencies.clone();
        Arrays.setAll(scaled, i -> frequencies[i] / factors[i]);
        return new RotaryEmbedding(scaled, magnitude);
    }

    /** Positions squeezed by {@code factor} (Chen et al. 2023). */
    public RotaryEmbedding interpolated(double factor) {
        double[] scaled = frequencies.clone();
        Arrays.setAll(scaled, i -> frequencies[i] / factor);
        return new RotaryEmbedding(scaled, magnitude);
    }

    /**
     * YaRN (Peng et al. 2023): pairs that turn more than {@code betaFast} times over the original context keep their
     * frequency, those that turn less than {@code betaSlow} times are interpolated, a ramp between; attention is
     * sharpened by {@code 1 + 0.1 ln(factor)}.
     */
    public RotaryEmbedding yarn(
            double factor, double base, int originalContext, double betaFast, double betaSlow, double attentionFactor) {
        int pairs = frequencies.length;
        double low = Math.max(0, Math.floor(pairOf(betaFast, base, originalContext)));
        double high = Math.min(2 * pairs - 1, Math.ceil(pairOf(betaSlow, base, originalContext)));
        double[] scaled = frequencies.clone();
        for (int i = 0; i < pairs; i++) {
            double ramp = Math.clamp((i - low) / Math.max(0.001, high - low), 0, 1);
            scaled[i] = frequencies[i] / factor * ramp + frequencies[i] * (1 - ramp);
        }
        return new RotaryEmbedding(scaled, attentionFactor * (1 + 0.1 * StrictMath.log(factor)));
    }

    /** The pair, as a fraction, that turns {@code turns} times over the original context. */
    private double pairOf(double turns, double base, int originalContext) {
        return frequencies.length
                * StrictMath.log(originalContext / (turns * 2 * Math.PI))
                / StrictMath.log(base);
    }

    /** The angles of a batch whose rows are at {@code positions}. */
    public Rotation rotation(int[] positions) {
        int pairs = frequencies.length;
        float[] cos = new float[positions.length * pairs];
        float[] sin = new float[positions.length * pairs];
        for (int t = 0; t < positions.length; t++) {
            for (int i = 0; i < pairs; i++) {
                double angle = positions[t] * frequencies[i];
                cos[t * pairs + i] = (float) (magnitude * StrictMath.cos(angle));
                sin[t * pairs + i] = (float) (magnitude * StrictMath.sin(angle));
            }
        }
        return new Rotation(pairs, cos, sin);
    }
}
