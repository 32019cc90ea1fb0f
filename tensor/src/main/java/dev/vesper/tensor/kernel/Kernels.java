package dev.vesper.tensor.kernel;

import dev.vesper.tensor.AttentionShape;
import dev.vesper.tensor.KeyValues;
import dev.vesper.tensor.Scratch;
import dev.vesper.tensor.Weight;
import java.lang.foreign.MemorySegment;

/**
 * The arithmetic that everything runs on: single-threaded, over a range of rows or columns, knowing nothing of models,
 * tapes or threads. Matrices are row-major float arrays from index 0 unless an offset says otherwise.
 *
 * <p>Promises that callers build on, in every implementation:
 *
 * <ul>
 *   <li>The same input gives the same bits: in the interpreter, after compilation, and for any split into ranges.
 *   <li>A result row depends on its own input row only: computing a token alone, in a batch, or in a longer prompt
 *       gives the same bits.
 *   <li>Arguments are trusted: shapes are checked by the caller, once an operation.
 * </ul>
 */
public sealed interface Kernels permits ScalarKernels, VectorKernels, X86Kernels {

    /** What runs, for a log line: "scalar", "vector 512-bit" or "x86 AVX-512 VNNI machine code". */
    String description();

    /** Writes row {@code row} of {@code weight} as floats to {@code out[offset...]}. */
    void decodeRow(Weight weight, int row, float[] out, int offset);

    /**
     * {@code y[t, r] = x[t] · weight[r]} for all tokens and the rows {@code [fromRow, toRow)} of the weight.
     *
     * @param x {@code [tokens, weight.columns()]}
     * @param y {@code [tokens, weight.rows()]}
     */
    void multiply(Weight weight, int fromRow, int toRow, float[] x, int tokens, float[] y, Scratch scratch);

    /**
     * Gradient of {@link #multiply} for its input: {@code dx[t, c] += sum over r of dy[t, r] * weight[r, c]} for the
     * columns {@code [fromColumn, toColumn)}, which begin and end at multiples of the block size.
     *
     * @param dy {@code [tokens, weight.rows()]}
     * @param dx {@code [tokens, weight.columns()]}
     */
    void multiplyInputGradient(
            Weight weight, int fromColumn, int toColumn, float[] dy, int tokens, float[] dx, Scratch scratch);

    /**
     * Gradient of {@link #multiply} for its weight: {@code dw[r, c] += sum over t of dy[t, r] * x[t, c]} for the rows
     * {@code [fromRow, toRow)}.
     *
     * @param dy {@code [tokens, rows]}
     * @param x {@code [tokens, columns]}
     * @param dw {@code [rows, columns]}
     */
    void multiplyWeightGradient(
            int fromRow, int toRow, float[] dy, int rows, float[] x, int columns, int tokens, float[] dw,
            Scratch scratch);

    /**
     * Root-mean-square norm (Zhang and Sennrich 2019): {@code y[t] = x[t] * inverse[t] * gain}, with {@code inverse[t] =
     * 1 / sqrt(mean(x[t]²) + epsilon)}, for the rows {@code [fromRow, toRow)}.
     *
     * @param inverse {@code [rows]}, written: the backward needs it
     */
    void rmsNorm(
            int fromRow, int toRow, float[] x, int columns, float[] gain, float epsilon, float[] y, float[] inverse);

    /** Gradient of {@link #rmsNorm} for its input: {@code dx += ...} for the rows {@code [fromRow, toRow)}. */
    void rmsNormInputGradient(
            int fromRow, int toRow, float[] x, int columns, float[] gain, float[] inverse, float[] dy, float[] dx);

    /**
     * Gradient of {@link #rmsNorm} for its gain: {@code dGain[c] += sum over t of dy[t, c] * x[t, c] * inverse[t]} for
     * the columns {@code [fromColumn, toColumn)}, rows in order.
     */
    void rmsNormGainGradient(
            int fromColumn, int toColumn, float[] x, int rows, int columns, float[] inverse, float[] dy,
            float[] dGain);

