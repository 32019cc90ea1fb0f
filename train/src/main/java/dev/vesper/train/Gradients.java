package dev.vesper.train;

import dev.vesper.llm.Backend;
import dev.vesper.tensor.op.Parameter;
import java.util.Arrays;
import java.util.List;

/** The gradients of all parameters together. */
public final class Gradients {
    /** Elements of a partial sum, fixed: the order of the additions must not depend on the number of threads. */
    private static final int CHUNK = 1 << 14;

    private final Backend backend;
    private final List<Parameter> parameters;

    public Gradients(Backend backend, List<Parameter> parameters) {
        this.backend = backend;
        this.parameters = List.copyOf(parameters);
    }

    /** Sets all to zero. */
    public void clear() {
        parameters.forEach(parameter -> Arrays.fill(parameter.gradient(), 0f));
    }

    /** The Euclidean norm over all parameters; not finite if any element is not. */
    public double norm() {
        double sum = 0;
        for (Parameter parameter : parameters) {
            sum += sumOfSquares(parameter);
        }
        return Math.sqrt(sum);
    }

    /** The name of the first parameter whose gradient is not finite, for messages. */
    String culprit() {
        return parameters.stream()
                .filter(parameter -> !Double.isFinite(sumOfSquares(parameter)))
                .map(Parameter::name)
                .findFirst()
                .orElse("all together");
    }

    private double sumOfSquares(Parameter parameter) {
        float[] gradient = parameter.gradient();
        double[] parts = new double[Math.ceilDiv(gradient.length, CHUNK)];
        backend.workers().run(parts.length, 1, (from, to, worker) -> {
            for (int part = from; part < to; part++) {
                int start = part * CHUNK;
                int end = Math.min(gradient.length, start + CHUNK);
                parts[part] = backend.choice().kernels().sumOfSquares(start, end, gradient);
            }
        });
        double sum = 0;
        for (double part : parts) {
            sum += part;
        }
        return sum;
    }
}
