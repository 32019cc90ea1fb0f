package dev.vesper.tensor.kernel;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/** Cross-entropy of a row of logits, which is as long as the vocabulary. */
final class CrossEntropyVector {
    /** Elements whose exponentials lanes add up before the sum goes on in double. */
    private static final int BLOCK = 4096;

    private CrossEntropyVector() {}

    static double crossEntropy(
            float[] logits, int offset, int columns, int target, float factor, float[] gradient) {
        float max = max(logits, offset, offset + columns);
        double sum = 0;
        for (int c = 0; c < columns; c += BLOCK) {
            sum += sumOfExponentials(logits, offset + c, offset + Math.min(columns, c + BLOCK), max);
        }
        if (factor != 0) {
            double probability = StrictMath.exp((double) logits[offset + target] - max) / sum;
            float atTarget = gradient[offset + target] + (float) (factor * (probability - 1));
            addExponentials(logits, offset, offset + columns, max, (float) (factor / sum), gradient);
            gradient[offset + target] = atTarget;
        }
        return max + StrictMath.log(sum) - logits[offset + target];
    }

    /** The largest does not depend on the order, so the reduction of the Vector API will do. */
    private static float max(float[] logits, int from, int to) {
        FloatVector max = FloatVector.broadcast(Lanes.FLOAT, Float.NEGATIVE_INFINITY);
        int i = from;
        for (; i <= to - Lanes.COUNT; i += Lanes.COUNT) {
            max = max.max(FloatVector.fromArray(Lanes.FLOAT, logits, i));
        }
        float result = max.reduceLanes(VectorOperators.MAX);
        for (; i < to; i++) {
            result = Math.max(result, logits[i]);
        }
        return result;
    }

    private static float sumOfExponentials(float[] logits, int from, int to, float max) {
        FloatVector sum = FloatVector.zero(Lanes.FLOAT);
        int i = from;
        for (; i <= to - Lanes.COUNT; i += Lanes.COUNT) {
            sum = sum.add(Exponential.of(FloatVector.fromArray(Lanes.FLOAT, logits, i).sub(max)));
        }
        if (i < to) {
            VectorMask<Float> rest = Lanes.FLOAT.indexInRange(i, to);
            FloatVector values = Exponential.of(FloatVector.fromArray(Lanes.FLOAT, logits, i, rest).sub(max));
            sum = sum.add(values, rest);
        }
        return Lanes.sum(sum);
    }

    private static void addExponentials(
            float[] logits, int from, int to, float max, float factor, float[] gradient) {
        FloatVector scale = FloatVector.broadcast(Lanes.FLOAT, factor);
        int i = from;
        for (; i <= to - Lanes.COUNT; i += Lanes.COUNT) {
            FloatVector values = Exponential.of(FloatVector.fromArray(Lanes.FLOAT, logits, i).sub(max));
            values.fma(scale, FloatVector.fromArray(Lanes.FLOAT, gradient, i)).intoArray(gradient, i);
        }
        if (i < to) {
            VectorMask<Float> rest = Lanes.FLOAT.indexInRange(i, to);
            FloatVector values = Exponential.of(FloatVector.fromArray(Lanes.FLOAT, logits, i, rest).sub(max));
            FloatVector before = FloatVector.fromArray(Lanes.FLOAT, gradient, i, rest);
            values.fma(scale, before).intoArray(gradient, i, rest);
        }
    }
}
