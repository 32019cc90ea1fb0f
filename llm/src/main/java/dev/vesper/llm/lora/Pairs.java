package dev.vesper.llm.lora;

import dev.vesper.llm.file.LoraTensorName;
import dev.vesper.llm.file.LoraTensorName.Matrix;
import dev.vesper.tensor.Format;
import dev.vesper.tensor.Weight;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** The matrices of one file, two by two. */
final class Pairs {
    private static final String SUFFIX = ".weight";

    private final Path file;
    private final Map<String, Weight> down = new TreeMap<>();
    private final Map<String, Weight> up = new TreeMap<>();

    /** @param file for messages */
    Pairs(Path file) {
        this.file = file;
    }

    /** @param shown how the file calls it */
    void add(String shown, LoraTensorName name, Weight weight) {
        checkFinite(shown, weight);
        (name.matrix() == Matrix.A ? down : up).put(layer(name), weight);
    }

    private void checkFinite(String shown, Weight weight) {
        float[] values = Matrices.values(weight);
        for (int i = 0; i < values.length; i++) {
            if (!Float.isFinite(values[i])) {
                throw wrong(file, shown, "numbers", "%s at row %d, column %d"
                        .formatted(values[i], i / weight.columns(), i % weight.columns()));
            }
        }
    }

    /** The rank of the first pair, 0 if there is none. */
    int rank() {
        return down.values().stream().findFirst().map(Weight::rows).orElse(0);
    }

    /** All pairs by layer; at least one, complete, and of one rank. */
    Map<String, LowRank> complete() {
        if (down.isEmpty() && up.isEmpty()) {
            throw wrong(file, "tensors", "at least one pair", "none");
        }
        Set<String> lonely = new TreeSet<>(down.keySet());
        lonely.addAll(up.keySet());
        lonely.removeIf(layer -> down.containsKey(layer) && up.containsKey(layer));
        if (!lonely.isEmpty()) {
            throw wrong(file, lonely.iterator().next(), "both A and B", "one of them");
        }
        Map<String, LowRank> changes = new TreeMap<>();
        down.forEach((layer, a) -> {
            Weight b = Objects.requireNonNull(up.get(layer));
            if (a.rows() != rank() || b.columns() != rank()) {
                throw wrong(file, layer, "rank %d, as of the others".formatted(rank()),
                        "A of rank %d and B of rank %d".formatted(a.rows(), b.columns()));
            }
            changes.put(layer, new LowRank(a, b));
        });
        return changes;
    }

    /** The layer that a matrix belongs to: {@code blk.0.attn_q}. */
    static String layer(LoraTensorName name) {
        return name.weight().substring(0, name.weight().length() - SUFFIX.length());
    }

    static LoraTensorName name(String layer, Matrix matrix) {
        return new LoraTensorName(layer + SUFFIX, matrix);
    }

    /** The format in which a matrix is exchanged: its own if others read it, else float32. */
    static Weight exchanged(Weight weight, Set<Format> formats) {
        return formats.contains(weight.format()) ? weight : Matrices.decoded(weight);
    }

    static AdapterException wrong(Path file, String place, String expected, String found) {
        return new AdapterException("%s: %s: expected %s, found %s".formatted(file, place, expected, found));
    }
}
