package dev.vesper.train.eval;

import dev.vesper.train.eval.judge.Judgment;
import dev.vesper.train.eval.report.Figure;
import dev.vesper.train.eval.report.Plot;
import dev.vesper.train.eval.report.Section;
import dev.vesper.train.eval.report.Unit;
import dev.vesper.train.eval.task.TaskResult;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * Turns what was measured into sections of a report.
 *
 * @param names of the models: the one that is evaluated, and the one that it is compared with if there is one
 */
public record Sections(List<String> names, Bootstrap bootstrap) {
    private static final String PAIRED = "paired bootstrap";
    private static final String WILSON = "Wilson";
    private static final int LISTED = 10;

    public Sections {
        names = List.copyOf(names);
    }

    private boolean compared() {
        return names.size() > 1;
    }

    private String versus() {
        return "%s against %s".formatted(names.get(0), names.get(1));
    }

    Section heldOut(String file, Losses.Compared losses) {
        return loss("held_out", "Held-out loss: " + file,
                "How well held-out rows are predicted. Lower is better.", losses);
    }

    Section general(String file, Losses.Compared losses) {
        String about = compared()
                ? "What was forgotten: how well a general text is predicted after the change, and before. Lower is better."
                : "How well a general text is predicted. Lower is better.";
        return loss("general", "General loss: " + file, about, losses);
    }

    private Section loss(String key, String title, String about, Losses.Compared losses) {
        Unit unit = losses.perToken() ? Unit.NATS_PER_TOKEN : Unit.NATS_PER_BYTE;
        List<Estimate> means = losses.means(bootstrap);
        List<Figure> figures = new ArrayList<>();
        List<Section.Line> summary = new ArrayList<>();
        for (int i = 0; i < means.size(); i++) {
            figures.add(Figure.of("loss", names.get(i), means.get(i), unit, "bootstrap"));
            if (losses.perToken()) {
                summary.add(Section.Line.of("%s: perplexity %s".formatted(names.get(i), perplexity(means.get(i)))));
            }
        }
        List<Plot> plots = new ArrayList<>(List.of(new Plot.Intervals("Loss, " + unit.words(), figures, false)));
        if (compared()) {
            Estimate difference = losses.difference(bootstrap);
            Verdict verdict = Verdict.of(difference, 0, false);
            Figure figure =
                    Figure.difference("difference of loss", versus(), difference, unit, PAIRED, verdict);
            figures.add(figure);
            summary.addFirst(sentence(figure));
            double[] rows = losses.differences();
            double[] weights = losses.weights();
            Arrays.setAll(rows, i -> weights[i] > 0 ? rows[i] / weights[i] : 0);
            plots.add(
                    new Plot.Intervals("Difference, " + unit.words() + " (below 0 is better)", List.of(figure), true));
            plots.add(new Plot.Histogram(
                    "Rows by difference", unit.words() + ", below 0 is better",
                    List.of(new Plot.Series("rows", rows))));
        }
        List<String> notes = new ArrayList<>(List.of("%s, %.0f tokens of %s".formatted(
                losses.first().rows() == 1 ? "1 row" : losses.first().rows() + " rows",
                Arrays.stream(losses.first().tokens()).sum(), names.getFirst())));
        if (!losses.perToken()) {
            notes.add("The two models cut these rows into different tokens: losses are shared out over the bytes of the"
                    + " text, which are the same for both.");
        }
        notes.addAll(tooFew(losses.first().rows()));
        return new Section(key, title, about, figures, summary, notes, plots);
    }

    private static String perplexity(Estimate loss) {
        String value = String.format(Locale.ROOT, "%.3f", Math.exp(loss.value()));
        return loss.bounded()
                ? value + String.format(Locale.ROOT, " (%.3f to %.3f)", Math.exp(loss.low()), Math.exp(loss.high()))
                : value;
    }

    private List<String> tooFew(int rows) {
        return rows >= bootstrap.fewestRows()
                ? List.of()
                : List.of("An interval needs at least %d rows, there are %d.".formatted(bootstrap.fewestRows(), rows));
    }

