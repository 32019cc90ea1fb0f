package dev.vesper.llm.lora;

import dev.vesper.llm.file.TensorInfo;
import dev.vesper.llm.ModelFile;
import dev.vesper.tensor.Weight;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

/** Adapters of random numbers, for models and for layers of their own. */
public final class RandomAdapters {
    private RandomAdapters() {}

    /** Of all layers of the model whose names end so. */
    public static Adapter of(ModelFile file, long seed, int rank, double alpha, String... endings) {
        Random random = new Random(seed);
        Map<String, LowRank> changes = new TreeMap<>();
        for (TensorInfo tensor : file.checkpoint().tensors().values()) {
            for (String ending : endings) {
                if (tensor.name().endsWith(ending + ".weight")) {
                    String layer = tensor.name().substring(0, tensor.name().length() - ".weight".length());
                    changes.put(layer, change(random, (int) tensor.rows(), (int) tensor.columns(), rank));
                }
            }
        }
        return new Adapter(changes, rank, alpha);
    }

    static LowRank change(Random random, int outputs, int inputs, int rank) {
        return new LowRank(matrix(random, rank, inputs, 0.2), matrix(random, outputs, rank, 0.2));
    }

    private static Weight matrix(Random random, int rows, int columns, double spread) {
        float[] values = new float[rows * columns];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) (spread * random.nextGaussian());
        }
        return Matrices.of("random", values, rows, columns);
    }

    /** {@code Σ weight · alpha / rank · B A}, by the definition, row by row. */
    public static double[] delta(List<WeightedAdapter> parts, String layer, int rows, int columns) {
        double[] sum = new double[rows * columns];
        for (WeightedAdapter part : parts) {
            LowRank change = part.adapter().changes().get(layer);
            if (change == null) {
                continue;
            }
            float[] a = Matrices.values(change.down());
            float[] b = Matrices.values(change.up());
            double scale = part.weight() * part.adapter().alpha() / part.adapter().rank();
            for (int row = 0; row < rows; row++) {
                for (int c = 0; c < columns; c++) {
                    double product = 0;
                    for (int k = 0; k < change.rank(); k++) {
                        product += (double) b[row * change.rank() + k] * a[k * columns + c];
                    }
                    sum[row * columns + c] += scale * product;
                }
            }
        }
        return sum;
    }
}
