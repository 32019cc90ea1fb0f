package dev.vesper.llm.lora;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Several adapters in one. The change of the result is the weighted sum of their changes: A and B are stacked, never
 * added up, as the product of two sums is not the sum of the products.
 */
public final class AdapterMerge {
    private AdapterMerge() {}

    /** The layers that any of them changes. */
    public static List<String> layers(List<WeightedAdapter> parts) {
        TreeSet<String> layers = new TreeSet<>();
        parts.forEach(part -> layers.addAll(part.adapter().changes().keySet()));
        return List.copyOf(layers);
    }

    /**
     * All of them without loss: the rank is the sum of theirs, with zeros in layers that only some change. Where all
     * count alike the matrices stay bit for bit and the scale is in alpha; otherwise it is multiplied into B, which rounds
     * to float32.
     *
     * @throws AdapterException if two are for matrices of different sizes
     */
    public static Adapter concatenate(List<WeightedAdapter> parts) {
        if (parts.isEmpty()) {
            throw new IllegalArgumentException("no adapters to merge");
        }
        int rank = 0;
        for (WeightedAdapter part : parts) {
            rank = Math.addExact(rank, part.adapter().rank());
        }
        double common = parts.getFirst().factor();
        boolean alike = parts.stream().allMatch(part -> part.factor() == common);
        Map<String, LowRank> changes = new TreeMap<>();
        for (String layer : layers(parts)) {
            changes.put(layer, stack(parts, layer, rank, alike));
        }
        return new Adapter(changes, rank, alike ? common * rank : rank);
    }

    private static LowRank stack(List<WeightedAdapter> parts, String layer, int rank, boolean alike) {
        List<LowRank> own = new ArrayList<>();
        for (WeightedAdapter part : parts) {
            LowRank change = part.adapter().changes().get(layer);
            if (change != null) {
                own.add(change);
                LayerDelta.requireSameSize(layer, own.getFirst(), change);
            }
        }
        int inputs = own.getFirst().down().columns();
        int outputs = own.getFirst().up().rows();
        float[] a = new float[Math.multiplyExact(rank, inputs)];
        float[] b = new float[Math.multiplyExact(outputs, rank)];
        int at = 0;
        for (WeightedAdapter part : parts) {
            LowRank change = part.adapter().changes().get(layer);
            int width = part.adapter().rank();
            if (change != null) {
                System.arraycopy(Matrices.values(change.down()), 0, a, at * inputs, width * inputs);
                float[] up = Matrices.values(change.up());
                for (int row = 0; row < outputs; row++) {
                    for (int k = 0; k < width; k++) {
                        float value = up[row * width + k];
                        b[row * rank + at + k] = alike ? value : (float) (part.factor() * value);
                    }
                }
            }
            at += width;
        }
        return new LowRank(
                Matrices.of(layer + ".lora_a", a, rank, inputs), Matrices.of(layer + ".lora_b", b, outputs, rank));
    }

    /**
     * The nearest to their sum that a lower rank allows, layer by layer: see {@link #loss} for what it costs.
     *
     * @throws IllegalArgumentException if the rank is not below the sum of theirs
     */
    public static Adapter truncate(List<WeightedAdapter> parts, int rank) {
        int whole = parts.stream().mapToInt(part -> part.adapter().rank()).sum();
        if (rank < 1 || rank >= whole) {
            throw new IllegalArgumentException(
                    "rank must be 1 to %d, one less than the sum of the ranks, got %d".formatted(whole - 1, rank));
        }
        Map<String, LowRank> changes = new TreeMap<>();
        for (String layer : layers(parts)) {
            changes.put(layer, LayerDelta.of(parts, layer).truncated(layer, rank));
        }
        return new Adapter(changes, rank, rank);
    }

    /**
     * How far a result is from the sum that it stands for.
     *
     * @param layers the norm of the difference of the changes over that of the sum, by layer; 0 where the sum is 0 and
     *     so is the result
     * @param overall the same over all layers together
     */
    public record Loss(Map<String, Double> layers, double overall) {}

    /** Measures in float64, from the factors. */
    public static Loss loss(List<WeightedAdapter> parts, Adapter result) {
        List<WeightedAdapter> difference = new ArrayList<>(parts);
        difference.add(new WeightedAdapter(result, -1));
        Map<String, Double> losses = new TreeMap<>();
        double lost = 0;
        double whole = 0;
        for (String layer : layers(difference)) {
            double own = LayerDelta.of(difference, layer).norm();
            double sum = parts.stream().anyMatch(part -> part.adapter().changes().containsKey(layer))
                    ? LayerDelta.of(parts, layer).norm()
                    : 0;
            losses.put(layer, share(own, sum));
            lost = Math.hypot(lost, own);
            whole = Math.hypot(whole, sum);
        }
        return new Loss(losses, share(lost, whole));
    }

    private static double share(double lost, double whole) {
        return lost == 0 ? 0 : lost / whole;
    }
}
