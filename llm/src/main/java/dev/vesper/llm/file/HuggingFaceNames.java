package dev.vesper.llm.file;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Names and row order of the llama family (Llama, Mistral, Qwen 2 and 3) in the two worlds: GGUF's, which are canonical
 * here ({@code blk.3.attn_q}), and those of Hugging Face's modules ({@code model.layers.3.self_attn.q_proj}).
 */
public final class HuggingFaceNames {
    private static final Map<String, String> TOP = Map.of(
            "token_embd", "model.embed_tokens",
            "output_norm", "model.norm",
            "output", "lm_head");
    private static final Map<String, String> IN_BLOCK = Map.ofEntries(
            Map.entry("attn_norm", "input_layernorm"),
            Map.entry("attn_q", "self_attn.q_proj"),
            Map.entry("attn_k", "self_attn.k_proj"),
            Map.entry("attn_v", "self_attn.v_proj"),
            Map.entry("attn_output", "self_attn.o_proj"),
            Map.entry("attn_q_norm", "self_attn.q_norm"),
            Map.entry("attn_k_norm", "self_attn.k_norm"),
            Map.entry("ffn_norm", "post_attention_layernorm"),
            Map.entry("ffn_gate", "mlp.gate_proj"),
            Map.entry("ffn_up", "mlp.up_proj"),
            Map.entry("ffn_down", "mlp.down_proj"));
    private static final Map<String, String> TOP_TO_GGUF = inverse(TOP);
    private static final Map<String, String> IN_BLOCK_TO_GGUF = inverse(IN_BLOCK);

    private static final Pattern GGUF = Pattern.compile("(?:blk\\.(0|[1-9]\\d{0,5})\\.)?(.+?)(\\.weight|\\.bias)?");
    private static final Pattern HUGGING_FACE =
            Pattern.compile("(?:model\\.layers\\.(0|[1-9]\\d{0,5})\\.)?(.+?)(\\.weight|\\.bias)?");

    private HuggingFaceNames() {}

    /**
     * The Hugging Face name of a module ({@code blk.3.attn_q}) or of its tensor ({@code blk.3.attn_q.weight}); empty if
     * it is not one of the llama family's.
     */
    public static Optional<String> toHuggingFace(String ggufName) {
        return translate(GGUF.matcher(ggufName), TOP, IN_BLOCK, "model.layers.");
    }

    /** The inverse of {@link #toHuggingFace}. */
    public static Optional<String> toGguf(String huggingFaceName) {
        return translate(HUGGING_FACE.matcher(huggingFaceName), TOP_TO_GGUF, IN_BLOCK_TO_GGUF, "blk.");
    }

    /**
     * For each row of a q or k matrix (or element of a bias) in its new order, the row it comes from. Rotary embedding
     * turns pairs of rows of a head: Hugging Face keeps the first of each pair in the first half of the head and the
     * second in the second half, GGUF's llama keeps pairs side by side. Qwen's and Gemma's GGUF rows are as Hugging
     * Face's and are not to be permuted.
     *
     * @param toGguf true to go from Hugging Face's order to GGUF's
     */
    public static int[] rowOrder(int heads, int headSize, boolean toGguf) {
        if (heads < 1 || headSize < 2 || headSize % 2 != 0) {
            throw new IllegalArgumentException(
                    "expected at least 1 head of an even size, got %d heads of %d".formatted(heads, headSize));
        }
        int half = headSize / 2;
        int[] order = new int[Math.multiplyExact(heads, headSize)];
        for (int row = 0; row < order.length; row++) {
            int inHead = row % headSize;
            int from = toGguf ? inHead % 2 * half + inHead / 2 : inHead % half * 2 + inHead / half;
            order[row] = row - inHead + from;
        }
        return order;
    }

    /**
     * The rows of a q or k matrix in the other world's order, see {@link #rowOrder}.
     *
     * @param data {@code [rows, columns]}, rows = heads * headSize
     * @return a new array
     */
    public static float[] permuteRows(
            float[] data, int rows, int columns, int heads, int headSize, boolean toGguf) {
        if ((long) rows * columns != data.length || (long) heads * headSize != rows) {
            throw new IllegalArgumentException(
                    "%d floats are not a matrix of %d rows x %d columns, or %d heads of %d not its rows"
                            .formatted(data.length, rows, columns, heads, headSize));
        }
        int[] order = rowOrder(heads, headSize, toGguf);
        float[] permuted = new float[data.length];
        for (int row = 0; row < rows; row++) {
            System.arraycopy(data, order[row] * columns, permuted, row * columns, columns);
        }
        return permuted;
    }

    private static Optional<String> translate(
            Matcher name, Map<String, String> top, Map<String, String> inBlock, String blocks) {
        if (!name.matches()) {
            return Optional.empty();
        }
        String block = name.group(1);
        String suffix = name.group(3) == null ? "" : name.group(3);
        return block == null
                ? Optional.ofNullable(top.get(name.group(2))).map(module -> module + suffix)
                : Optional.ofNullable(inBlock.get(name.group(2))).map(module -> blocks + block + "." + module + suffix);
    }

    private static Map<String, String> inverse(Map<String, String> names) {
        Map<String, String> inverse = new LinkedHashMap<>();
        names.forEach((key, value) -> inverse.put(value, key));
        return Map.copyOf(inverse);
    }
}
