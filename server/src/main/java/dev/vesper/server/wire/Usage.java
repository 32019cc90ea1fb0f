package dev.vesper.server.wire;

import dev.vesper.llm.Reply;
import java.util.List;

/** Tokens that a request cost. */
public record Usage(long promptTokens, long completionTokens, long totalTokens) {
    /**
     * What replies cost together.
     *
     * @param replies so many for each prompt, prompt after prompt
     * @param perPrompt replies that share a prompt, which counts once
     */
    public static Usage of(List<Reply> replies, int perPrompt) {
        long prompt = 0;
        long completion = 0;
        for (int i = 0; i < replies.size(); i++) {
            prompt += i % perPrompt == 0 ? replies.get(i).promptTokens() : 0;
            completion += replies.get(i).completionTokens();
        }
        return new Usage(prompt, completion, prompt + completion);
    }
}
