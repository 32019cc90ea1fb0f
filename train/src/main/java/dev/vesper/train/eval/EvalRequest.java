package dev.vesper.train.eval;

import dev.vesper.train.eval.task.AskOptions;
import java.nio.file.Path;
import java.util.List;

/**
 * What to measure.
 *
 * @param runs of which the held-out rows are measured on
 * @param data files of held-out rows
 * @param general files of what else a model should still know: rows, or questions
 * @param tasks files of questions
 * @param training files of rows that it learnt from, to see whether it recites them; the held-out rows are the control
 */
public record EvalRequest(
        List<RunData> runs, List<Path> data, List<Path> general, List<Path> tasks, List<Path> training, AskOptions ask,
        Bootstrap bootstrap) {
    public EvalRequest {
        runs = List.copyOf(runs);
        data = List.copyOf(data);
        general = List.copyOf(general);
        tasks = List.copyOf(tasks);
        training = List.copyOf(training);
    }

    /** Without a run. */
    public EvalRequest(
            List<Path> data, List<Path> general, List<Path> tasks, List<Path> training, AskOptions ask,
            Bootstrap bootstrap) {
        this(List.of(), data, general, tasks, training, ask, bootstrap);
    }

    /** Whether there are rows that were not learnt from. */
    boolean hasHeldOut() {
        return !data.isEmpty() || !runs.isEmpty();
    }
}
