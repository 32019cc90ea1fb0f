package dev.vesper.cli;

import dev.vesper.llm.file.Gguf;
import dev.vesper.llm.file.ModelFileException;
import dev.vesper.llm.file.TensorInfo;
import dev.vesper.tensor.Weight;
import dev.vesper.tensor.quant.Codec;
import dev.vesper.tensor.quant.Codecs;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/**
 * How much each input of each matrix matters: the mean square of what the model puts into it, from the GGUF file that
 * llama-imatrix writes. For the matrix {@code name} there are {@code name.in_sum2} {@code [columns, matrices]}, sums of
 * squares, and {@code name.counts} {@code [1, matrices]}, how many there were; stacked experts have a row each.
 *
 * @param byTensor for each tensor the importance of the columns of each of its matrices, end to end
 */
record Importance(Map<String, float[]> byTensor) {
    private static final String SUMS = ".in_sum2";
    private static final String COUNTS = ".counts";

    static Importance none() {
        return new Importance(Map.of());
    }

    /**
     * @throws ModelFileException if it is not such a file, or what it holds is not finite and positive
     * @throws IOException if it cannot be read
     */
    static Importance read(Path path) throws IOException {
        try (InputStream file = Files.newInputStream(path)) {
            if (!new String(file.readNBytes(4), StandardCharsets.US_ASCII).equals("GGUF")) {
                throw new ModelFileException(
                        path, "byte 0", "GGUF, as llama-imatrix writes since 2025",
                        "another file; one in the older .dat format becomes GGUF by llama-imatrix --in-file");
            }
        }
        Map<String, float[]> byTensor = new HashMap<>();
        try (Gguf file = Gguf.open(path)) {
            for (TensorInfo tensor : file.tensors().values()) {
                if (tensor.name().endsWith(SUMS)) {
                    String name = tensor.name().substring(0, tensor.name().length() - SUMS.length());
                    byTensor.put(name, means(file, name, tensor));
                }
            }
            if (byTensor.isEmpty()) {
                throw new ModelFileException(path, "tensors", "importance, named *" + SUMS, "none of these");
            }
        }
        return new Importance(byTensor);
    }

    private static float[] means(Gguf file, String name, TensorInfo info) {
        int matrices = Math.toIntExact(info.rows());
        int columns = Math.toIntExact(info.columns());
        float[] sums = floats(file.requiredWeight(name + SUMS, matrices, columns));
        float[] counts = floats(file.requiredWeight(name + COUNTS, matrices, 1));
        for (int i = 0; i < sums.length; i++) {
            float count = counts[i / columns];
            // experts that were never chosen: nothing is known of them, so all their inputs are alike
            sums[i] = count > 0 ? sums[i] / count : 1;
            if (!(sums[i] >= 0 && sums[i] < Float.POSITIVE_INFINITY)) {
                throw new ModelFileException(
                        file.path(), "tensor " + info.name() + ", element " + i, "a mean square",
                        String.valueOf(sums[i]));
            }
        }
        return sums;
    }

    private static float[] floats(Weight weight) {
        float[] values = new float[weight.rows() * weight.columns()];
        Codecs.of(weight.format()).decode(weight.data(), 0, values, 0, values.length);
        return values;
    }

    /**
     * The importance for a tensor, {@link Codec#NO_IMPORTANCE} if there is none.
     *
     * @throws IllegalArgumentException if it is that of a tensor with other columns
     */
    float[] of(TensorInfo tensor) {
        float[] importance = byTensor.getOrDefault(tensor.name(), Codec.NO_IMPORTANCE);
        long matrices = tensor.shape().size() > 2 ? tensor.shape().get(2) : 1;
        if (importance.length != 0 && importance.length != tensor.columns() * matrices) {
            throw new IllegalArgumentException(
                    "tensor %s: importance of %d inputs, expected %d, its columns, for each of %d matrices"
                            .formatted(tensor.name(), importance.length, tensor.columns(), matrices));
        }
        return importance;
    }
}
