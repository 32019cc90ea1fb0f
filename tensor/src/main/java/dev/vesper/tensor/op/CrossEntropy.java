package dev.vesper.tensor.op;

import dev.vesper.tensor.Tensor;
import dev.vesper.tensor.Weight;
import java.util.Arrays;

/**
 * Output projection and cross-entropy in one, a few rows at a time: when training, the gradient of a chunk of logits is
 * turned into that of the input at once, so that [rows, vocabulary] never exists. Each row's weight in the sum must
 * therefore be known before; scaling the sum as a whole is the optimiser's.
 */
final class CrossEntropy {
    /** Floats of logits that exist at a time, about: 32 MB. */
    private static final int CHUNK = 8 << 20;

    private CrossEntropy() {}

    static double forward(Ops ops, Tensor x, Weight output, int[] targets, float[] weights, double[] losses) {
        return forward(ops, x, output, targets, weights, losses, CHUNK);
    }

    /** The weights of a plain sum. */
    static float[] ones(int count) {
        float[] weights = new float[count];
        Arrays.fill(weights, 1f);
        return weights;
    }

    /** The same; as many rows at a time as have {@code chunkFloats} logits, at least one. */
    static double forward(
            Ops ops, Tensor x, Weight output, int[] targets, float[] weights, double[] losses, int chunkFloats) {
        int vocabulary = output.rows();
        int dim = output.columns();
        Ops.check(x.columns() == dim, "cross-entropy " + output.name(), dim + " columns", x);
        Ops.check(x.rows() == targets.length, "cross-entropy", x.rows() + " targets", targets.length);
        Ops.check(x.rows() == weights.length, "cross-entropy", x.rows() + " weights", weights.length);
        Ops.check(losses.length >= x.rows(), "cross-entropy", "room for " + x.rows() + " losses", losses.length);
        for (int target : targets) {
            Ops.check(target >= 0 && target < vocabulary, "cross-entropy", "a target below " + vocabulary, target);
        }
        Tape tape = ops.tape();
        boolean toInput = tape != null && tape.tracks(x);
        Parameter parameter = tape == null ? null : tape.parameter(output);
        boolean training = toInput || parameter != null;
        int chunk = Math.max(1, Math.min(x.rows(), chunkFloats / vocabulary));
        int mark = ops.workspace().mark();
        Tensor logits = ops.take(chunk, vocabulary);
        Tensor dLogits = ops.take(training ? chunk : 0, vocabulary);
        Tensor input = ops.take(chunk, dim);
        Tensor dInput = ops.take(toInput ? chunk : 0, dim);
        float[] factors = training ? weights : new float[weights.length];
        double sum = 0;
        for (int from = 0; from < x.rows(); from += chunk) {
            int rows = Math.min(chunk, x.rows() - from);
            System.arraycopy(x.data(), from * dim, input.data(), 0, rows * dim);
            Linear.multiply(ops, output, input.data(), rows, logits.data());
            losses(ops, logits, rows, targets, from, factors, training, dLogits, losses);
            for (int i = from; i < from + rows; i++) {
                sum += weights[i] * losses[i];
            }
            if (tape != null && toInput) {
                Arrays.fill(dInput.data(), 0, rows * dim, 0f);
                Linear.inputGradient(ops, output, dLogits.data(), rows, dInput.data());
                float[] dx = tape.gradient(x);
                for (int i = 0; i < rows * dim; i++) {
                    dx[from * dim + i] += dInput.data()[i];
                }
            }
            if (parameter != null) {
                Linear.weightGradient(ops, parameter, dLogits.data(), input.data(), rows);
            }
        }
        ops.workspace().release(mark);
        return sum;
    }

    /** @param factors of the gradient for each of all rows; 0 for none */
    private static void losses(
            Ops ops,
            Tensor logits,
            int rows,
            int[] targets,
            int first,
            float[] factors,
            boolean training,
            Tensor dLogits,
            double[] losses) {
        int columns = logits.columns();
        ops.parallel(rows, 1, 16L * rows * columns, (from, to, worker) -> {
            if (training) {
                Arrays.fill(dLogits.data(), from * columns, to * columns, 0f);
            }
            for (int row = from; row < to; row++) {
                losses[first + row] = ops.kernels()
                        .crossEntropy(
                                logits.data(), row * columns, columns, targets[first + row], factors[first + row],
                                dLogits.data());
            }
        });
    }
}
