package dev.vesper.data;

import dev.vesper.llm.ModelFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/**
 * The rows of a file, shared out once and for all between learning and measuring.
 *
 * @param sha256 of the file
 * @param train the answers of a pair are neighbours, see {@link DataFormat#rowsPerExample()}, and so in {@code heldOut}
 * @param truncated rows that were cut
 * @param dropped of these, how many were left out as nothing to learn was left in them
 * @param refused rows that cannot be used and were left out
 */
public record Data(
        Path file,
        DataFormat format,
        String sha256,
        List<Row> train,
        List<Row> heldOut,
        int truncated,
        int dropped,
        List<Refusal> refused) {
    private static final long MAXIMUM_BYTES = Integer.MAX_VALUE - 64;

    public Data {
        train = List.copyOf(train);
        heldOut = List.copyOf(heldOut);
        refused = List.copyOf(refused);
    }

    /**
     * Reads a file.
     *
     * @param seed which rows are held out
     * @throws DataException if it is not well-formed, or a row is too long and may not be cut, unless such rows are to
     *     be left out
     */
    public static Data read(Path file, DataFormat format, ModelFile model, RowOptions options, long seed) {
        int context = model.model().shape().contextLength();
        if (options.maxSequence() > context) {
            throw new IllegalArgumentException("max sequence must be at most the model's context of %d, got %d"
                    .formatted(context, options.maxSequence()));
        }
        byte[] bytes = bytes(file);
        List<Refusal> refused = new ArrayList<>();
        List<Row> all =
                switch (format) {
                    case TEXT -> TextRows.read(file, bytes, model.tokenizer(), options.maxSequence());
                    case CHAT, SHAREGPT, ALPACA -> ChatRows.read(file, bytes, format, model, refused);
                    case PAIRS -> PreferenceRows.pairs(file, bytes, model, refused);
                    case JUDGED -> PreferenceRows.judged(file, bytes, model, refused);
                };
        int together = format.rowsPerExample();
        int count = all.size() / together + refused.size();
        if (!options.truncate()) {
            all = shortEnough(all, together, options.maxSequence(), refused);
        }
        if (!refused.isEmpty() && !options.skipBad()) {
            throw DataException.of(file.toString(), refused, count);
        }
        List<Row> rows = fitting(all, together, options.maxSequence());
        int truncated = (int) all.stream().filter(row -> row.inputs() > options.maxSequence()).count();
        List<Row> train = new ArrayList<>();
        List<Row> heldOut = new ArrayList<>();
        split(file, rows, together, options.heldOut(), seed, train, heldOut);
        return new Data(
                file, format, Hashes.sha256(bytes), train, heldOut, truncated, all.size() - rows.size(), refused);
    }

    /**
     * All rows of a file, in order, to measure on; none is cut.
     *
     * @throws DataException if it is not well-formed, or a row is longer than the model's context
     */
    public static List<Row> rows(Path file, DataFormat format, ModelFile model) {
        int context = model.model().shape().contextLength();
        byte[] bytes = bytes(file);
        List<Refusal> refused = new ArrayList<>();
        List<Row> rows =
                switch (format) {
                    case TEXT -> TextRows.read(file, bytes, model.tokenizer(), context);
                    case CHAT, SHAREGPT, ALPACA -> ChatRows.read(file, bytes, format, model, refused);
                    case PAIRS, JUDGED -> throw ConversationJson.notConversations(file.toString(), format);
                };
        if (!refused.isEmpty()) {
            throw DataException.of(file.toString(), refused, rows.size() + refused.size());
        }
        for (Row row : rows) {
            if (row.inputs() > context) {
                throw new DataException(
                        row.place(), "at most %d tokens, the model's context".formatted(context),
                        "%d".formatted(row.inputs()));
            }
        }
        return rows;
    }

    static byte[] bytes(Path file) {
        try {
            if (!Files.isRegularFile(file)) {
                throw new DataException(
                        file.toString(), "a file", Files.isDirectory(file) ? "a directory" : "no such file");
            }
            if (Files.size(file) > MAXIMUM_BYTES) {
                throw new DataException(
                        file.toString(), "at most %d bytes".formatted(MAXIMUM_BYTES), "%d".formatted(Files.size(file)));
            }
            return Files.readAllBytes(file);
        } catch (IOException e) {
            throw new DataException(file.toString(), "a readable file", e.toString(), e);
        }
    }

    /** Refuses what is too long; of rows that belong together all, if one is. */
    private static List<Row> shortEnough(List<Row> rows, int together, int maxSequence, List<Refusal> refused) {
        List<Row> fitting = new ArrayList<>();
        for (int i = 0; i < rows.size(); i += together) {
            List<Row> example = rows.subList(i, i + together);
            Row longest = example.stream().max(Comparator.comparingInt(Row::inputs)).orElseThrow();
            if (longest.inputs() <= maxSequence) {
                fitting.addAll(example);
            } else {
                refused.add(new Refusal(
                        longest.place(),
                        "expected at most %d tokens (--max-sequence), or leave to cut it (--truncate), found %d"
                                .formatted(maxSequence, longest.inputs())));
            }
        }
        return fitting;
    }

    /** Cuts what is too long, and leaves out that in which nothing to learn is left. */
    private static List<Row> fitting(List<Row> rows, int together, int maxSequence) {
        List<Row> fitting = new ArrayList<>();
        for (int i = 0; i < rows.size(); i += together) {
            List<Row> example = rows.subList(i, i + together).stream()
                    .map(row -> row.inputs() <= maxSequence ? row : cut(row, maxSequence + 1))
                    .toList();
            if (example.stream().allMatch(row -> row.targets() > 0)) {
                fitting.addAll(example);
            }
        }
        return fitting;
    }

    private static Row cut(Row row, int tokens) {
        return new Row(row.place(), Arrays.copyOf(row.tokens(), tokens), Arrays.copyOf(row.supervised(), tokens),
                row.preference());
    }

    private static void split(
            Path file, List<Row> rows, int together, double share, long seed, List<Row> train, List<Row> heldOut) {
        int examples = rows.size() / together;
        if (examples < 2) {
            throw new DataException(
                    file.toString(), "at least two rows, one to learn from and one to hold out", examples + " row");
        }
        int count = Math.clamp(Math.round(share * examples), 1, examples - 1);
        boolean[] held = new boolean[examples];
        int[] order = SplitMix.of(seed, "held out").permutation(examples);
        for (int i = 0; i < count; i++) {
            held[order[i]] = true;
        }
        for (int i = 0; i < held.length; i++) {
            (held[i] ? heldOut : train).addAll(rows.subList(i * together, (i + 1) * together));
        }
    }

    /** Rows of the file, good and bad; a pair of answers is one. */
    public int rowsRead() {
        return (train.size() + heldOut.size() + dropped) / format.rowsPerExample() + refused.size();
    }

    /** Tokens that one pass over the rows to learn from teaches. */
    public long trainTargets() {
        return train.stream().mapToLong(Row::targets).sum();
    }

    /** Positions that one pass over the rows to learn from computes. */
    public long trainTokens() {
        return train.stream().mapToLong(Row::inputs).sum();
    }
}
