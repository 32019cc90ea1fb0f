package dev.vesper.tensor.kernel;

import dev.vesper.tensor.AttentionShape;
import dev.vesper.tensor.Format;
import dev.vesper.tensor.KeyValues;
import dev.vesper.tensor.Scratch;
import dev.vesper.tensor.Weight;
import dev.vesper.tensor.kernel.Samples.Fill;
import dev.vesper.tensor.quant.Codecs;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Runs every kernel on small inputs and hashes the bits of all results; also a main, for other JVMs to run it. */
final class KernelChecksum {
    private final Kernels kernels;
    private final Scratch scratch = new Scratch();
    private long hash;

    private KernelChecksum(Kernels kernels) {
        this.kernels = kernels;
    }

    /** Prints the checksum of the kernels that the argument names. */
    public static void main(String[] arguments) {
        System.out.println("checksum " + of(KernelChoice.of(arguments[0]).kernels()));
    }

    static long of(Kernels kernels) {
        KernelChecksum checksum = new KernelChecksum(kernels);
        for (Format format : Codecs.supported()) {
            checksum.products(Samples.weight(format, 21, Math.max(96, format.blockSize()), Fill.NORMAL, 4));
        }
        checksum.products(Samples.weight(Format.F32, 9, 45, Fill.NORMAL, 5));
        checksum.attention();
        checksum.rows();
        return checksum.hash;
    }

    private void add(float[] values) {
        for (float value : values) {
            hash = hash * 31 + Float.floatToRawIntBits(value);
        }
    }

    private void products(Weight weight) {
        for (int tokens : new int[] {1, 9}) {
            float[] x = Samples.floats(tokens * weight.columns(), 1);
            float[] y = new float[tokens * weight.rows()];
            kernels.multiply(weight, 0, weight.rows(), x, tokens, y, scratch);
            add(y);
            kernels.multiplyInputGradient(weight, 0, weight.columns(), y, tokens, x, scratch);
            add(x);
            float[] dw = new float[weight.rows() * weight.columns()];
            kernels.multiplyWeightGradient(
                    0, weight.rows(), y, weight.rows(), x, weight.columns(), tokens, dw, scratch);
            add(dw);
        }
    }

    private void attention() {
        AttentionShape shape = new AttentionShape(4, 2, 20, 0.2f);
        float[] query = Samples.floats(30 * 80, 1);
        float[] key = Samples.floats(30 * 40, 2);
        float[] value = Samples.floats(30 * 40, 3);
        float[] out = new float[30 * 80];
        float[] logSumExp = new float[30 * 4];
        float[][] gradients = {new float[30 * 80], new float[30 * 40], new float[30 * 40]};
        KeyValues keyValues = new KeyValues.Floats(new float[][] {key}, 0, new float[][] {value}, 0, 30, 40);
        for (int head = 0; head < 2; head++) {
            kernels.attend(shape, head, 0, 30, 0, query, keyValues, out, logSumExp, scratch);
            kernels.attendGradient(shape, head, 0, 30, query, key, value, out, logSumExp, query, gradients[0],
                    gradients[1], gradients[2], scratch);
        }
        add(out);
        add(logSumExp);
        for (float[] gradient : gradients) {
            add(gradient);
        }
    }

    private void rows() {
        float[] x = Samples.floats(3 * 45, 1);
        float[] y = new float[3 * 45];
        float[] dx = new float[3 * 45];
        float[] gain = Samples.floats(45, 2);
        float[] inverse = new float[3];
        kernels.rmsNorm(0, 3, x, 45, gain, 1e-5f, y, inverse);
        kernels.rmsNormInputGradient(0, 3, x, 45, gain, inverse, y, dx);
        kernels.rmsNormGainGradient(0, 45, x, 3, 45, inverse, y, gain);
        add(y);
        add(dx);
        add(gain);
        kernels.rope(0, 3, y, 3, 15, 5, x, dx, 1);
        kernels.siluTimes(0, y.length, x, dx, y);
        kernels.siluTimesGradient(0, y.length, x, dx, y, dx, y);
        kernels.addScaled(0, y.length, x, dx, 0.7f, x);
        add(x);
        add(y);
        add(dx);
        double loss = kernels.crossEntropy(x, 0, 135, 17, 0.5f, y) + kernels.sumOfSquares(1, 134, y);
        hash = hash * 31 + Double.doubleToRawLongBits(loss);
        add(y);
        MemorySegment weight = Arena.ofAuto().allocate(4 * 45, 4);
        MemorySegment.copy(x, 0, weight, ValueLayout.JAVA_FLOAT, 0, 45);
        float[] m = new float[45];
        float[] v = new float[45];
        kernels.adamW(0, 45, weight, y, m, v, new AdamWStep(0.01f, 0.9f, 0.95f, 1e-8f, 0.1f, 0.3f, 0.1, 0.05));
        add(weight.toArray(ValueLayout.JAVA_FLOAT));
        add(m);
        add(v);
    }
}
