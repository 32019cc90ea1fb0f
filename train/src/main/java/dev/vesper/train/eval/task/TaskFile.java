package dev.vesper.train.eval.task;

import dev.vesper.data.DataException;
import dev.vesper.train.eval.TextFile;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;

/**
 * Questions from a file, all of one format.
 *
 * @param format what was recognised, for people
 */
public record TaskFile(Path path, String format, List<Question> questions) {
    public TaskFile {
        questions = List.copyOf(questions);
    }

    /** Whether answers are chosen, rather than written. */
    public boolean choices() {
        return questions.getFirst() instanceof Question.Choice;
    }

    /**
     * Reads a file; its first line decides on the format.
     *
     * @throws DataException if a line is not of it, or says nothing that could be right
     */
    public static TaskFile read(Path path) {
        List<TextFile.Line> lines = TextFile.objects(path);
        TaskFormat format = TaskFormat.of(lines.getFirst());
        List<Question> questions = new ArrayList<>();
        for (TextFile.Line line : lines) {
            if (!format.matches(line.json())) {
                throw new DataException(line.place(), format.fields() + ", as in the first line",
                        String.join(", ", line.json().propertyNames()));
            }
            questions.add(format.read(line));
        }
        return new TaskFile(path, format.words(), questions);
    }

    /** Whether the first line looks like a question rather than a conversation. */
    public static boolean recognises(Path path) {
        JsonNode first = TextFile.objects(path).getFirst().json();
        return TaskFormat.all().anyMatch(format -> format.matches(first));
    }
}
