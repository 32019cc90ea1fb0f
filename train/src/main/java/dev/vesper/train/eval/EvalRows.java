package dev.vesper.train.eval;

import dev.vesper.data.Data;
import dev.vesper.data.DataException;
import dev.vesper.data.DataFormat;
import dev.vesper.data.Row;
import dev.vesper.llm.BatchScorer.Marked;
import dev.vesper.llm.ModelFile;
import dev.vesper.llm.text.Tokenizer;
import dev.vesper.llm.text.Vocabulary;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Reads files to measure on. Conversations are marked as they are for training: the answers with their end of turn. A text is
 * cut into pieces by its bytes and not by tokens, at the end of a line or else a word where there is one, so that models with
 * different tokenizers can be compared piece by piece; every token but the beginning of text is marked.
 */
public final class EvalRows {
    /** Bytes of a piece of text at most: long enough for a model to find into it, short enough to have many. */
    private static final int PIECE = 2000;

    private EvalRows() {}

    /**
     * Reads a file for each of some models.
     *
     * @return for each model its rows
     * @throws DataException if the file cannot be used
     */
    public static List<List<EvalRow>> read(Path file, DataFormat format, List<ModelFile> models) {
        if (format != DataFormat.TEXT) {
            return models.stream().map(model -> chat(file, format, model)).toList();
        }
        // a token is a byte or more; the beginning of text and the space before it come on top
        int context = models.stream().mapToInt(model -> model.model().shape().contextLength()).min().orElseThrow();
        List<String> pieces = pieces(file, Math.max(8, Math.min(PIECE, context - 2)));
        return models.stream().map(model -> text(file, pieces, model)).toList();
    }

    private static List<EvalRow> chat(Path file, DataFormat format, ModelFile model) {
        return marked(Data.rows(file, format, model), model);
    }

    private static List<EvalRow> marked(List<Row> rows, ModelFile model) {
        return rows.stream()
                .map(row -> row(row.place(), new Marked(row.tokens(), row.supervised()), model))
                .toList();
    }

    /**
     * The rows that a run held out, for each of some models.
     *
     * @throws DataException if they are not the same rows to all of them: a text is cut into rows by tokens
     */
    static List<List<EvalRow>> heldOut(RunData run, List<ModelFile> models) {
        List<List<EvalRow>> rows = models.stream().map(model -> marked(run.heldOut(model), model)).toList();
        for (List<EvalRow> other : rows) {
            if (!places(other).equals(places(rows.getFirst()))) {
                throw new DataException(
                        run.file().toString(),
                        "the same held-out rows for all models",
                        "others, as these models do not have the same tokens");
            }
        }
        return rows;
    }

    private static List<String> places(List<EvalRow> rows) {
        return rows.stream().map(EvalRow::place).toList();
    }

    private static List<String> pieces(Path file, int most) {
        String text = TextFile.read(file);
        List<String> pieces = new ArrayList<>();
        int from = 0;
        while (from < text.length()) {
            int to = end(text, from, most);
            pieces.add(text.substring(from, to));
            from = to;
        }
        if (text.isBlank()) {
            throw new DataException(file.toString(), "some text", "none");
        }
        return pieces;
    }

    /** Where a piece ends that begins here: after a line, a space or a character, the last that lets it fit. */
    private static int end(String text, int from, int most) {
        int bytes = 0;
        int line = from;
        int word = from;
        int at = from;
        while (at < text.length()) {
            int character = text.codePointAt(at);
            bytes += character < 0x80 ? 1 : character < 0x800 ? 2 : character < 0x10000 ? 3 : 4;
            if (bytes > most) {
                return line > from ? line : word > from ? word : at;
            }
            at += Character.charCount(character);
            line = character == '\n' ? at : line;
            word = character == ' ' ? at : word;
        }
        return at;
    }

    private static List<EvalRow> text(Path file, List<String> pieces, ModelFile model) {
        int[] beginning = model.promptTokens("");
        List<EvalRow> rows = new ArrayList<>();
        long at = 0;
        for (String piece : pieces) {
            int length = piece.getBytes(StandardCharsets.UTF_8).length;
            int[] tokens = model.tokenizer().encode(piece, false);
            int[] all = Arrays.copyOf(beginning, beginning.length + tokens.length);
            System.arraycopy(tokens, 0, all, beginning.length, tokens.length);
            // a lone token at the end of a file, of a model without a beginning of text, has nothing to be predicted from
            if (all.length > 1) {
                String place = "%s, bytes %d to %d".formatted(file.getFileName(), at, at + length);
                rows.add(row(place, Marked.from(all, Math.max(1, beginning.length)), model));
            }
            at += length;
        }
        return rows;
    }

    private static EvalRow row(String place, Marked sequence, ModelFile model) {
        Tokenizer tokenizer = model.tokenizer();
        Vocabulary vocabulary = tokenizer.vocabulary();
        int[] spelled = new int[sequence.count()];
        int count = 0;
        for (int i = 1; i < sequence.tokens().length; i++) {
            if (sequence.marked()[i] && !vocabulary.type(sequence.tokens()[i]).special()) {
                spelled[count++] = sequence.tokens()[i];
            }
        }
        return new EvalRow(place, sequence, tokenizer.decode(Arrays.copyOf(spelled, count)).length);
    }
}
