package dev.vesper.data;

import dev.vesper.llm.ModelFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The rows of a file, shared out once and for all between learning and measuring.
 *
 * @param sha256 of the file
 * @param truncated rows that were cut
 * @param dropped of these, how many were left out as nothing to learn was left in them
 */
public record Data(
        Path file, DataFormat format, String sha256, List<Row> train, List<Row> heldOut, int truncated, int dropped) {
    private static final long MAXIMUM_BYTES = Integer.MAX_VALUE - 64;

    public Data {
        train = List.copyOf(train);
        heldOut = List.copyOf(heldOut);
    }

    /**
     * Reads a file.
     *
     * @param seed which rows are held out
     * @throws DataException if it is not well-formed, or a row is too long and may not be cut
     */
    public static Data read(Path file, DataFormat format, ModelFile model, RowOptions options, long seed) {
        int context = model.model().shape().contextLength();
        if (options.maxSequence() > context) {
            throw new IllegalArgumentException("max sequence must be at most the model's context of %d, got %d"
                    .formatted(context, options.maxSequence()));
        }
        byte[] bytes = bytes(file);
        List<Row> all =
                switch (format) {
                    case TEXT -> TextRows.read(file, bytes, model.tokenizer(), options.maxSequence());
                    case CHAT -> ChatRows.read(file, bytes, model);
                };
        List<Row> rows = fitting(file, all, options);
        int truncated = (int) all.stream().filter(row -> row.inputs() > options.maxSequence()).count();
        List<Row> train = new ArrayList<>();
        List<Row> heldOut = new ArrayList<>();
        split(file, rows, options.heldOut(), seed, train, heldOut);
        return new Data(file, format, Hashes.sha256(bytes), train, heldOut, truncated, all.size() - rows.size());
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

    private static List<Row> fitting(Path file, List<Row> rows, RowOptions options) {
        List<Row> tooLong = rows.stream().filter(row -> row.inputs() > options.maxSequence()).toList();
        if (!tooLong.isEmpty() && !options.truncate()) {
            int longest = tooLong.stream().mapToInt(Row::inputs).max().orElseThrow();
            throw new DataException(
                    file.toString(),
                    "rows of at most %d tokens (--max-sequence), or leave to cut them (--truncate)"
                            .formatted(options.maxSequence()),
                    "%d of %d rows longer, the longest of %d, the first at %s"
                            .formatted(tooLong.size(), rows.size(), longest, tooLong.getFirst().place()));
        }
        List<Row> fitting = new ArrayList<>();
        for (Row row : rows) {
            Row cut = row.inputs() <= options.maxSequence() ? row : cut(row, options.maxSequence() + 1);
            if (cut.targets() > 0) {
                fitting.add(cut);
            }
        }
        return fitting;
    }

    private static Row cut(Row row, int tokens) {
        return new Row(row.place(), Arrays.copyOf(row.tokens(), tokens), Arrays.copyOf(row.supervised(), tokens));
    }

    private static void split(
            Path file, List<Row> rows, double share, long seed, List<Row> train, List<Row> heldOut) {
        if (rows.size() < 2) {
            throw new DataException(
                    file.toString(), "at least two rows, one to learn from and one to hold out", rows.size() + " row");
        }
        int count = Math.clamp(Math.round(share * rows.size()), 1, rows.size() - 1);
        boolean[] held = new boolean[rows.size()];
        int[] order = SplitMix.of(seed, "held out").permutation(rows.size());
        for (int i = 0; i < count; i++) {
            held[order[i]] = true;
        }
        for (int i = 0; i < held.length; i++) {
            (held[i] ? heldOut : train).add(rows.get(i));
        }
    }

    /** Positions that one pass over the rows to learn from computes. */
    public long trainTokens() {
        return train.stream().mapToLong(Row::inputs).sum();
    }
}
