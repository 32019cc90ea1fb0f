package dev.vesper.tensor.op;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vesper.tensor.Tensor;
import dev.vesper.tensor.Weight;
import dev.vesper.tensor.Workers;
import dev.vesper.tensor.kernel.Kernels;
import dev.vesper.tensor.op.Doubles.Matrix;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.assertj.core.data.Offset;

/**
 * Compares the gradients of a small graph, computed by the tape in float32, with central differences of the same graph
 * written in float64.
 *
 * <p>Tolerance: with {@code u = 2^-24}, a float32 computation whose longest chain has {@code n} roundings is off by up to
 * {@code n u} of the sum of the magnitudes that went into it (Higham 2002, chapter 3). Cancellation makes single elements
 * smaller than that sum, so errors are compared with the largest gradient of the same matrix, which for random numbers is
 * of the sum's order; {@code n} is stated by each test. The central difference, with step 1e-5 in float64, is itself good
 * to about 1e-9, far below.
 */
final class GradientCheck {
    private static final double UNIT_ROUNDOFF = 0x1p-24;
    private static final double STEP = 1e-5;
    private static final double DIFFERENCE_ERROR = 1e-8;
    private static final int MOST_ELEMENTS = 300;

    /** The graph on the tape; returns the loss. */
    interface Taped {
        double loss(Ops ops, Leaves leaves);
    }

    /** The same graph in float64. */
    interface Reference {
        double loss(List<Matrix> leaves);
    }

    /** What a graph begins with: each leaf a weight that is trained, or an activation whose gradient is wanted. */
    static final class Leaves {
        private final Tape tape;
        private final List<Parameter> parameters;
        private final TreeMap<Integer, Tensor> activations = new TreeMap<>();
        /** Of the terms of the loss: what rounding errors are relative to. */
        private double magnitude;

        Leaves(Tape tape, List<Parameter> parameters) {
            this.tape = tape;
            this.parameters = parameters;
        }

        Weight weight(int index) {
            return parameters.get(index).weight();
        }

        /** The leaf as an activation; its gradient ends up in that of the parameter. */
        Tensor tensor(int index) {
            return activations.computeIfAbsent(index, i -> {
                Parameter leaf = parameters.get(i);
                Tensor tensor = new Tensor(leaf.values(), leaf.weight().rows(), leaf.weight().columns());
                tape.record(tensor, () -> {
                    for (int e = 0; e < leaf.size(); e++) {
                        leaf.gradient()[e] += tape.gradient(tensor)[e];
                    }
                });
                return tensor;
            });
        }

        /** A fixed random linear functional of {@code out}, recorded as a loss. */
        double functional(Tensor out) {
            double[] factors = factors(out.size());
            float[] gradient = tape.gradient(out);
            double sum = 0;
            for (int i = 0; i < factors.length; i++) {
                gradient[i] += (float) factors[i];
                sum += factors[i] * out.data()[i];
                magnitude += Math.abs(factors[i] * out.data()[i]);
            }
            return sum;
        }
    }

    /** The same functional in float64. */
    static double functional(Matrix out) {
        double[] factors = factors(out.data().length);
        double sum = 0;
        for (int i = 0; i < factors.length; i++) {
            sum += factors[i] * out.data()[i];
        }
        return sum;
    }

    private static double[] factors(int size) {
        return new Random(size).doubles(size, -1, 1).map(factor -> (float) factor).toArray();
    }

    private final Random random = new Random(7);
    private final List<Parameter> parameters = new ArrayList<>();
    private final Kernels kernels;
    private final Arena arena;

    GradientCheck(Kernels kernels, Arena arena) {
        this.kernels = kernels;
        this.arena = arena;
    }

    /** Adds a leaf of numbers between {@code -scale} and {@code scale}. */
    GradientCheck leaf(int rows, int columns, double scale) {
        float[] values = new float[rows * columns];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) (scale * (2 * random.nextDouble() - 1));
        }
        return leaf(rows, columns, values);
    }

    GradientCheck leaf(int rows, int columns, float... values) {
        parameters.add(Parameter.of("leaf" + parameters.size(), rows, columns, values, arena));
        return this;
    }

    /**
     * Runs both and compares the loss and all gradients.
     *
     * @param roundings of the longest chain
     */
    List<Parameter> check(int roundings, Taped taped, Reference reference) {
        double loss;
        double magnitude;
        try (Workers workers = new Workers(1)) {
            Tape tape = new Tape(parameters);
            Ops ops = Ops.forTraining(kernels, workers, tape);
            ops.begin();
            Leaves leaves = new Leaves(tape, parameters);
            loss = taped.loss(ops, leaves);
            magnitude = Math.max(leaves.magnitude, Math.abs(loss));
            ops.backward();
        }
        List<Matrix> leaves = parameters.stream().map(GradientCheck::matrix).toList();
        double expected = reference.loss(leaves);
        assertThat(loss).as("loss").isCloseTo(expected, offset(roundings, magnitude));
        for (int i = 0; i < leaves.size(); i++) {
            float[] gradient = parameters.get(i).gradient();
            int[] elements = elements(gradient.length);
            double[] differences = differences(leaves, i, elements, reference);
            double largest = Arrays.stream(differences).map(Math::abs).max().orElse(0);
            for (int e = 0; e < elements.length; e++) {
                assertThat((double) gradient[elements[e]])
                        .as("gradient of leaf %d, element %d of %d", i, elements[e], gradient.length)
                        .isCloseTo(differences[e], offset(roundings, largest));
            }
        }
        return parameters;
    }

    private static Offset<Double> offset(int roundings, double magnitude) {
        return Offset.offset(
                roundings * UNIT_ROUNDOFF * magnitude + DIFFERENCE_ERROR * Math.max(1, magnitude));
    }

    private static Matrix matrix(Parameter leaf) {
        float[] values = leaf.values();
        double[] data = new double[values.length];
        Arrays.setAll(data, i -> values[i]);
        return new Matrix(data, leaf.weight().rows(), leaf.weight().columns());
    }

    /** All elements of a small leaf, some of a large one. */
    private static int[] elements(int size) {
        return size <= MOST_ELEMENTS
                ? IntStream.range(0, size).toArray()
                : new Random(size).ints(0, size).distinct().limit(MOST_ELEMENTS).toArray();
    }

    private static double[] differences(List<Matrix> leaves, int leaf, int[] elements, Reference reference) {
        double[] values = leaves.get(leaf).data();
        double[] differences = new double[elements.length];
        for (int i = 0; i < elements.length; i++) {
            double value = values[elements[i]];
            values[elements[i]] = value + STEP;
            double above = reference.loss(leaves);
            values[elements[i]] = value - STEP;
            double below = reference.loss(leaves);
            values[elements[i]] = value;
            differences[i] = (above - below) / (2 * STEP);
        }
        return differences;
    }
}
