package dev.vesper.train;

import dev.vesper.data.SplitMix;

import dev.vesper.llm.layer.Linear;
import dev.vesper.llm.layer.Weights;
import dev.vesper.llm.lora.Adapter;
import dev.vesper.llm.lora.LowRank;
import dev.vesper.tensor.Weight;
import dev.vesper.tensor.op.Parameter;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;

/**
 * A new adapter whose matrices are trained. As in PEFT, A is drawn from Kaiming's uniform distribution with a =
 * sqrt(5), which is uniform in ±1/sqrt(inputs), and B is zero, so that training begins at the base model.
 *
 * @param parameters A and B of each layer, layers by name
 */
public record LoraParameters(Adapter adapter, List<Parameter> parameters) {

    /**
     * Makes an adapter for a model.
     *
     * @param build builds the model on the weights it is given; what it asks for tells the layers there are
     * @param options which layers, and how
     * @param arena where the matrices live
     * @throws IllegalArgumentException if the model has no layer of one of the targets
     */
    public static LoraParameters create(
            Weights base, Consumer<Weights> build, Method.Lora options, long seed, Arena arena) {
        Map<String, int[]> layers = new TreeMap<>();
        build.accept(new Listing(base, layers));
        TreeSet<String> kinds = new TreeSet<>();
        layers.keySet().forEach(name -> kinds.add(kind(name)));
        List<String> unknown =
                options.targets().stream().filter(target -> !kinds.contains(target)).toList();
        if (!unknown.isEmpty()) {
            throw new IllegalArgumentException(
                    "targets %s: the model has no such layers; it has %s".formatted(unknown, kinds));
        }
        layers.keySet().removeIf(name -> !options.targets().contains(kind(name)));
        List<Parameter> parameters = new ArrayList<>();
        Map<String, LowRank> changes = new TreeMap<>();
        layers.forEach((name, sizes) -> {
            Parameter down = down(name, options.rank(), sizes[0], seed, arena);
            Parameter up = Parameter.of(
                    name + ".weight.lora_b", sizes[1], options.rank(), new float[sizes[1] * options.rank()], arena);
            parameters.add(down);
            parameters.add(up);
            changes.put(name, new LowRank(down.weight(), up.weight()));
        });
        return new LoraParameters(new Adapter(changes, options.rank(), options.alpha()), List.copyOf(parameters));
    }

    private static Parameter down(String name, int rank, int inputs, long seed, Arena arena) {
        SplitMix random = SplitMix.of(seed, "lora " + name);
        float bound = (float) (1 / Math.sqrt(inputs));
        float[] values = new float[rank * inputs];
        for (int i = 0; i < values.length; i++) {
            values[i] = bound * random.symmetric();
        }
        return Parameter.of(name + ".weight.lora_a", rank, inputs, values, arena);
    }

    /** The last part of a layer's name: {@code attn_q} of {@code blk.0.attn_q}. */
    private static String kind(String name) {
        return name.substring(name.lastIndexOf('.') + 1);
    }

    /** Notes the linear layers that a model asks for. */
    private record Listing(Weights base, Map<String, int[]> layers) implements Weights {
        @Override
        public boolean has(String name) {
            return base.has(name);
        }

        @Override
        public Weight weight(String name, int rows, int columns) {
            return base.weight(name, rows, columns);
        }

        @Override
        public Linear linear(String name, int inputs, int outputs) {
            layers.put(name, new int[] {inputs, outputs});
            return base.linear(name, inputs, outputs);
        }
    }
}
