package dev.vesper.train.eval;

import dev.vesper.llm.BatchScorer;
import dev.vesper.llm.GenerateOptions;
import dev.vesper.llm.Llm;
import dev.vesper.llm.ModelFile;

/**
 * A model that is loaded to be evaluated.
 *
 * @param name for people
 * @param served what the front door calls it
 */
public record Subject(String name, Llm llm, String served, BatchScorer scorer) {
    public ModelFile file() {
        return llm.file();
    }

    /** Always the likeliest token, so that the same question gets the same answer. */
    public GenerateOptions greedy(int maxTokens) {
        return GenerateOptions.defaults().temperature(0).seed(0).maxTokens(maxTokens).model(served);
    }
}
