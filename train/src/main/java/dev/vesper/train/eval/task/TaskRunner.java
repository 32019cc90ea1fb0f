package dev.vesper.train.eval.task;

import dev.vesper.data.DataException;
import dev.vesper.llm.BatchScorer.Marked;
import dev.vesper.llm.Reply;
import dev.vesper.train.eval.EvalListener;
import dev.vesper.train.eval.Replies;
import dev.vesper.train.eval.Scoring;
import dev.vesper.train.eval.Subject;
import dev.vesper.train.eval.task.TaskResult.Measure;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Puts the questions of a file to a model. */
public final class TaskRunner {
    private static final String PLAIN_RULE = "the choice that the model finds likeliest as a whole";
    private static final String NORMALISED_RULE =
            "the choice with the highest log-likelihood per byte of its text, so that long ones are not at a disadvantage";

    private TaskRunner() {}

    /**
     * @throws DataException if a question is too long for the model
     */
    public static TaskResult run(Subject subject, TaskFile task, AskOptions options, EvalListener listener) {
        Asking asking = options.of(subject.file());
        String what = String.valueOf(task.path().getFileName());
        return task.choices()
                ? choose(subject, task, asking, what, listener)
                : write(subject, task, asking, options.maxTokens(), what, listener);
    }

    private static TaskResult choose(
            Subject subject, TaskFile task, Asking asking, String what, EvalListener listener) {
        int context = subject.file().model().shape().contextLength();
        List<Marked> sequences = new ArrayList<>();
        for (Question question : task.questions()) {
            for (String choice : ((Question.Choice) question).choices()) {
                Marked sequence = asking.answered(question, choice);
                if (sequence.inputs() > context) {
                    throw new DataException(question.place(),
                            "at most %d tokens, the model's context".formatted(context),
                            "%d with an answer".formatted(sequence.inputs()));
                }
                sequences.add(sequence);
            }
        }
        List<double[]> losses = Scoring.losses(subject, sequences, what, listener);
        int count = task.questions().size();
        boolean[] plain = new boolean[count];
        boolean[] normalised = new boolean[count];
        int at = 0;
        for (int q = 0; q < count; q++) {
            Question.Choice question = (Question.Choice) task.questions().get(q);
            int choices = question.choices().size();
            double[] sums = new double[choices];
            double[] perByte = new double[choices];
            for (int c = 0; c < choices; c++) {
                sums[c] = Arrays.stream(losses.get(at++)).sum();
                perByte[c] = sums[c] / question.choices().get(c).getBytes(StandardCharsets.UTF_8).length;
            }
            plain[q] = smallest(sums) == question.answer();
            normalised[q] = smallest(perByte) == question.answer();
        }
        return new TaskResult(
                task,
                List.of(
                        new Measure("accuracy", PLAIN_RULE, plain),
                        new Measure("accuracy, length-normalised", NORMALISED_RULE, normalised)),
                List.of());
    }

    /** The first of equals. */
    private static int smallest(double[] values) {
        int best = 0;
        for (int i = 1; i < values.length; i++) {
            best = values[i] < values[best] ? i : best;
        }
        return best;
    }

    private static TaskResult write(
            Subject subject, TaskFile task, Asking asking, int maxTokens, String what, EvalListener listener) {
        List<Question.Open> questions = task.questions().stream().map(Question.Open.class::cast).toList();
        List<Replies.Request> requests = questions.stream()
                .map(question -> new Replies.Request(
                        question.place(), asking.prompt(question),
                        subject.greedy(maxTokens).stop(asking.stops(question))))
                .toList();
        List<Reply> replies = Replies.of(subject, requests, what, listener);
        boolean[] right = new boolean[questions.size()];
        for (int q = 0; q < right.length; q++) {
            right[q] = Answers.right(replies.get(q).text(), questions.get(q));
        }
        long cut = replies.stream().filter(reply -> reply.finish() == Reply.Finish.LENGTH).count();
        List<String> notes = cut == 0
                ? List.of()
                : List.of("%s: %d of %d replies to %s were ended after %d tokens".formatted(
                        subject.name(), cut, right.length, what, maxTokens));
        String rule = questions.getFirst().number() ? Answers.NUMBER_RULE : Answers.TEXT_RULE;
        return new TaskResult(task, List.of(new Measure("exact match", rule, right)), notes);
    }
}
