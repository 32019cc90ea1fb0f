package dev.vesper.train;

import dev.vesper.data.DataException;
import dev.vesper.data.DataFormat;
import dev.vesper.data.Preference;
import dev.vesper.train.Answers.Answer;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What training makes small. */
public sealed interface Objective {

    /** What it is called on the command line and in records. */
    String name();

    /** Settings besides the name. */
    Map<String, Object> settings();

    /** Whether it compares a chosen answer with a rejected one to the same prompt. */
    default boolean paired() {
        return this instanceof Dpo || this instanceof Orpo;
    }

    /** Neighbours among the rows that it learns from together: a step takes so many times its batch. */
    default int rowsTogether() {
        return paired() ? 2 : 1;
    }

    /** Whether it compares the model with what it was before training. */
    default boolean referenced() {
        return this instanceof Dpo || this instanceof Kto;
    }

    /**
     * Makes sure that a file holds what this learns from.
     *
     * @throws DataException if not; says which objective it is for
     */
    default void requireFit(Path file, DataFormat format) {
        boolean preferences = format == DataFormat.PAIRS || format == DataFormat.JUDGED;
        boolean fits = switch (this) {
            case Supervised supervised -> !preferences;
            case Kto kto -> preferences;
            case Preferential paired -> format == DataFormat.PAIRS;
        };
        if (!fits) {
            throw new DataException(
                    file.toString(),
                    switch (this) {
                        case Supervised supervised ->
                            "conversations or text to learn as they are, or to be told to learn"
                                    + " preferences (--objective %s)"
                                            .formatted(format == DataFormat.PAIRS ? "dpo, orpo or kto" : "kto");
                        case Kto kto -> "%s, or %s, for kto"
                                .formatted(DataFormat.JUDGED.description(), DataFormat.PAIRS.description());
                        case Preferential paired -> "%s for %s".formatted(DataFormat.PAIRS.description(), name());
                    },
                    format.description());
        }
    }

    /** Cross-entropy: answers are to be learnt as they are. The loss is a mean over tokens. */
    record Supervised() implements Objective {
        @Override
        public String name() {
            return "supervised";
        }

        @Override
        public Map<String, Object> settings() {
            return Map.of();
        }
    }

    /**
     * Learns from what was thought of answers. The loss is a function of the log-probabilities of whole answers; its
     * gradient is that of their cross-entropies, each times a weight.
     */
    sealed interface Preferential extends Objective {
        /** The loss of some answers, and the weight of each in its gradient. */
        Verdict judge(Answers answers);
    }

    /**
     * Direct preference optimisation (Rafailov et al. 2023, equation 7): with {@code g} the log-probability of an answer
     * less that before training, the loss of a pair is {@code -log sigmoid(beta (g_chosen - g_rejected))}. Its margin is
     * what is in the brackets: the difference of the paper's implicit rewards. A mean over pairs.
     *
     * @param beta how strongly the model is held to where it began; the larger the stronger
     */
    record Dpo(double beta) implements Preferential {
        public Dpo {
            requirePositive("beta", beta);
        }

        @Override
        public String name() {
            return "dpo";
        }

        @Override
        public Map<String, Object> settings() {
            return Map.of("beta", beta);
        }

        @Override
        public Verdict judge(Answers answers) {
            Tally tally = new Tally(answers);
            for (int i = 0; i < answers.all().size(); i += 2) {
                double margin = beta * (tally.chosen(i).gain() - tally.rejected(i + 1).gain());
                double push = beta * sigmoid(-margin);
                tally.add(softplus(-margin), margin);
                tally.weights[i] = push;
                tally.weights[i + 1] = -push;
            }
            return tally.verdict();
        }
    }

    /**
     * Odds ratio preference optimisation (Hong et al. 2024, equations 3 to 7): with {@code p} the geometric mean of the
     * probabilities of an answer's tokens and {@code odds = p / (1 - p)}, the loss of a pair is {@code -log p_chosen -
     * lambda log sigmoid(log(odds_chosen / odds_rejected))}. Its margin is the logarithm of the ratio. A mean over pairs;
     * needs no model to compare with.
     *
     * @param lambda what the ratio counts beside learning the chosen answer
     */
    record Orpo(double lambda) implements Preferential {
        public Orpo {
            requirePositive("lambda", lambda);
        }

        @Override
        public String name() {
            return "orpo";
        }

        @Override
        public Map<String, Object> settings() {
            return Map.of("lambda", lambda);
        }

