package dev.vesper.train.eval;

import dev.vesper.train.eval.task.AskOptions;
import java.nio.file.Path;
import java.util.List;

/**
 * What to measure.
 *
 * @param data files of held-out rows
 * @param general files of what else a model should still know: rows, or questions
 * @param tasks files of questions
 * @param training files of rows that it learnt from, to see whether it recites them; the held-out rows are the control
 */
public record EvalRequest(
        List<Path> data, List<Path> general, List<Path> tasks, List<Path> training, AskOptions ask,
        Bootstrap bootstrap) {
    public EvalRequest {
        data = List.copyOf(data);
        general = List.copyOf(general);
        tasks = List.copyOf(tasks);
        training = List.copyOf(training);
    }
}
