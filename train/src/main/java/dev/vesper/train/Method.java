package dev.vesper.train;

import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/** What is trained. */
public sealed interface Method {

    /** Every weight. The result is a model. */
    record Full() implements Method {}

    /**
     * Low-rank changes to linear layers (Hu et al. 2021). The result is an adapter.
     *
     * @param alpha changes count {@code alpha / rank} times
     * @param targets kinds of layers by their canonical names, such as {@code attn_q}, sorted; PEFT's names such as
     *     {@code q_proj} are taken too
     */
    record Lora(int rank, double alpha, List<String> targets) implements Method {
        /** All seven linear layers of a block: attention and feed-forward. */
        public static final List<String> ALL = List.of(
                "attn_k", "attn_output", "attn_q", "attn_v", "ffn_down", "ffn_gate", "ffn_up");

        private static final Map<String, String> PEFT = Map.of(
                "q_proj", "attn_q",
                "k_proj", "attn_k",
                "v_proj", "attn_v",
                "o_proj", "attn_output",
                "gate_proj", "ffn_gate",
                "up_proj", "ffn_up",
                "down_proj", "ffn_down");

        public Lora {
            if (rank < 1 || rank > 4096) {
                throw new IllegalArgumentException("rank must be 1 to 4096, got " + rank);
            }
            if (!(alpha > 0 && alpha < Double.POSITIVE_INFINITY)) {
                throw new IllegalArgumentException("alpha must be positive, got " + alpha);
            }
            targets = canonical(targets);
        }

        private static List<String> canonical(Collection<String> names) {
            TreeSet<String> targets = new TreeSet<>();
            names.forEach(name -> targets.add(PEFT.getOrDefault(name, name)));
            if (targets.isEmpty()) {
                throw new IllegalArgumentException("targets must name at least one kind of layer of " + ALL);
            }
            return List.copyOf(targets);
        }
    }
}
