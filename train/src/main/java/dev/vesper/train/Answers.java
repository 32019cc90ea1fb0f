package dev.vesper.train;

import dev.vesper.data.Preference;
import java.util.List;

/**
 * What a model makes of some answers, as far as an objective needs to know.
 *
 * @param all in the order of their rows; answers of a pair lie next to each other, the chosen one first
 * @param referencePoint of KTO: how far the model has moved from where it began on answers that belong to other
 *     prompts, in nats, never below 0; 0 for other objectives
 */
public record Answers(List<Answer> all, double referencePoint) {

    /**
     * An answer.
     *
     * @param logProbability of all its tokens together, in nats
     * @param reference the same by the model as it was before training
     * @param tokens how many it has, at least 1
     */
    public record Answer(double logProbability, double reference, int tokens, Preference preference) {
        /** How much likelier than before training, in nats. */
        double gain() {
            return logProbability - reference;
        }

        /** The mean over its tokens. */
        double meanLogProbability() {
            return logProbability / tokens;
        }
    }

    public Answers {
        all = List.copyOf(all);
    }
}
