package dev.vesper.llm.arch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vesper.llm.Fixtures;
import dev.vesper.llm.file.Gguf;
import dev.vesper.llm.layer.Batch;
import dev.vesper.llm.layer.CheckpointWeights;
import dev.vesper.llm.layer.Weights;
import dev.vesper.tensor.Tensor;
import dev.vesper.tensor.Weight;
import dev.vesper.tensor.Workers;
import dev.vesper.tensor.kernel.KernelChoice;
import dev.vesper.tensor.op.Ops;
import dev.vesper.tensor.op.Parameter;
import dev.vesper.tensor.op.Tape;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.assertj.core.data.Offset;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The gradient of the mean loss of two sequences, for some elements of every matrix, against central differences of a
 * Llama that is written here once more, in float64.
 */
class LlamaGradientTest {
    private static final int ELEMENTS_PER_MATRIX = 4;
    private static final double STEP = 1e-4;
    /**
     * Relative to the largest gradient of the matrix: some 100 roundings of {@code 2^-24} follow one another in a pass
     * there and back. The scalar kernels, which add in double, are at 3e-7.
     */
    private static final double TOLERANCE = 100 * 0x1p-24;

    private static final int[][] SEQUENCES = {
        {1, 403, 407, 261, 378, 432, 315, 280, 263, 261, 376}, {1, 44, 13, 450, 450, 403, 291}
    };

    static List<Arguments> cases() {
        List<Arguments> cases = new ArrayList<>();
        for (String model : List.of("llama-gqa", "llama-tied")) {
            for (String tier : List.of("scalar", "vector", "auto")) {
                cases.add(Arguments.of(model, tier));
            }
        }
        return cases;
    }

    @ParameterizedTest
    @MethodSource("cases")
    void gradientsAgree(String name, String tier) {
        try (Gguf file = Gguf.open(Fixtures.file("architectures/gguf/" + name + ".gguf"));
                Arena arena = Arena.ofShared();
                Workers workers = new Workers(2)) {
            Trained weights = new Trained(new CheckpointWeights(file), arena, new TreeMap<>());
            Model model = Architectures.build(file.metadata(), weights);
            Ops ops = Ops.forTraining(
                    KernelChoice.of(tier).kernels(), workers, new Tape(weights.parameters.values()));
            ops.begin();
            Batch batch = Batch.whole(inputs());
            Tensor hidden = model.hidden(ops, batch);
            double loss = model.loss(ops, hidden, targets(), new double[batch.tokens().length]);
            ops.backward();

            Map<String, double[]> values = new TreeMap<>();
            weights.parameters.forEach((key, parameter) -> values.put(key, doubles(parameter.values())));
            double epsilon = (float) file.metadata().requiredFloating("llama.attention.layer_norm_rms_epsilon");
            Reference reference = new Reference(model.shape(), epsilon, values);
            assertThat(loss).isCloseTo(reference.loss(), Offset.offset(1e-5 * loss));
            int matrices = weights.parameters.size();
            assertThat(matrices).isGreaterThanOrEqualTo(2 + 9 * model.shape().layers());
            weights.parameters.values().forEach(parameter -> compare(parameter, reference));
        }
    }

    private static void compare(Parameter parameter, Reference reference) {
        double largest = 0;
        for (float gradient : parameter.gradient()) {
            largest = Math.max(largest, Math.abs(gradient));
        }
        assertThat(largest).as(parameter.name()).isPositive();
        double[] values = reference.values.get(parameter.name());
        Random random = new Random(parameter.name().hashCode());
        for (int i = 0; i < ELEMENTS_PER_MATRIX; i++) {
            int element = random.nextInt(values.length);
            if (parameter.name().equals("token_embd")) {
                // a row of one of the tokens: the others get no gradient from the embedding
                int columns = parameter.weight().columns();
                element = SEQUENCES[0][random.nextInt(10)] * columns + element % columns;
            }
            double value = values[element];
            values[element] = value + STEP;
            double above = reference.loss();
            values[element] = value - STEP;
            double below = reference.loss();
            values[element] = value;
            assertThat((double) parameter.gradient()[element])
                    .as("gradient of %s at element %d", parameter.name(), element)
                    .isCloseTo((above - below) / (2 * STEP), Offset.offset(TOLERANCE * largest));
        }
    }

    private static List<int[]> inputs() {
        return Arrays.stream(SEQUENCES).map(tokens -> Arrays.copyOf(tokens, tokens.length - 1)).toList();
    }

    private static int[] targets() {
        return Arrays.stream(SEQUENCES).flatMapToInt(tokens -> Arrays.stream(tokens).skip(1)).toArray();
    }

    private static double[] doubles(float[] values) {
        double[] doubles = new double[values.length];
        Arrays.setAll(doubles, i -> values[i]);
        return doubles;
    }

