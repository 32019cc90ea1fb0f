package dev.vesper.llm.lora;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** The change of what is merged is the weighted sum of the changes. */
class AdapterMergeTest {
    private static final int OUTPUTS = 24;
    private static final int INPUTS = 40;
    private static final String BOTH = "blk.0.attn_q";
    private static final String FIRST = "blk.0.attn_v";
    private static final String SECOND = "blk.1.ffn_up";

    private final Adapter a = adapter(1, 3, 6, BOTH, FIRST);
    private final Adapter b = adapter(2, 5, 2.5, BOTH, SECOND);

    @Test
    void concatenationIsTheSumOfTheDeltas() {
        List<WeightedAdapter> parts = List.of(new WeightedAdapter(a, 0.7), new WeightedAdapter(b, -1.3));
        Adapter merged = AdapterMerge.concatenate(parts);
        assertThat(merged.rank()).isEqualTo(8);
        assertThat(merged.changes().keySet()).containsExactly(BOTH, FIRST, SECOND);
        for (String layer : merged.changes().keySet()) {
            double[] sum = RandomAdapters.delta(parts, layer, OUTPUTS, INPUTS);
            double[] own = RandomAdapters.delta(List.of(new WeightedAdapter(merged, 1)), layer, OUTPUTS, INPUTS);
            double largest = norm(sum);
            for (int i = 0; i < sum.length; i++) {
                assertThat(own[i]).isEqualTo(sum[i], within(1e-7 * largest));
            }
        }
        assertThat(AdapterMerge.loss(parts, merged).overall()).isBetween(1e-12, 1e-7);
    }

    /** Not what some tools do: averaging A and B apart gives another change. */
    @Test
    void itIsNotTheProductOfTheSums() {
        Adapter other = adapter(9, 3, 6, BOTH);
        List<WeightedAdapter> parts = List.of(new WeightedAdapter(a, 0.5), new WeightedAdapter(other, 0.5));
        float[] down = Matrices.values(a.changes().get(BOTH).down());
        float[] up = Matrices.values(a.changes().get(BOTH).up());
        float[] otherDown = Matrices.values(other.changes().get(BOTH).down());
        float[] otherUp = Matrices.values(other.changes().get(BOTH).up());
        for (int i = 0; i < down.length; i++) {
            down[i] = (down[i] + otherDown[i]) / 2;
        }
        for (int i = 0; i < up.length; i++) {
            up[i] = (up[i] + otherUp[i]) / 2;
        }
        Adapter averaged = new Adapter(Map.of(BOTH, new LowRank(
                Matrices.of("a", down, 3, INPUTS), Matrices.of("b", up, OUTPUTS, 3))), 3, 6);
        assertThat(AdapterMerge.loss(parts, averaged).layers().get(BOTH)).isGreaterThan(0.5);
        assertThat(AdapterMerge.loss(parts, AdapterMerge.concatenate(parts)).overall()).isLessThan(1e-14);
    }

    @Test
    void whereAllCountAlikeNoBitIsChanged() {
        Adapter other = adapter(9, 5, 10, BOTH);
        Adapter merged =
                AdapterMerge.concatenate(List.of(new WeightedAdapter(a, 1), new WeightedAdapter(other, 1)));
        assertThat(merged.scale()).isEqualTo(2f);
        float[] up = Matrices.values(merged.changes().get(BOTH).up());
        float[] first = Matrices.values(a.changes().get(BOTH).up());
        for (int row = 0; row < OUTPUTS; row++) {
            for (int k = 0; k < 3; k++) {
                assertThat(up[row * 8 + k]).isEqualTo(first[row * 3 + k]);
            }
        }
        Adapter half = AdapterMerge.concatenate(List.of(new WeightedAdapter(a, 0.5)));
        assertThat(half.alpha()).isEqualTo(3);
        assertThat(half.changes().get(BOTH).up().data().mismatch(a.changes().get(BOTH).up().data())).isEqualTo(-1);
    }

    @Test
    void truncationLosesWhatTheLeftOutValuesHave() {
        List<WeightedAdapter> parts = List.of(new WeightedAdapter(a, 1), new WeightedAdapter(b, 2));
        for (int rank : new int[] {1, 4, 7}) {
            Adapter merged = AdapterMerge.truncate(parts, rank);
            assertThat(merged.rank()).isEqualTo(rank);
            assertThat(merged.scale()).isEqualTo(1f);
            AdapterMerge.Loss loss = AdapterMerge.loss(parts, merged);
            for (String layer : merged.changes().keySet()) {
                Dense delta = new Dense(OUTPUTS, INPUTS, RandomAdapters.delta(parts, layer, OUTPUTS, INPUTS));
                double[] values = JacobiSvd.of(delta).values();
                double left = 0;
                for (int k = rank; k < values.length; k++) {
                    left = Math.hypot(left, values[k]);
                }
                assertThat(loss.layers().get(layer)).isEqualTo(left / delta.norm(), within(2e-7));
            }
            assertThat(loss.overall()).isBetween(
                    loss.layers().values().stream().mapToDouble(value -> value).min().orElseThrow(),
                    loss.layers().values().stream().mapToDouble(value -> value).max().orElseThrow());
        }
        // a layer that only one of rank 5 changes has no more than rank 5 to lose
        assertThat(AdapterMerge.loss(parts, AdapterMerge.truncate(parts, 5)).layers().get(SECOND)).isLessThan(3e-7);
    }

