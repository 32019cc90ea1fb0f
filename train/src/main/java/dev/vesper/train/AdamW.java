package dev.vesper.train;

import dev.vesper.llm.Backend;
import dev.vesper.tensor.kernel.AdamWStep;
import dev.vesper.tensor.op.Parameter;
import java.util.ArrayList;
import java.util.List;

/**
 * Adam with decoupled weight decay (Loshchilov and Hutter 2019), with the moments of each parameter. Every parameter
 * decays, gains of norms included.
 */
public final class AdamW {
    private static final int GRAIN = 1 << 12;

    private final Backend backend;
    private final AdamWOptions options;
    private final List<Parameter> parameters;
    private final List<float[]> first = new ArrayList<>();
    private final List<float[]> second = new ArrayList<>();
    private int steps;

    public AdamW(Backend backend, AdamWOptions options, List<Parameter> parameters) {
        this.backend = backend;
        this.options = options;
        this.parameters = List.copyOf(parameters);
        for (Parameter parameter : parameters) {
            first.add(new float[parameter.size()]);
            second.add(new float[parameter.size()]);
        }
    }

    /**
     * Changes the parameters by their gradients.
     *
     * @param gradientScale what gradients are multiplied with first: their mean, and clipping
     */
    public void step(double learningRate, double gradientScale) {
        steps++;
        // The corrections are of the betas as the kernels see them, in float32.
        AdamWStep step = new AdamWStep(
                (float) learningRate,
                (float) options.beta1(),
                (float) options.beta2(),
                (float) options.epsilon(),
                (float) options.weightDecay(),
                (float) gradientScale,
                1 - StrictMath.pow((float) options.beta1(), steps),
                1 - StrictMath.pow((float) options.beta2(), steps));
        for (int i = 0; i < parameters.size(); i++) {
            Parameter parameter = parameters.get(i);
            float[] m = first.get(i);
            float[] v = second.get(i);
            backend.workers().run(parameter.size(), GRAIN, (from, to, worker) -> backend.choice()
                    .kernels()
                    .adamW(from, to, parameter.weight().data(), parameter.gradient(), m, v, step));
        }
    }

    /** Steps made. */
    public int steps() {
        return steps;
    }

    /** The running mean of the gradient of each parameter, not a copy. */
    public List<float[]> firstMoments() {
        return List.copyOf(first);
    }

    /** The running mean of its square. */
    public List<float[]> secondMoments() {
        return List.copyOf(second);
    }

    /** Takes up where another left off that had made this many steps; its moments are to be copied into these. */
    public void resumeAt(int stepsMade) {
        steps = stepsMade;
    }
}
