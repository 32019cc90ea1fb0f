package dev.vesper.train;

import dev.vesper.data.DataException;
import dev.vesper.data.Row;
import dev.vesper.data.RowOptions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Prompts with the answers of other prompts, from which KTO estimates how far the model has moved (Ethayarajh et al.
 * 2024, section 4.1). The paper takes the next answer of the batch; here each row has one partner for the whole run, the
 * next row of the list that has another prompt and whose answer fits, so that the model before training has to be asked
 * once only. Where answers may be cut to fit, that of the next row with another prompt is cut if none fits whole.
 */
final class Mismatches {
    private Mismatches() {}

    /**
     * One for each row.
     *
     * @param rows each a prompt, and a supervised answer up to the end
     * @param options positions that a mismatch may have, and whether its answer may be cut
     * @throws DataException if a row finds no partner
     */
    static List<Row> of(String file, List<Row> rows, RowOptions options) {
        List<Row> mismatches = new ArrayList<>();
        for (int i = 0; i < rows.size(); i++) {
            mismatches.add(of(file, rows, i, options));
        }
        return mismatches;
    }

    private static Row of(String file, List<Row> rows, int index, RowOptions options) {
        Row row = rows.get(index);
        int[] prompt = prompt(row);
        int room = options.maxSequence() + 1 - prompt.length;
        List<Row> others = IntStream.range(1, rows.size())
                .mapToObj(i -> rows.get((index + i) % rows.size()))
                .filter(other -> !Arrays.equals(prompt, prompt(other)))
                .toList();
        for (Row other : others) {
            if (other.targets() <= room) {
                return mismatch(row, prompt, other, other.targets());
            }
        }
        if (options.truncate() && !others.isEmpty()) {
            return mismatch(row, prompt, others.getFirst(), room);
        }
        throw new DataException(
                file,
                "for kto, to each of %d rows that are learnt from or held out together another with another prompt, whose"
                        .formatted(rows.size())
                        + " answer fits after its own prompt into %d tokens".formatted(options.maxSequence()),
                "none to " + row.place());
    }

    /** @param targets how much of the other answer */
    private static Row mismatch(Row row, int[] prompt, Row other, int targets) {
        int[] tokens = Arrays.copyOf(prompt, prompt.length + targets);
        System.arraycopy(other.tokens(), other.tokens().length - other.targets(), tokens, prompt.length, targets);
        boolean[] supervised = new boolean[tokens.length];
        Arrays.fill(supervised, prompt.length, tokens.length, true);
        return new Row("%s with the answer of %s".formatted(row.place(), other.place()), tokens, supervised);
    }

    private static int[] prompt(Row row) {
        return Arrays.copyOf(row.tokens(), row.tokens().length - row.targets());
    }
}
