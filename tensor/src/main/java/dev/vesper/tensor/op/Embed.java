package dev.vesper.tensor.op;

import dev.vesper.tensor.Tensor;
import dev.vesper.tensor.Weight;

/** Table look-up: row {@code tokens[t]} of the embedding becomes row t. */
final class Embed {
    private Embed() {}

    static Tensor forward(Ops ops, int[] tokens, Weight embedding) {
        int dim = embedding.columns();
        Tensor out = ops.take(tokens.length, dim);
        for (int t = 0; t < tokens.length; t++) {
            if (tokens[t] < 0 || tokens[t] >= embedding.rows()) {
                throw new IllegalArgumentException("embed: token id %d at row %d is not in the vocabulary of %d"
                        .formatted(tokens[t], t, embedding.rows()));
            }
            ops.kernels().decodeRow(embedding, tokens[t], out.data(), t * dim);
        }
        Tape tape = ops.tape();
        if (tape != null) {
            Parameter parameter = tape.parameter(embedding);
            if (parameter != null) {
                tape.record(out, () -> backward(tokens, parameter.gradient(), tape.gradient(out), dim));
            }
        }
        return out;
    }

    /** One thread, rows in order: the same token may occur twice. */
    private static void backward(int[] tokens, float[] dEmbedding, float[] dOut, int dim) {
        for (int t = 0; t < tokens.length; t++) {
            for (int i = 0; i < dim; i++) {
                dEmbedding[tokens[t] * dim + i] += dOut[t * dim + i];
            }
        }
    }
}