        @Override
        public Verdict judge(Answers answers) {
            Tally tally = new Tally(answers);
            for (int i = 0; i < answers.all().size(); i += 2) {
                Answer chosen = tally.chosen(i);
                Answer rejected = tally.rejected(i + 1);
                double margin = logOdds(chosen) - logOdds(rejected);
                double push = lambda * sigmoid(-margin);
                tally.add(-chosen.meanLogProbability() + lambda * softplus(-margin), margin);
                // d log odds / d log p = 1 / (1 - p)
                tally.weights[i] = (1 + push / improbability(chosen)) / chosen.tokens();
                tally.weights[i + 1] = -push / improbability(rejected) / rejected.tokens();
            }
            return tally.verdict();
        }

        private static double logOdds(Answer answer) {
            return answer.meanLogProbability() - StrictMath.log(improbability(answer));
        }

        /** {@code 1 - p}, exact where p is nearly 1. */
        private static double improbability(Answer answer) {
            return -StrictMath.expm1(answer.meanLogProbability());
        }
    }

    /**
     * Kahneman-Tversky optimisation (Ethayarajh et al. 2024, equations 7 and 8), which needs no pairs: with {@code g} the
     * log-probability of an answer less that before training and {@code z} the reference point, the loss of an answer is
     * {@code w (1 - sigmoid(margin))}, with the margin {@code beta (g - z)} for one found good and {@code beta (z - g)}
     * for one found bad. A mean over answers. No gradient goes through the reference point.
     *
     * @param beta how strongly the model is held to where it began; the larger the stronger
     * @param desirable {@code w} of answers found good
     * @param undesirable {@code w} of answers found bad
     */
    record Kto(double beta, double desirable, double undesirable) implements Preferential {
        public Kto {
            requirePositive("beta", beta);
            requirePositive("the weight of desirable answers", desirable);
            requirePositive("the weight of undesirable answers", undesirable);
        }

        @Override
        public String name() {
            return "kto";
        }

        @Override
        public Map<String, Object> settings() {
            Map<String, Object> settings = new LinkedHashMap<>();
            settings.put("beta", beta);
            settings.put("desirable_weight", desirable);
            settings.put("undesirable_weight", undesirable);
            return settings;
        }

        @Override
        public Verdict judge(Answers answers) {
            Tally tally = new Tally(answers);
            for (int i = 0; i < answers.all().size(); i++) {
                Answer answer = tally.judged(i);
                boolean good = answer.preference() == Preference.CHOSEN;
                double sign = good ? 1 : -1;
                double weight = good ? desirable : undesirable;
                double margin = sign * beta * (answer.gain() - answers.referencePoint());
                tally.add(weight * sigmoid(-margin), margin);
                tally.weights[i] = sign * weight * beta * sigmoid(margin) * sigmoid(-margin);
            }
            return tally.verdict();
        }
    }

    /** The sums of a verdict while they are made. */
    final class Tally {
        private final List<Answer> answers;
        private final double[] weights;
        private double loss;
        private double margin;
        private double right;
        private int count;

        private Tally(Answers answers) {
            this.answers = answers.all();
            this.weights = new double[this.answers.size()];
        }

        private Answer chosen(int index) {
            return required(index, Preference.CHOSEN);
        }

        private Answer rejected(int index) {
            return required(index, Preference.REJECTED);
        }

        private Answer judged(int index) {
            Answer answer = answers.get(index);
            return required(index, answer.preference() == Preference.NONE ? Preference.CHOSEN : answer.preference());
        }

        private Answer required(int index, Preference preference) {
            if (index >= answers.size() || answers.get(index).preference() != preference) {
                throw new IllegalArgumentException("answer %d of %d: expected it to be %s, found %s"
                        .formatted(
                                index, answers.size(), preference,
                                index < answers.size() ? answers.get(index).preference() : "none"));
            }
            return answers.get(index);
        }

        private void add(double oneLoss, double oneMargin) {
            loss += oneLoss;
            margin += oneMargin;
            right += oneMargin > 0 ? 1 : oneMargin == 0 ? 0.5 : 0;
            count++;
        }

        private Verdict verdict() {
            return new Verdict(loss, count, margin, right, weights);
        }
    }

    private static void requirePositive(String name, double value) {
        if (!(value > 0 && value < Double.POSITIVE_INFINITY)) {
            throw new IllegalArgumentException("%s must be positive, got %s".formatted(name, value));
        }
    }

    /** {@code log(1 + exp(x))}, which is {@code -log sigmoid(-x)}. */
    private static double softplus(double x) {
        return Math.max(x, 0) + StrictMath.log1p(StrictMath.exp(-Math.abs(x)));
    }

    private static double sigmoid(double x) {
        double e = StrictMath.exp(-Math.abs(x));
        return x >= 0 ? 1 / (1 + e) : e / (1 + e);
    }
}