    @Test
    void aRankAboveTheSizeOfALayerIsFilledWithNothing() {
        Random random = new Random(4);
        Adapter wide = new Adapter(Map.of(BOTH, RandomAdapters.change(random, 4, 6, 9)), 9, 9);
        List<WeightedAdapter> parts = List.of(new WeightedAdapter(wide, 1));
        Adapter merged = AdapterMerge.truncate(parts, 8);
        assertThat(AdapterMerge.loss(parts, merged).overall()).isLessThan(3e-7);
        assertThat(merged.changes().get(BOTH).rank()).isEqualTo(8);
    }

    @Test
    void anAdapterTwiceHasNoMoreToLoseThanOnce() {
        List<WeightedAdapter> parts = List.of(new WeightedAdapter(a, 0.5), new WeightedAdapter(a, 0.25));
        Adapter merged = AdapterMerge.truncate(parts, 3);
        assertThat(AdapterMerge.loss(parts, merged).overall()).isLessThan(3e-7);
        assertThat(AdapterMerge.loss(List.of(new WeightedAdapter(a, 0.75)), merged).overall()).isLessThan(3e-7);
    }

    @Test
    void nothingStaysNothing() {
        Adapter zero = new Adapter(
                Map.of(BOTH, new LowRank(a.changes().get(BOTH).down(),
                        Matrices.of("b", new float[OUTPUTS * 3], OUTPUTS, 3))),
                3, 6);
        List<WeightedAdapter> parts = List.of(new WeightedAdapter(zero, 1));
        Adapter merged = AdapterMerge.truncate(parts, 2);
        assertThat(AdapterMerge.loss(parts, merged).overall()).isZero();
        assertThat(LayerDelta.of(List.of(new WeightedAdapter(merged, 1)), BOTH).norm()).isZero();
        List<WeightedAdapter> opposite = List.of(new WeightedAdapter(a, 1), new WeightedAdapter(a, -1));
        double whole = LayerDelta.of(List.of(new WeightedAdapter(a, 1)), BOTH).norm();
        assertThat(LayerDelta.of(opposite, BOTH).norm()).isLessThan(1e-14 * whole);
    }

    @Test
    void aRowOfTheDeltaIsThatRow() {
        List<WeightedAdapter> parts = List.of(new WeightedAdapter(a, 0.25), new WeightedAdapter(b, 3));
        double[] expected = RandomAdapters.delta(parts, BOTH, OUTPUTS, INPUTS);
        LayerDelta delta = LayerDelta.of(parts, BOTH);
        double[] row = new double[INPUTS];
        for (int r = 0; r < OUTPUTS; r++) {
            delta.row(r, row);
            for (int c = 0; c < INPUTS; c++) {
                assertThat(row[c]).isEqualTo(expected[r * INPUTS + c], within(1e-13));
            }
        }
        assertThat(delta.norm()).isEqualTo(norm(expected), within(1e-13 * norm(expected)));
    }

    @Test
    void whatCannotBeMergedIsRefused() {
        Adapter other = new Adapter(Map.of(BOTH, RandomAdapters.change(new Random(4), OUTPUTS, 41, 2)), 2, 2);
        List<WeightedAdapter> parts = List.of(new WeightedAdapter(a, 1), new WeightedAdapter(other, 1));
        assertThatThrownBy(() -> AdapterMerge.concatenate(parts)).isInstanceOf(AdapterException.class)
                .hasMessageContaining("layer blk.0.attn_q: one adapter maps 40 to 24, another 41 to 24");
        assertThatThrownBy(() -> AdapterMerge.truncate(parts, 2)).isInstanceOf(AdapterException.class)
                .hasMessageContaining("40 to 24");
        assertThatThrownBy(() -> AdapterMerge.truncate(parts, 5)).isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("rank must be 1 to 4")
                .hasMessageContaining("got 5");
        assertThatThrownBy(() -> AdapterMerge.concatenate(List.of())).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new WeightedAdapter(a, Double.NaN)).hasMessageContaining("NaN");
    }

    private static double norm(double[] values) {
        return new Dense(values.length, 1, values).norm();
    }

    private static Adapter adapter(long seed, int rank, double alpha, String... layers) {
        Random random = new Random(seed);
        Map<String, LowRank> changes = new TreeMap<>();
        for (String layer : layers) {
            changes.put(layer, RandomAdapters.change(random, OUTPUTS, INPUTS, rank));
        }
        return new Adapter(changes, rank, alpha);
    }
}