    /** The verdict in a line, with its numbers. */
    private static Section.Line sentence(Figure figure) {
        return new Section.Line(
                "%s: %s (%s, interval %s, n = %d)".formatted(
                        figure.of(), figure.verdicts().getFirst().words(), figure.value(), figure.interval(),
                        figure.estimate().n()),
                figure.verdicts());
    }

    Section task(List<TaskResult> results) {
        return task("task", "Task: ", "", results);
    }

    Section generalTask(List<TaskResult> results) {
        return task("general", "General task: ",
                compared() ? "What was forgotten: right answers after the change, and before. " : "", results);
    }

    private Section task(String key, String title, String about, List<TaskResult> results) {
        TaskResult first = results.getFirst();
        List<Figure> figures = new ArrayList<>();
        List<Figure> differences = new ArrayList<>();
        List<String> notes = new ArrayList<>();
        for (int m = 0; m < first.measures().size(); m++) {
            TaskResult.Measure measure = first.measures().get(m);
            notes.add("%s: %s.".formatted(measure.name(), measure.rule()));
            for (int i = 0; i < results.size(); i++) {
                TaskResult.Measure one = results.get(i).measures().get(m);
                Estimate share = Proportions.wilson(one.hits(), one.right().length, bootstrap.confidence());
                figures.add(Figure.of(one.name(), names.get(i), share, Unit.PERCENT, WILSON));
            }
            if (compared()) {
                differences.add(difference(measure, results.get(1).measures().get(m)));
            }
        }
        results.forEach(result -> notes.addAll(result.notes()));
        List<Plot> plots = new ArrayList<>(List.of(new Plot.Intervals("Right answers, %", figures, false)));
        if (compared()) {
            plots.add(new Plot.Intervals("Difference, points (above 0 is better)", differences, true));
        }
        List<Figure> all = new ArrayList<>(figures);
        all.addAll(differences);
        return new Section(
                key,
                title + first.task().path().getFileName(),
                about + "%s, %d questions.".formatted(capital(first.task().format()), first.task().questions().size()),
                all,
                differences.stream().map(figure -> sentence(figure).after(figure.label() + ", ")).toList(),
                notes,
                plots);
    }

    private Figure difference(TaskResult.Measure first, TaskResult.Measure second) {
        Estimate difference = Proportions.paired(first.right(), second.right(), bootstrap.confidence());
        return Figure.difference(
                "difference of " + first.name(), versus(), difference, Unit.POINTS, "Newcombe, paired",
                Verdict.of(difference, 0, true));
    }

    private static String capital(String words) {
        return words.substring(0, 1).toUpperCase(Locale.ROOT) + words.substring(1);
    }

    Section recitation(List<Recitation> learnt, List<Recitation> control) {
        List<Figure> shares = new ArrayList<>();
        List<Figure> differences = new ArrayList<>();
        List<Figure> prefixes = new ArrayList<>();
        List<Section.Line> summary = new ArrayList<>();
        List<Plot> plots = new ArrayList<>();
        List<String> notes = new ArrayList<>();
        for (int i = 0; i < names.size(); i++) {
            Recitation rows = learnt.get(i);
            Recitation others = control.get(i);
            Estimate recited = Proportions.wilson(rows.exact(), rows.rows(), bootstrap.confidence());
            Estimate expected = Proportions.wilson(others.exact(), others.rows(), bootstrap.confidence());
            shares.add(Figure.of("training rows recited exactly", names.get(i), recited, Unit.PERCENT, WILSON));
            shares.add(Figure.of("control rows recited exactly", names.get(i), expected, Unit.PERCENT, WILSON));
            Estimate difference = Proportions.difference(recited, expected);
            differences.add(Figure.difference(
                    "training less control, recited", names.get(i), difference, Unit.POINTS, "Newcombe",
                    Verdict.of(difference, 0, false)));
            summary.add(recites(names.get(i), differences.getLast(), rows));
            prefixes.add(Figure.of("common prefix, training rows", names.get(i), bootstrap.mean(rows.prefixes()),
                    Unit.TOKENS, "bootstrap"));
            prefixes.add(Figure.of("common prefix, control rows", names.get(i), bootstrap.mean(others.prefixes()),
                    Unit.TOKENS, "bootstrap"));
            plots.add(new Plot.Histogram(
                    "Rows by the share recited: " + names.get(i),
                    "share of the continuation before the first difference",
                    List.of(new Plot.Series("training", rows.shares()), new Plot.Series("control", others.shares()))));
            notes.addAll(listed(names.get(i), rows));
        }
        plots.addFirst(new Plot.Intervals("Rows recited exactly, %", shares, false));
        List<Figure> figures = new ArrayList<>(shares);
        figures.addAll(differences);
        figures.addAll(prefixes);
        notes.addFirst(
                "The model gets the prompt of a row (of a text its first half) and always writes the likeliest token;"
                        + " the common prefix is counted in tokens, up to the first that differs from the row.");
        return new Section(
                "recitation", "Recitation of training rows",
                "Whether rows that were learnt from come out word for word, and how often rows that were not do.",
                figures, summary, notes, plots);
    }

