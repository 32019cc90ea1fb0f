package dev.vesper.cli;

import dev.vesper.llm.file.Checkpoint;
import dev.vesper.llm.file.Metadata;
import dev.vesper.llm.file.TensorInfo;
import dev.vesper.tensor.Format;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The format that each tensor of a file gets. Matrices are quantised; vectors, norms, routers and tables of positions,
 * which are small and matter, stay as they are.
 *
 * <p>A matrix whose rows are not whole blocks of its format gets a format near it with blocks of 32, as llama.cpp does,
 * or F16 if they are not whole blocks of 32 either; the plan says so.
 */
record FormatPlan(Map<String, Planned> tensors) {
    private static final Pattern LAYER = Pattern.compile("blk\\.(\\d+)\\..*");
    private static final List<String> NEVER =
            List.of("_norm.weight", "ffn_gate_inp.weight", "position_embd.weight", "token_types.weight");

    /**
     * What becomes of a tensor.
     *
     * @param note why it is not the format that was asked for; empty if it is
     */
    record Planned(Format format, String note) {}

    /** @param output the format of the output matrix, if it is not to be left to the mixture */
    static FormatPlan of(Checkpoint file, Mixture mixture, Optional<Format> output) {
        Map<String, Planned> plan = new LinkedHashMap<>();
        String outputName = file.tensors().containsKey("output.weight") ? "output.weight" : "token_embd.weight";
        int values = (int) file.tensors().keySet().stream().filter(FormatPlan::isValue).count();
        int valueIndex = 0;
        for (TensorInfo tensor : file.tensors().values()) {
            String name = tensor.name();
            if (!isQuantized(tensor)) {
                plan.put(name, new Planned(tensor.format(), ""));
                continue;
            }
            Format format;
            if (name.equals(outputName)) {
                format = output.orElse(mixture.isMixed() ? Format.Q6_K : mixture.base());
            } else {
                format = mixture.format(name, place(file.metadata(), name, valueIndex, values));
            }
            valueIndex += isValue(name) ? 1 : 0;
            plan.put(name, fitting(format, tensor.columns(), name.equals(outputName) && mixture.isMixed()));
        }
        return new FormatPlan(plan);
    }

    /** Every tensor stays in the format that it has. */
    static FormatPlan asItIs(Checkpoint file) {
        Map<String, Planned> plan = new LinkedHashMap<>();
        file.tensors().values().forEach(tensor -> plan.put(tensor.name(), new Planned(tensor.format(), "")));
        return new FormatPlan(plan);
    }

    /** What becomes of a tensor of the file that was planned for. */
    Planned of(TensorInfo tensor) {
        return Objects.requireNonNull(tensors.get(tensor.name()), tensor.name());
    }

    static boolean isQuantized(TensorInfo tensor) {
        return tensor.shape().size() > 1 && tensor.name().endsWith(".weight")
                && NEVER.stream().noneMatch(tensor.name()::endsWith);
    }

    private static boolean isValue(String name) {
        return name.endsWith("attn_v.weight");
    }

    private static Mixture.Place place(Metadata metadata, String name, int valueIndex, int values) {
        String architecture = metadata.requiredString("general.architecture");
        int heads = single(metadata, architecture + ".attention.head_count", 1);
        int keyValueHeads = Math.max(1, single(metadata, architecture + ".attention.head_count_kv", heads));
        Matcher layer = LAYER.matcher(name);
        return new Mixture.Place(
                layer.matches() ? Integer.parseInt(layer.group(1)) : 0,
                metadata.integer(architecture + ".block_count", 1),
                valueIndex,
                values,
                heads / keyValueHeads,
                metadata.integer(architecture + ".expert_count", 0),
                architecture.equals("falcon"));
    }

    /** A number that some models have one of for each layer: then the default stands for them all. */
    private static int single(Metadata metadata, String key, int otherwise) {
        boolean isArray = metadata.type(key).map(type -> type.name().equals("ARRAY")).orElse(false);
        return isArray ? otherwise : metadata.integer(key, otherwise);
    }

    private static Planned fitting(Format wanted, long columns, boolean isOutput) {
        if (columns % wanted.blockSize() == 0) {
            return new Planned(wanted, "");
        }
        Format near = isOutput ? Format.Q8_0 : switch (wanted) {
            case Q2_K, Q3_K, IQ4_XS, IQ1_S, IQ1_M, IQ2_XXS, IQ2_XS, IQ2_S, IQ3_XXS, IQ3_S -> Format.IQ4_NL;
            case Q4_K -> Format.Q5_0;
            case Q5_K -> Format.Q5_1;
            case Q6_K -> Format.Q8_0;
            case TQ1_0, TQ2_0 -> Format.Q4_0;
            default -> Format.F16;
        };
        Format fitting = columns % near.blockSize() == 0 ? near : Format.F16;
        return new Planned(fitting, "rows of %d are not whole %s blocks of %d"
                .formatted(columns, wanted, wanted.blockSize()));
    }
}
