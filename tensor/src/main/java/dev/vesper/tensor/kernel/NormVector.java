package dev.vesper.tensor.kernel;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;

/** The root-mean-square norm and its gradients. */
final class NormVector {
    private NormVector() {}

    static void rmsNorm(
            int fromRow, int toRow, float[] x, int columns, float[] gain, float epsilon, float[] y, float[] inverse) {
        for (int row = fromRow; row < toRow; row++) {
            int at = row * columns;
            FloatVector squares = FloatVector.zero(Lanes.FLOAT);
            int c = 0;
            for (; c <= columns - Lanes.COUNT; c += Lanes.COUNT) {
                FloatVector v = load(x, at + c);
                squares = v.fma(v, squares);
            }
            if (c < columns) {
                FloatVector v = load(x, at + c, rest(c, columns));
                squares = v.fma(v, squares);
            }
            double mean = (double) Lanes.sum(squares) / columns;
            inverse[row] = (float) (1 / Math.sqrt(mean + epsilon));
            scale(x, at, columns, gain, inverse[row], y);
        }
    }

    private static void scale(float[] x, int at, int columns, float[] gain, float inverse, float[] y) {
        int c = 0;
        for (; c <= columns - Lanes.COUNT; c += Lanes.COUNT) {
            load(x, at + c).mul(inverse).mul(load(gain, c)).intoArray(y, at + c);
        }
        if (c < columns) {
            VectorMask<Float> rest = rest(c, columns);
            load(x, at + c, rest).mul(inverse).mul(load(gain, c, rest)).intoArray(y, at + c, rest);
        }
    }

    static void inputGradient(
            int fromRow, int toRow, float[] x, int columns, float[] gain, float[] inverse, float[] dy, float[] dx) {
        for (int row = fromRow; row < toRow; row++) {
            int at = row * columns;
            FloatVector products = FloatVector.zero(Lanes.FLOAT);
            int c = 0;
            for (; c <= columns - Lanes.COUNT; c += Lanes.COUNT) {
                products = load(dy, at + c).mul(load(gain, c)).fma(load(x, at + c), products);
            }
            if (c < columns) {
                VectorMask<Float> rest = rest(c, columns);
                products = load(dy, at + c, rest).mul(load(gain, c, rest)).fma(load(x, at + c, rest), products);
            }
            double cubed = (double) inverse[row] * inverse[row] * inverse[row];
            float factor = (float) (Lanes.sum(products) / columns * cubed);
            addGradient(x, at, columns, gain, inverse[row], factor, dy, dx);
        }
    }

    /** {@code dx += dy * gain * inverse - x * factor} for one row. */
    private static void addGradient(
            float[] x, int at, int columns, float[] gain, float inverse, float factor, float[] dy, float[] dx) {
        FloatVector minus = FloatVector.broadcast(Lanes.FLOAT, -factor);
        int c = 0;
        for (; c <= columns - Lanes.COUNT; c += Lanes.COUNT) {
            FloatVector direct = load(dy, at + c).mul(load(gain, c)).mul(inverse);
            load(dx, at + c).add(load(x, at + c).fma(minus, direct)).intoArray(dx, at + c);
        }
        if (c < columns) {
            VectorMask<Float> rest = rest(c, columns);
            FloatVector direct = load(dy, at + c, rest).mul(load(gain, c, rest)).mul(inverse);
            load(dx, at + c, rest).add(load(x, at + c, rest).fma(minus, direct)).intoArray(dx, at + c, rest);
        }
    }

    static void gainGradient(
            int fromColumn, int toColumn, float[] x, int rows, int columns, float[] inverse, float[] dy,
            float[] dGain) {
        for (int c = fromColumn; c < toColumn; c += Lanes.COUNT) {
            VectorMask<Float> used = rest(c, toColumn);
            FloatVector sum = FloatVector.zero(Lanes.FLOAT);
            for (int row = 0; row < rows; row++) {
                int at = row * columns + c;
                FloatVector product = load(dy, at, used).mul(load(x, at, used));
                sum = product.fma(FloatVector.broadcast(Lanes.FLOAT, inverse[row]), sum);
            }
            load(dGain, c, used).add(sum).intoArray(dGain, c, used);
        }
    }

    private static VectorMask<Float> rest(int from, int to) {
        return Lanes.FLOAT.indexInRange(from, to);
    }

    private static FloatVector load(float[] from, int at) {
        return FloatVector.fromArray(Lanes.FLOAT, from, at);
    }

    private static FloatVector load(float[] from, int at, VectorMask<Float> mask) {
        return FloatVector.fromArray(Lanes.FLOAT, from, at, mask);
    }
}
