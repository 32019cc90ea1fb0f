package dev.vesper.tensor.op;

import dev.vesper.tensor.Tensor;
import dev.vesper.tensor.Weight;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Records what a forward pass did, so that it can be walked backwards. Only what leads to a {@link Parameter} is
 * recorded; gradients of activations live from their first use until the operation that made the activation has run
 * backwards, and their buffers are used again.
 */
public final class Tape {
    private record Node(Tensor output, boolean last, Runnable backward) {}

    private final IdentityHashMap<Weight, Parameter> parameters = new IdentityHashMap<>();
    private final List<Node> nodes = new ArrayList<>();
    private final IdentityHashMap<Tensor, float[]> gradients = new IdentityHashMap<>();
    private final IdentityHashMap<Tensor, Boolean> tracked = new IdentityHashMap<>();
    private final NavigableMap<Integer, List<float[]>> free = new TreeMap<>();

    public Tape(Collection<Parameter> parameters) {
        parameters.forEach(parameter -> this.parameters.put(parameter.weight(), parameter));
    }

    /** The parameter that this weight belongs to, null if it is frozen. */
    @Nullable
    Parameter parameter(Weight weight) {
        return parameters.get(weight);
    }

    boolean trains(Weight weight) {
        return parameters.containsKey(weight);
    }

    /** Whether a gradient for this activation is wanted. */
    boolean tracks(Tensor tensor) {
        return tracked.containsKey(tensor);
    }

    /** The gradient of an activation, zero at first; backward closures add to it. */
    float[] gradient(Tensor tensor) {
        return gradients.computeIfAbsent(tensor, key -> zeros(key.size()));
    }

    /** Records the operation that made {@code output}. */
    void record(Tensor output, Runnable backward) {
        nodes.add(new Node(output, true, backward));
        tracked.put(output, true);
    }

    /** Records an operation that changed {@code tensor} in place; its gradient is then still needed further back. */
    void recordInPlace(Tensor tensor, Runnable backward) {
        nodes.add(new Node(tensor, false, backward));
        tracked.put(tensor, true);
    }

    /** Runs everything recorded backwards, adding to the gradients of the parameters, and forgets it. */
    void backward() {
        backward(0);
        clear();
    }

    /** Runs what was recorded since the mark backwards, and forgets it. What runs may itself record and run back. */
    void backward(int mark) {
        for (int i = nodes.size() - 1; i >= mark; i--) {
            Node node = nodes.get(i);
            if (gradients.containsKey(node.output)) {
                node.backward.run();
                if (node.last) {
                    release(gradients.remove(node.output));
                }
            }
        }
        forget(mark);
    }

    /**
     * The same for what happened within a block whose input is {@code input}: gradients of tensors within it that nobody
     * wants further back are dropped, since other blocks use the same tensors.
     */
    void backwardWithin(int mark, Tensor input) {
        Set<Tensor> outside = Collections.newSetFromMap(new IdentityHashMap<>());
        outside.addAll(gradients.keySet());
        outside.add(input);
        backward(mark);
        for (Tensor tensor : List.copyOf(gradients.keySet())) {
            if (!outside.contains(tensor)) {
                release(gradients.remove(tensor));
            }
        }
    }

    /** How much is recorded. */
    int mark() {
        return nodes.size();
    }

    /** Forgets what was recorded since the mark; its tensors may become others. */
    void forget(int mark) {
        while (nodes.size() > mark) {
            Tensor output = nodes.removeLast().output;
            tracked.remove(output);
            release(gradients.remove(output));
        }
    }

    /** The gradient of one tensor becomes that of another that has the same values. */
    void moveGradient(Tensor from, Tensor to) {
        float[] gradient = gradients.remove(from);
        if (gradient != null) {
            gradients.put(to, gradient);
        }
    }

    /** Forgets everything recorded. */
    void clear() {
        nodes.clear();
        gradients.values().forEach(this::release);
        gradients.clear();
        tracked.clear();
    }

    private float[] zeros(int size) {
        var entry = free.ceilingEntry(size);
        // A buffer of more than twice the size would keep large ones busy with small work.
        if (entry == null || entry.getKey() > 2L * size) {
            dropOneBelow(size);
            return new float[size];
        }
        float[] buffer = takeOne(entry);
        Arrays.fill(buffer, 0, size, 0f);
        return buffer;
    }

    /** Passes that grow little by little would otherwise leave buffers of all sizes behind. */
    private void dropOneBelow(int size) {
        var entry = free.lowerEntry(size);
        if (entry != null) {
            takeOne(entry);
        }
    }

    private float[] takeOne(Map.Entry<Integer, List<float[]>> entry) {
        float[] buffer = entry.getValue().removeLast();
        if (entry.getValue().isEmpty()) {
            free.remove(entry.getKey());
        }
        return buffer;
    }

    /** Bytes of the gradients of activations, in use or not. */
    long bytes() {
        long floats = 0;
        for (float[] buffer : gradients.values()) {
            floats += buffer.length;
        }
        for (List<float[]> buffers : free.values()) {
            floats += (long) buffers.size() * buffers.getFirst().length;
        }
        return floats * Float.BYTES;
    }

    private void release(float @Nullable [] buffer) {
        if (buffer != null) {
            free.computeIfAbsent(buffer.length, key -> new ArrayList<>()).add(buffer);
        }
    }
}
