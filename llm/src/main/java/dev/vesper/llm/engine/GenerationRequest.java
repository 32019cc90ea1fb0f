package dev.vesper.llm.engine;

import dev.vesper.llm.arch.Model;
import java.util.Set;

/**
 * What to generate.
 *
 * @param model the model, or one of its adapted forms; all requests of an engine share the same shape
 * @param prompt at least one token id
 * @param maxTokens how many tokens to generate at most
 * @param endTokens tokens that end the sequence and are not handed out
 */
public record GenerationRequest(
        Model model, int[] prompt, int maxTokens, Set<Integer> endTokens, SamplerOptions sampling) {
    public GenerationRequest {
        if (prompt.length == 0 || maxTokens < 0) {
            throw new IllegalArgumentException(
                    "a prompt of %d tokens and at most %d new ones: expected 1 or more and 0 or more"
                            .formatted(prompt.length, maxTokens));
        }
        endTokens = Set.copyOf(endTokens);
    }
}
