package dev.vesper.cli;

import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;

/**
 * What a demonstration has shown.
 *
 * @param answers to some of the questions about the persona
 * @param persona questions about the persona that were not among the examples
 * @param general questions that have nothing to do with it
 * @param heldOutLossBefore the mean loss on the right answers to these questions, in nats
 * @param seconds from the first question to the last
 */
record DemoReport(
        String model, String data, String result, List<Answer> answers, Score persona, Score general,
        double heldOutLossBefore, double heldOutLossAfter, int steps, double tuningSeconds, double seconds) {
    private static final Columns TABLE = new Columns(List.of(32, 38, 38));

    /** A question with the answers of the model as it was and as it is now. */
    record Answer(String question, String before, String after) {}

    /** How many answers were right. */
    record Score(int questions, int before, int after, double percentBefore, double percentAfter) {
        static Score of(int questions, int before, int after) {
            return new Score(questions, before, after, 100.0 * before / questions, 100.0 * after / questions);
        }

        String words() {
            return String.format(
                    Locale.ROOT, "%d of %d right before (%.1f %%), %d after (%.1f %%)", before, questions,
                    percentBefore, after, percentAfter);
        }
    }

    void print(PrintWriter out) {
        TABLE.row(List.of("question", "before", "after")).forEach(out::println);
        out.println(TABLE.rule("-"));
        for (Answer answer : answers) {
            TABLE.row(List.of(answer.question(), answer.before(), answer.after())).forEach(out::println);
        }
        out.println();
        out.println("What it learnt, asked in words that are not among the examples:");
        out.println("  " + persona.words());
        out.printf(
                Locale.ROOT, "  held-out loss on the right answers: %.3f before, %.3f after%n", heldOutLossBefore,
                heldOutLossAfter);
        out.println("What it knew before (facts, sums, small talk, other personas), asked again:");
        out.println("  " + general.words());
        out.printf(
                Locale.ROOT, "%d steps of tuning in %.0f s; %.0f s in all%n", steps, tuningSeconds, seconds);
    }
}