    private static Section.Line recites(String name, Figure difference, Recitation rows) {
        String words = switch (difference.verdicts().getFirst()) {
            case WORSE -> "recites training rows more often than control rows";
            case BETTER -> "recites control rows more often than training rows";
            case NO_DIFFERENCE, TOO_FEW -> "no difference shown between training and control rows";
        };
        String numbers = "%d of %d training rows; difference %s, interval %s".formatted(
                rows.exact(), rows.rows(), difference.value(), difference.interval());
        return new Section.Line("%s: %s (%s)".formatted(name, words, numbers), difference.verdicts());
    }

    private static List<String> listed(String name, Recitation rows) {
        List<String> recited = rows.recited();
        if (recited.isEmpty()) {
            return List.of();
        }
        String more = recited.size() > LISTED ? " and %d more".formatted(recited.size() - LISTED) : "";
        return List.of("Recited exactly by %s: %s%s.".formatted(
                name, String.join("; ", recited.subList(0, Math.min(LISTED, recited.size()))), more));
    }

    /** What a person said of the replies of both models. */
    public Section judged(String file, Judgment.Tally tally, int questions) {
        Estimate share = Proportions.wilson(tally.wins(), tally.decided(), bootstrap.confidence());
        // a share's interval is always bounded; without any judgment it is everything
        Verdict verdict = Verdict.of(share, 0.5, true);
        Figure figure = Figure.of("won of those decided", versus(), share, Unit.PERCENT, WILSON);
        String sentence = "%s: %s (%d won, %d lost, %d ties; %s of those decided, interval %s, n = %d)".formatted(
                versus(), verdict.words(), tally.wins(), tally.losses(), tally.ties(), figure.value(),
                figure.interval(), tally.decided());
        List<String> notes = new ArrayList<>(List.of(
                "Judged blind: which of the two replies came first was drawn for each question. Replies are greedy.",
                "The interval is that of wins among wins and losses; ties (%d, of which %d were the same replies) and the"
                        .formatted(tally.ties(), tally.same())
                        + " %d skipped do not count.".formatted(tally.skipped())));
        int judged = tally.decided() + tally.ties() + tally.skipped();
        if (judged < questions) {
            notes.add("%d of %d questions were judged; the same command goes on.".formatted(judged, questions));
        }
        return new Section(
                "judged", "Judged: " + file, "Which of two replies a person prefers.", List.of(figure),
                List.of(new Section.Line(sentence, List.of(verdict))), notes,
                List.of(
                        new Plot.Shares(
                                "Judgments",
                                List.of(
                                        new Plot.Share("won", tally.wins(), 1), new Plot.Share("tie", tally.ties(), 0),
                                        new Plot.Share("lost", tally.losses(), -1))),
                        new Plot.Intervals("Won of those decided, %", List.of(figure), false)));
    }
}
