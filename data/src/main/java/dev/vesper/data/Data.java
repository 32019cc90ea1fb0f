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
                    case CHAT -> ChatRows.read(file, bytes, model, refused);
                };
        int count = all.size() + refused.size();
        if (!options.truncate()) {
            all = shortEnough(all, options.maxSequence(), refused);
        }
        if (!refused.isEmpty() && !options.skipBad()) {
            throw DataException.of(file.toString(), refused, count);
        }
        List<Row> rows = fitting(all, options.maxSequence());
        int truncated = (int) all.stream().filter(row -> row.inputs() > options.maxSequence()).count();
        List<Row> train = new ArrayList<>();
        List<Row> heldOut = new ArrayList<>();
        split(file, rows, options.heldOut(), seed, train, heldOut);
        return new Data(
                file, format, Hashes.sha256(bytes), train, heldOut, truncated, all.size() - rows.size(), refused);
    }

    private static byte[] bytes(Path file) {
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

    private static List<Row> shortEnough(List<Row> rows, int maxSequence, List<Refusal> refused) {
        List<Row> fitting = new ArrayList<>();
        for (Row row : rows) {
            if (row.inputs() <= maxSequence) {
                fitting.add(row);
            } else {
                refused.add(new Refusal(
                        row.place(),
                        "expected at most %d tokens (--max-sequence), or leave to cut it (--truncate), found %d"
                                .formatted(maxSequence, row.inputs())));
            }
        }
        return fitting;
    }

    /** Cuts what is too long, and leaves out that in which nothing to learn is left. */
    private static List<Row> fitting(List<Row> rows, int maxSequence) {
        List<Row> fitting = new ArrayList<>();
        for (Row row : rows) {
            Row cut = row.inputs() <= maxSequence ? row : cut(row, maxSequence + 1);
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

    /** Rows of the file, good and bad. */
    public int rowsRead() {
        return train.size() + heldOut.size() + dropped + refused.size();
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
