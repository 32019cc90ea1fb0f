package dev.vesper.tensor.kernel;

import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;

/** Operations on single elements; what does not fill a vector goes through the same formula under a mask. */
final class ElementwiseVector {
    private ElementwiseVector() {}

    static void siluTimes(int from, int to, float[] gate, float[] up, float[] out) {
        int i = from;
        for (; i <= to - Lanes.COUNT; i += Lanes.COUNT) {
            FloatVector z = load(gate, i);
            z.mul(sigmoid(z)).mul(load(up, i)).intoArray(out, i);
        }
        if (i < to) {
            VectorMask<Float> rest = Lanes.FLOAT.indexInRange(i, to);
            FloatVector z = load(gate, i, rest);
            z.mul(sigmoid(z)).mul(load(up, i, rest)).intoArray(out, i, rest);
        }
    }

    static void siluTimesGradient(
            int from, int to, float[] gate, float[] up, float[] dOut, float[] dGate, float[] dUp) {
        int i = from;
        for (; i <= to - Lanes.COUNT; i += Lanes.COUNT) {
            FloatVector z = load(gate, i);
            FloatVector sigmoid = sigmoid(z);
            FloatVector d = load(dOut, i);
            load(dUp, i).add(d.mul(z.mul(sigmoid))).intoArray(dUp, i);
            load(dGate, i).add(d.mul(load(up, i)).mul(siluSlope(z, sigmoid))).intoArray(dGate, i);
        }
        if (i < to) {
            VectorMask<Float> rest = Lanes.FLOAT.indexInRange(i, to);
            FloatVector z = load(gate, i, rest);
            FloatVector sigmoid = sigmoid(z);
            FloatVector d = load(dOut, i, rest);
            load(dUp, i, rest).add(d.mul(z.mul(sigmoid))).intoArray(dUp, i, rest);
            load(dGate, i, rest).add(d.mul(load(up, i, rest)).mul(siluSlope(z, sigmoid))).intoArray(dGate, i, rest);
        }
    }

    private static FloatVector sigmoid(FloatVector z) {
        FloatVector one = FloatVector.broadcast(Lanes.FLOAT, 1);
        return one.div(Exponential.of(z.neg()).add(one));
    }

    /** The derivative of {@code z * sigmoid(z)}. */
    private static FloatVector siluSlope(FloatVector z, FloatVector sigmoid) {
        FloatVector one = FloatVector.broadcast(Lanes.FLOAT, 1);
        return sigmoid.mul(one.sub(sigmoid).fma(z, one));
    }

    static void addScaled(int from, int to, float[] a, float[] b, float factor, float[] out) {
        FloatVector scale = FloatVector.broadcast(Lanes.FLOAT, factor);
        int i = from;
        for (; i <= to - Lanes.COUNT; i += Lanes.COUNT) {
            load(b, i).fma(scale, load(a, i)).intoArray(out, i);
        }
        if (i < to) {
            VectorMask<Float> rest = Lanes.FLOAT.indexInRange(i, to);
            load(b, i, rest).fma(scale, load(a, i, rest)).intoArray(out, i, rest);
        }
    }

    static void adamW(int from, int to, MemorySegment weight, float[] gradient, float[] m, float[] v, AdamWStep step) {
        int i = from;
        for (; i < to; i += Lanes.COUNT) {
            VectorMask<Float> used = Lanes.FLOAT.indexInRange(i, to);
            FloatVector g = load(gradient, i, used).mul(step.gradientScale());
            FloatVector mean = load(m, i, used).mul(step.beta1()).add(g.mul(1 - step.beta1()));
            FloatVector square = load(v, i, used).mul(step.beta2()).add(g.mul(1 - step.beta2()).mul(g));
            mean.intoArray(m, i, used);
            square.intoArray(v, i, used);
            FloatVector root = square.mul((float) (1 / step.secondCorrection())).sqrt().add(step.epsilon());
            FloatVector change = mean.mul((float) (1 / step.firstCorrection())).div(root);
            FloatVector old =
                    FloatVector.fromMemorySegment(Lanes.FLOAT, weight, 4L * i, ByteOrder.LITTLE_ENDIAN, used);
            FloatVector total = old.mul(step.weightDecay()).add(change);
            old.sub(total.mul(step.learningRate()))
                    .intoMemorySegment(weight, 4L * i, ByteOrder.LITTLE_ENDIAN, used);
        }
    }

    private static FloatVector load(float[] from, int at) {
        return FloatVector.fromArray(Lanes.FLOAT, from, at);
    }

    private static FloatVector load(float[] from, int at, VectorMask<Float> mask) {
        return FloatVector.fromArray(Lanes.FLOAT, from, at, mask);
    }
}
