package dev.vesper.llm.layer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.vesper.tensor.Workers;
import dev.vesper.tensor.kernel.ScalarKernels;
import dev.vesper.tensor.op.Ops;
import dev.vesper.tensor.op.Rotation;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** The frequencies of each kind of scaling, against the formulas of the papers. */
class RotaryEmbeddingTest {
    private static final double BASE = 10000;
    private static final int DIMENSIONS = 64;
    private static final int ORIGINAL_CONTEXT = 4096;

    private final RotaryEmbedding plain = RotaryEmbedding.plain(DIMENSIONS, BASE);

    @Test
    void plainFrequenciesFallGeometrically() {
        assertThat(plain.frequencies()).hasSize(DIMENSIONS / 2);
        assertThat(plain.frequencies()[0]).isEqualTo(1);
        double ratio = Math.pow(BASE, -2.0 / DIMENSIONS);
        for (int i = 1; i < DIMENSIONS / 2; i++) {
            assertThat(plain.frequencies()[i] / plain.frequencies()[i - 1]).isCloseTo(ratio, within(1e-12));
        }
    }

    @Test
    void interpolationSqueezesPositions() {
        Rotation squeezed = plain.interpolated(4).rotation(new int[] {400});
        assertThat(squeezed.cos()).isEqualTo(plain.rotation(new int[] {100}).cos());
        assertThat(squeezed.sin()).isEqualTo(plain.rotation(new int[] {100}).sin());
    }

    @Test
    void factorsDivideTheirOwnFrequency() {
        float[] factors = new float[DIMENSIONS / 2];
        java.util.Arrays.fill(factors, 1f);
        factors[5] = 8f;
        double[] divided = plain.divided(factors).frequencies();
        assertThat(divided[5]).isEqualTo(plain.frequencies()[5] / 8);
        assertThat(divided[4]).isEqualTo(plain.frequencies()[4]);
        assertThatThrownBy(() -> plain.divided(new float[3]))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContainingAll("32", "3");
    }

    @Test
    void yarnKeepsFastPairsInterpolatesSlowOnesAndSharpensAttention() {
        RotaryEmbedding yarn = plain.yarn(8, BASE, ORIGINAL_CONTEXT, 32, 1, 1);
        assertThat(yarn.magnitude()).isCloseTo(1 + 0.1 * Math.log(8), within(1e-12));
        double before = 1;
        for (int i = 0; i < DIMENSIONS / 2; i++) {
            double turns = ORIGINAL_CONTEXT * plain.frequencies()[i] / (2 * Math.PI);
            double share = yarn.frequencies()[i] / plain.frequencies()[i];
            if (turns > 32 * 2) {
                assertThat(share).as("pair %d, %.1f turns", i, turns).isEqualTo(1);
            } else if (turns < 1.0 / 2) {
                assertThat(share).as("pair %d, %.1f turns", i, turns).isCloseTo(1.0 / 8, within(1e-12));
            }
            assertThat(share).isBetween(1.0 / 8, before);
            before = share + 1e-12;
        }
        Rotation rotation = yarn.rotation(new int[] {0});
        assertThat((double) rotation.cos()[0]).isCloseTo(yarn.magnitude(), within(1e-6));
    }

    @Test
    void anglesAreExactFarFromTheBeginning() {
        int position = 100_003;
        Rotation rotation = plain.rotation(new int[] {position});
        for (int i = 0; i < DIMENSIONS / 2; i++) {
            double angle = position * plain.frequencies()[i];
            assertThat((double) rotation.cos()[i]).isCloseTo(Math.cos(angle), within(1e-7));
            assertThat((double) rotation.sin()[i]).isCloseTo(Math.sin(angle), within(1e-7));
        }
    }

    @Test
    void anglesThatAreKeptAreThoseOfTheirPositions() {
        RotaryEmbedding rope = RotaryEmbedding.plain(64, 500000).yarn(4, 500000, 8192, 32, 1, 1);
        int[] positions = {0, 1, 31, 32, 33, 511, 4095, 100_003, 5};
        Angles angles = new Angles(rope);
        Rotation expected = rope.rotation(positions);
        try (Workers workers = new Workers(1)) {
            Ops ops = Ops.forInference(new ScalarKernels(), workers);
            Rotation kept = angles.rotation(ops, positions);
            assertThat(kept.cos()).usingComparatorWithPrecision(2e-7f).containsExactly(expected.cos());
            assertThat(kept.sin()).usingComparatorWithPrecision(2e-7f).containsExactly(expected.sin());
            // alone as in a batch, to the bit
            Rotation one = angles.rotation(ops, new int[] {positions[7]});
            assertThat(one.cos()).containsExactly(Arrays.copyOfRange(kept.cos(), 7 * 32, 8 * 32));
            assertThat(one.sin()).containsExactly(Arrays.copyOfRange(kept.sin(), 7 * 32, 8 * 32));
        }
    }
}