    /** All weights of a file as parameters. */
    private record Trained(Weights file, Arena arena, TreeMap<String, Parameter> parameters) implements Weights {
        @Override
        public boolean has(String name) {
            return file.has(name);
        }

        @Override
        public Weight weight(String name, int rows, int columns) {
            return parameters.computeIfAbsent(name, key -> {
                Weight weight = file.weight(name, rows, columns);
                float[] values = weight.data().toArray(ValueLayout.JAVA_FLOAT_UNALIGNED);
                return Parameter.of(name, rows, columns, values, arena);
            }).weight();
        }
    }

    /** Llama in float64, a sequence at a time and a position after the other, keys and values of all kept. */
    private record Reference(ModelShape shape, double epsilon, Map<String, double[]> values) {
        /** The sum of the losses of all positions. */
        double loss() {
            double sum = 0;
            for (int[] tokens : SEQUENCES) {
                List<double[][]> keys = new ArrayList<>();
                List<double[][]> values = new ArrayList<>();
                for (int layer = 0; layer < shape.layers(); layer++) {
                    keys.add(new double[tokens.length][]);
                    values.add(new double[tokens.length][]);
                }
                for (int t = 0; t + 1 < tokens.length; t++) {
                    sum += loss(logits(tokens[t], t, keys, values), tokens[t + 1]);
                }
            }
            return sum;
        }

        private static double loss(double[] logits, int target) {
            double total = Arrays.stream(logits).map(logit -> Math.exp(logit - logits[target])).sum();
            return Math.log(total);
        }

        private double[] logits(int token, int position, List<double[][]> keys, List<double[][]> values) {
            double[] h = Arrays.copyOfRange(
                    this.values.get("token_embd"), token * shape.dim(), (token + 1) * shape.dim());
            for (int layer = 0; layer < shape.layers(); layer++) {
                String blk = "blk." + layer + ".";
                double[] n = norm(h, blk + "attn_norm");
                keys.get(layer)[position] = rotated(times(blk + "attn_k", n), position);
                values.get(layer)[position] = times(blk + "attn_v", n);
                double[] query = rotated(times(blk + "attn_q", n), position);
                h = sum(h, times(blk + "attn_output", attend(query, position, keys.get(layer), values.get(layer))));
                double[] m = norm(h, blk + "ffn_norm");
                double[] gate = times(blk + "ffn_gate", m);
                double[] inner = times(blk + "ffn_up", m);
                Arrays.setAll(inner, i -> inner[i] * gate[i] / (1 + Math.exp(-gate[i])));
                h = sum(h, times(blk + "ffn_down", inner));
            }
            return times(this.values.containsKey("output") ? "output" : "token_embd", norm(h, "output_norm"));
        }

        private double[] attend(double[] query, int position, double[][] keys, double[][] values) {
            int size = shape.attention().headSize();
            double[] out = new double[query.length];
            for (int head = 0; head < shape.attention().heads(); head++) {
                int other = head / shape.attention().group() * size;
                double[] weights = new double[position + 1];
                for (int j = 0; j <= position; j++) {
                    double score = 0;
                    for (int d = 0; d < size; d++) {
                        score += query[head * size + d] * keys[j][other + d];
                    }
                    weights[j] = Math.exp(score / Math.sqrt(size));
                }
                double total = Arrays.stream(weights).sum();
                for (int j = 0; j <= position; j++) {
                    for (int d = 0; d < size; d++) {
                        out[head * size + d] += weights[j] / total * values[j][other + d];
                    }
                }
            }
            return out;
        }

        private double[] rotated(double[] x, int position) {
            int size = shape.attention().headSize();
            double[] out = x.clone();
            for (int i = 0; i < x.length; i += 2) {
                double angle = position * Math.pow(10000, -(double) (i % size) / size);
                out[i] = x[i] * Math.cos(angle) - x[i + 1] * Math.sin(angle);
                out[i + 1] = x[i] * Math.sin(angle) + x[i + 1] * Math.cos(angle);
            }
            return out;
        }

        private double[] norm(double[] x, String gain) {
            double mean = Arrays.stream(x).map(value -> value * value).sum() / x.length;
            double[] out = new double[x.length];
            Arrays.setAll(out, i -> x[i] / Math.sqrt(mean + epsilon) * values.get(gain)[i]);
            return out;
        }

        private double[] times(String matrix, double[] x) {
            double[] weights = values.get(matrix);
            double[] out = new double[weights.length / x.length];
            for (int row = 0; row < out.length; row++) {
                for (int c = 0; c < x.length; c++) {
                    out[row] += weights[row * x.length + c] * x[c];
                }
            }
            return out;
        }

        private static double[] sum(double[] a, double[] b) {
            double[] out = new double[a.length];
            Arrays.setAll(out, i -> a[i] + b[i]);
            return out;
        }
    }
}
