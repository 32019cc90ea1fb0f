package dev.vesper.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.vesper.data.Preference;
import dev.vesper.train.Answers.Answer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Losses against the papers' formulae written down once more, and their gradients against finite differences. */
class ObjectiveTest {
    private static final double STEP = 1e-5;

    static Stream<Objective.Preferential> objectives() {
        return Stream.of(
                new Objective.Dpo(0.1), new Objective.Dpo(2), new Objective.Orpo(0.1), new Objective.Orpo(3),
                new Objective.Kto(0.1, 1, 1), new Objective.Kto(0.7, 1.5, 0.5));
    }

    /** Pairs of answers of 1 to 9 tokens. */
    private static Answers answers(int pairs, double referencePoint) {
        Random random = new Random(pairs);
        List<Answer> all = new ArrayList<>();
        for (int i = 0; i < 2 * pairs; i++) {
            int tokens = 1 + random.nextInt(9);
            double reference = -tokens * (0.05 + 3 * random.nextDouble());
            // never nearly certain: the odds would bend too much for the step of a finite difference
            double logProbability = Math.min(-0.1 * tokens, reference + 3 * random.nextGaussian());
            all.add(new Answer(
                    logProbability, reference, tokens, i % 2 == 0 ? Preference.CHOSEN : Preference.REJECTED));
        }
        return new Answers(all, referencePoint);
    }

    /** As the papers write them, without a thought for rounding. */
    private static double loss(Objective.Preferential objective, Answers answers) {
        double sum = 0;
        List<Answer> all = answers.all();
        for (int i = 0; i < all.size(); i += 2) {
            Answer w = all.get(i);
            Answer l = all.get(i + 1);
            sum += switch (objective) {
                case Objective.Dpo dpo -> -Math.log(sigmoid(
                        dpo.beta() * (w.logProbability() - w.reference())
                                - dpo.beta() * (l.logProbability() - l.reference())));
                case Objective.Orpo orpo -> {
                    double pw = Math.exp(w.logProbability() / w.tokens());
                    double pl = Math.exp(l.logProbability() / l.tokens());
                    double ratio = pw / (1 - pw) / (pl / (1 - pl));
                    yield -w.logProbability() / w.tokens() - orpo.lambda() * Math.log(sigmoid(Math.log(ratio)));
                }
                case Objective.Kto kto -> {
                    double z = answers.referencePoint();
                    double good = kto.desirable() * sigmoid(kto.beta() * (w.logProbability() - w.reference() - z));
                    double bad = kto.undesirable() * sigmoid(kto.beta() * (z - (l.logProbability() - l.reference())));
                    yield kto.desirable() - good + kto.undesirable() - bad;
                }
            };
        }
        return sum;
    }

    private static double sigmoid(double x) {
        return 1 / (1 + Math.exp(-x));
    }

    @ParameterizedTest
    @MethodSource("objectives")
    void theLossIsThatOfThePaper(Objective.Preferential objective) {
        Answers answers = answers(20, 0.8);
        Verdict verdict = objective.judge(answers);
        double expected = loss(objective, answers);
        assertThat(verdict.loss()).isCloseTo(expected, within(1e-12 * expected));
        assertThat(verdict.count()).isEqualTo(objective.paired() ? 20 : 40);
        assertThat(verdict.right()).isBetween(1.0, verdict.count() - 1.0);
    }

    @ParameterizedTest
    @MethodSource("objectives")
    void theWeightsAreTheDerivatives(Objective.Preferential objective) {
        Answers answers = answers(20, 0.8);
        double[] weights = objective.judge(answers).weights();
        for (int i = 0; i < weights.length; i++) {
            double slope = (loss(objective, moved(answers, i, STEP)) - loss(objective, moved(answers, i, -STEP)))
                    / (2 * STEP);
            // the cross-entropy of an answer is its negative log-probability
            assertThat(weights[i]).isCloseTo(-slope, within(1e-7 * Math.max(1, Math.abs(slope))));
        }
    }

    private static Answers moved(Answers answers, int index, double by) {
        List<Answer> all = new ArrayList<>(answers.all());
        Answer old = all.get(index);
        all.set(index, new Answer(old.logProbability() + by, old.reference(), old.tokens(), old.preference()));
        return new Answers(all, answers.referencePoint());
    }

    @Test
    void atTheStartDpoKnowsNothing() {
        Verdict verdict = new Objective.Dpo(0.3)
                .judge(new Answers(
                        List.of(new Answer(-7, -7, 3, Preference.CHOSEN), new Answer(-2, -2, 4, Preference.REJECTED)),
                        0));
        assertThat(verdict.loss()).isEqualTo(Math.log(2));
        assertThat(verdict.margin()).isZero();
        assertThat(verdict.right()).isEqualTo(0.5);
        assertThat(verdict.weights()).containsExactly(0.15, -0.15);
    }

    @ParameterizedTest
    @MethodSource("objectives")
    void farFromTheMiddleNothingOverflows(Objective.Preferential objective) {
        for (double far : new double[] {-5000, 5000}) {
            Verdict verdict = objective.judge(new Answers(
                    List.of(
                            new Answer(-6000 + far, -6000, 7, Preference.CHOSEN),
                            new Answer(-6000 - far, -6000, 7, Preference.REJECTED)),
                    0));
            assertThat(verdict.loss()).isFinite().isNotNegative();
            assertThat(Arrays.stream(verdict.weights()).boxed()).allMatch(Double::isFinite);
            assertThat(verdict.right()).isEqualTo(far > 0 ? verdict.count() : 0);
        }
    }

    @Test
    void whatIsNoPairIsRefused() {
        Answer chosen = new Answer(-1, -1, 1, Preference.CHOSEN);
        assertThatThrownBy(() -> new Objective.Dpo(1).judge(new Answers(List.of(chosen, chosen), 0)))
                .hasMessageContaining("answer 1 of 2: expected it to be REJECTED, found CHOSEN");
        assertThatThrownBy(() -> new Objective.Orpo(1).judge(new Answers(List.of(chosen), 0)))
                .hasMessageContaining("answer 1 of 1: expected it to be REJECTED, found none");
        Answers unjudged = new Answers(List.of(new Answer(-1, -1, 1, Preference.NONE)), 0);
        assertThatThrownBy(() -> new Objective.Kto(1, 1, 1).judge(unjudged)).hasMessageContaining("found NONE");
    }

    @Test
    void strengthsMustBePositive() {
        assertThatThrownBy(() -> new Objective.Dpo(0)).hasMessage("beta must be positive, got 0.0");
        assertThatThrownBy(() -> new Objective.Orpo(Double.NaN)).hasMessageContaining("lambda must be positive");
        assertThatThrownBy(() -> new Objective.Kto(1, -1, 1)).hasMessageContaining("desirable");
    }
}
