package dev.vesper.llm.file;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The name of one of the two matrices of a LoRA adapter. GGUF: {@code blk.3.attn_q.weight.lora_a}; PEFT:
 * {@code base_model.model.model.layers.3.self_attn.q_proj.lora_A.weight}.
 *
 * @param weight canonical name of the adapted weight: {@code blk.3.attn_q.weight}
 */
public record LoraTensorName(String weight, Matrix matrix) {

    /** A: [rank, inputs], applied first; B: [outputs, rank]. */
    public enum Matrix {
        A,
        B
    }

    private static final Pattern GGUF = Pattern.compile("(.+\\.weight)\\.lora_([ab])");
    private static final Pattern PEFT = Pattern.compile("base_model\\.model\\.(.+)\\.lora_([AB])\\.weight");

    /** Reads a GGUF adapter's name; empty if it is not one. */
    public static Optional<LoraTensorName> ofGguf(String name) {
        Matcher matcher = GGUF.matcher(name);
        return matcher.matches()
                ? Optional.of(
                        new LoraTensorName(
                                matcher.group(1), matcher.group(2).equals("a") ? Matrix.A : Matrix.B))
                : Optional.empty();
    }

    /** Reads a PEFT adapter's name; empty if it is not one, or not of a module of the llama family. */
    public static Optional<LoraTensorName> ofPeft(String name) {
        Matcher matcher = PEFT.matcher(name);
        return matcher.matches()
                ? HuggingFaceNames.toGguf(matcher.group(1))
                        .filter(module -> !module.endsWith(".weight") && !module.endsWith(".bias"))
                        .map(module -> new LoraTensorName(module + ".weight", Matrix.valueOf(matcher.group(2))))
                : Optional.empty();
    }

    public String gguf() {
        return weight + (matrix == Matrix.A ? ".lora_a" : ".lora_b");
    }

    /** The name in a PEFT file; empty if the weight is not one of the llama family's. */
    public Optional<String> peft() {
        return weight.endsWith(".weight")
                ? HuggingFaceNames.toHuggingFace(weight.substring(0, weight.length() - ".weight".length()))
                        .map(module -> "base_model.model." + module + ".lora_" + matrix + ".weight")
                : Optional.empty();
    }
}
