package dev.vesper.llm.lora;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The change that some adapters together make to the matrix of one layer, in float64: {@code up · down}, with all
 * weights and scales in {@code up}.
 */
public final class LayerDelta {
    private final Dense up;
    private final Dense down;

    private LayerDelta(Dense up, Dense down) {
        this.up = up;
        this.down = down;
    }

    /**
     * The sum over the adapters that change the layer.
     *
     * @throws AdapterException if there is none, or they are for matrices of different sizes
     */
    public static LayerDelta of(List<WeightedAdapter> parts, String layer) {
        List<WeightedAdapter> own = new ArrayList<>();
        List<LowRank> changes = new ArrayList<>();
        for (WeightedAdapter part : parts) {
            LowRank change = part.adapter().changes().get(layer);
            if (change != null) {
                own.add(part);
                changes.add(change);
                requireSameSize(layer, changes.getFirst(), change);
            }
        }
        if (own.isEmpty()) {
            throw new AdapterException("layer %s: none of %d adapters changes it".formatted(layer, parts.size()));
        }
        int rank = changes.stream().mapToInt(LowRank::rank).sum();
        Dense up = Dense.zeros(changes.getFirst().up().rows(), rank);
        Dense down = Dense.zeros(rank, changes.getFirst().down().columns());
        int at = 0;
        for (int p = 0; p < own.size(); p++) {
            LowRank change = changes.get(p);
            double factor = own.get(p).factor();
            float[] a = Matrices.values(change.down());
            float[] b = Matrices.values(change.up());
            for (int i = 0; i < a.length; i++) {
                down.values()[at * down.columns() + i] = a[i];
            }
            for (int row = 0; row < up.rows(); row++) {
                for (int k = 0; k < change.rank(); k++) {
                    up.set(row, at + k, factor * b[row * change.rank() + k]);
                }
            }
            at += change.rank();
        }
        return new LayerDelta(up, down);
    }

    static void requireSameSize(String layer, LowRank first, LowRank other) {
        if (first.up().rows() != other.up().rows() || first.down().columns() != other.down().columns()) {
            throw new AdapterException("layer %s: one adapter maps %d to %d, another %d to %d".formatted(
                    layer, first.down().columns(), first.up().rows(), other.down().columns(), other.up().rows()));
        }
    }

    public int rows() {
        return up.rows();
    }

    public int columns() {
        return down.columns();
    }

    /** Writes one row of the change to {@code out[0 ... columns)}. Any number of threads may ask at a time. */
    public void row(int row, double[] out) {
        Arrays.fill(out, 0, columns(), 0);
        for (int k = 0; k < up.columns(); k++) {
            double factor = up.at(row, k);
            for (int c = 0; c < columns(); c++) {
                out[c] += factor * down.at(k, c);
            }
        }
    }

    /** The root of the sum of its squares (Frobenius), from the factors alone. */
    public double norm() {
        return core(ThinQr.of(up), ThinQr.of(down.transposed())).norm();
    }

    /**
     * The nearest change of a lower rank (Eckart and Young 1936). The factors are brought to orthonormal columns first,
     * which leaves a matrix no larger than the rank to be decomposed.
     *
     * @return factors of exactly this rank, with zeros where the change has not so many; no scale is left to apply
     */
    LowRank truncated(String layer, int rank) {
        ThinQr left = ThinQr.of(up);
        ThinQr right = ThinQr.of(down.transposed());
        JacobiSvd svd = JacobiSvd.of(core(left, right));
        Dense u = left.q().times(svd.left());
        Dense v = right.q().times(svd.right());
        float[] b = new float[Math.multiplyExact(rows(), rank)];
        float[] a = new float[Math.multiplyExact(rank, columns())];
        for (int k = 0; k < Math.min(rank, svd.values().length); k++) {
            // half of each value to each side, so that neither factor has numbers of another size
            double root = Math.sqrt(svd.values()[k]);
            for (int row = 0; row < rows(); row++) {
                b[row * rank + k] = (float) (root * u.at(row, k));
            }
            for (int c = 0; c < columns(); c++) {
                a[k * columns() + c] = (float) (root * v.at(c, k));
            }
        }
        return new LowRank(
                Matrices.of(layer + ".lora_a", a, rank, columns()), Matrices.of(layer + ".lora_b", b, rows(), rank));
    }

    private static Dense core(ThinQr left, ThinQr right) {
        return left.r().times(right.r().transposed());
    }
}