    /**
     * Rotates, in place, the first {@code 2 * pairs} elements of each head of the rows {@code [fromRow, toRow)}: the
     * pair (2i, 2i + 1) by the angle whose cosine and sine are {@code cos[t, i]} and {@code sin[t, i]} (rotary position
     * embedding, Su et al. 2021). With {@code -sin} it is its own inverse and gradient.
     *
     * @param x {@code [rows, heads * headSize]}
     * @param cos {@code [rows, pairs]}
     * @param direction 1 to rotate forward, -1 to rotate back
     */
    void rope(
            int fromRow, int toRow, float[] x, int heads, int headSize, int pairs, float[] cos, float[] sin,
            int direction);

    /**
     * Causal attention of consecutive query rows of one sequence, for the query heads of one key-value head.
     * Row {@code fromRow + i} is at position {@code position + i} and sees the positions up to and including its own.
     * Memory is linear in the length: no matrix of scores is kept.
     *
     * @param query {@code [rows, heads * headSize]}
     * @param out {@code [rows, heads * headSize]}, written
     * @param logSumExp {@code [rows, heads]}, written: log of the softmax denominator, which the backward needs
     */
    void attend(
            AttentionShape shape, int keyValueHead, int fromRow, int toRow, int position, float[] query,
            KeyValues keyValues, float[] out, float[] logSumExp, Scratch scratch);

    /**
     * Gradient of {@link #attend} for a whole sequence from position 0 whose rows are {@code [fromRow, toRow)} of each
     * matrix: adds to {@code dQuery}, {@code dKey} and {@code dValue} for the heads of one key-value head (Dao et al.
     * 2022, without the matrix of scores).
     *
     * @param key {@code [rows, keyValueHeads * headSize]}, and so {@code value}, {@code dKey}, {@code dValue}
     */
    void attendGradient(
            AttentionShape shape, int keyValueHead, int fromRow, int toRow, float[] query, float[] key, float[] value,
            float[] out, float[] logSumExp, float[] dOut, float[] dQuery, float[] dKey, float[] dValue,
            Scratch scratch);

    /** {@code out[i] = silu(gate[i]) * up[i]} for {@code from <= i < to}, silu(z) = z / (1 + exp(-z)). */
    void siluTimes(int from, int to, float[] gate, float[] up, float[] out);

    /** Gradient of {@link #siluTimes}: adds to {@code dGate} and {@code dUp}. */
    void siluTimesGradient(
            int from, int to, float[] gate, float[] up, float[] dOut, float[] dGate, float[] dUp);

    /** {@code out[i] = a[i] + factor * b[i]} for {@code from <= i < to}; {@code out} may be {@code a} or {@code b}. */
    void addScaled(int from, int to, float[] a, float[] b, float factor, float[] out);

    /**
     * Cross-entropy of one row of logits: returns {@code -log softmax(logits[offset...])[target]}, and adds {@code
     * factor * (softmax - onehot(target))} to {@code gradient} at the same offset unless {@code factor} is 0.
     *
     * @return the loss of the row, in nats
     */
    double crossEntropy(float[] logits, int offset, int columns, int target, float factor, float[] gradient);

    /** Sum of squares of {@code values[from...to)}, accumulated in double. */
    double sumOfSquares(int from, int to, float[] values);

    /**
     * One AdamW step (Loshchilov and Hutter 2019, decoupled decay) over {@code from <= i < to}:
     * {@code m = b1 m + (1 - b1) g; v = b2 v + (1 - b2) g²; w = w - lr * (decay * w + (m / c1) / (sqrt(v / c2) + eps))}
     * with {@code g = gradient * gradientScale} and the bias corrections {@code c1 = 1 - b1^step}, {@code c2 = 1 - b2^step}.
     *
     * @param weight native memory of float32, updated
     */
    void adamW(int from, int to, MemorySegment weight, float[] gradient, float[] m, float[] v, AdamWStep step);
}
