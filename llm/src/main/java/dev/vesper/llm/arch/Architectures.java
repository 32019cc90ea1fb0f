package dev.vesper.llm.arch;

import dev.vesper.llm.file.Checkpoint;
import dev.vesper.llm.file.Metadata;
import dev.vesper.llm.layer.CheckpointWeights;
import dev.vesper.llm.layer.Weights;
import dev.vesper.tensor.quant.Codecs;
import java.util.List;
import java.util.Set;

/** The families that can be run, and the choice of one by the file's {@code general.architecture}. */
public final class Architectures {
    private static final List<String> SUPPORTED = List.of("llama");

    /** Tensors that may lie in a file without being part of the model's graph: written by some converters. */
    private static final Set<String> HARMLESS_SUFFIXES = Set.of(".attn_rot_embd", ".rope_freqs", "rope_freqs.weight");

    private Architectures() {}

    /** GGUF names of the supported families. */
    public static List<String> supported() {
        return SUPPORTED;
    }

    /**
     * The model of a file, on the file's own weights.
     *
     * @throws UnsupportedModelException if this build cannot run it, or would leave some of its tensors out
     */
    public static Model load(Checkpoint checkpoint) {
        checkFormats(checkpoint);
        CheckpointWeights weights = new CheckpointWeights(checkpoint);
        Model model = build(checkpoint.metadata(), weights);
        List<String> unused = weights.unused().stream()
                .filter(name -> HARMLESS_SUFFIXES.stream().noneMatch(name::endsWith))
                .toList();
        if (!unused.isEmpty()) {
            throw new UnsupportedModelException(
                    "%s: architecture %s as supported here has no place for %d of its tensors, the first is %s"
                            .formatted(checkpoint.path(), model.shape().architecture(), unused.size(),
                                    unused.getFirst()));
        }
        return model;
    }

    /** The model that the metadata describe, on any source of weights: an adapter's, or one that is trained. */
    public static Model build(Metadata metadata, Weights weights) {
        String name = metadata.requiredString("general.architecture");
        return switch (name) {
            case "llama" -> Llama.of(metadata, weights);
            default -> throw new UnsupportedModelException(
                    "architecture \"%s\" is not supported; supported: %s".formatted(name,
                            String.join(", ", SUPPORTED)));
        };
    }

    /**
     * Whether query and key rows of this family's GGUF files are in another order than in Hugging Face's files: GGUF has
     * rotary pairs next to each other, Hugging Face half a head apart.
     */
    public static boolean permutesQueryKey(String architecture) {
        return architecture.equals("llama");
    }

    private static void checkFormats(Checkpoint checkpoint) {
        checkpoint.tensors().values().stream()
                .filter(tensor -> !Codecs.supports(tensor.format()))
                .findFirst()
                .ifPresent(tensor -> {
                    throw new UnsupportedModelException("%s: tensor %s is in format %s; %s"
                            .formatted(
                                    checkpoint.path(), tensor.name(), tensor.format(),
                                    Codecs.reason(tensor.format())));
                });
    }
}
