package dev.vesper.train.eval.task;

import java.util.List;

/**
 * How a model did on the questions of a file.
 *
 * @param measures one or more ways to say what is right
 */
public record TaskResult(TaskFile task, List<Measure> measures, List<String> notes) {
    public TaskResult {
        measures = List.copyOf(measures);
        notes = List.copyOf(notes);
    }

    /**
     * One way to say what is right.
     *
     * @param name such as {@code accuracy}
     * @param right for each question
     */
    public record Measure(String name, String rule, boolean[] right) {
        /** How many are right. */
        public int hits() {
            int hits = 0;
            for (boolean one : right) {
                hits += one ? 1 : 0;
            }
            return hits;
        }
    }
}
