package dev.vesper.train;

import dev.vesper.data.DataException;
import dev.vesper.data.Row;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Prompts with the answers of other prompts, from which KTO estimates how far the model has moved (Ethayarajh et al.
 * 2024, section 4.1). The paper takes the next answer of the batch; here each row has one partner for the whole run, the
 * next row of the list that has another prompt and whose answer fits, so that the model before training has to be asked
 * once only.
 */
final class Mismatches {
    private Mismatches() {}

    /**
     * One for each row.
     *
     * @param rows each a prompt, and a supervised answer up to the end
     * @param maxSequence positions that a mismatch may have
     * @throws DataException if a row finds no partner
     */
    static List<Row> of(String file, List<Row> rows, int maxSequence) {
        List<Row> mismatches = new ArrayList<>();
        for (int i = 0; i < rows.size(); i++) {
            mismatches.add(of(file, rows, i, maxSequence));
        }
        return mismatches;
    }

    private static Row of(String file, List<Row> rows, int index, int maxSequence) {
        Row row = rows.get(index);
        int[] prompt = prompt(row);
        for (int i = 1; i < rows.size(); i++) {
            Row other = rows.get((index + i) % rows.size());
            int answer = other.tokens().length - other.targets();
            int length = prompt.length + other.targets();
            if (length - 1 <= maxSequence && !Arrays.equals(prompt, prompt(other))) {
                int[] tokens = Arrays.copyOf(prompt, length);
                System.arraycopy(other.tokens(), answer, tokens, prompt.length, other.targets());
                boolean[] supervised = new boolean[length];
                Arrays.fill(supervised, prompt.length, length, true);
                return new Row("%s with the answer of %s".formatted(row.place(), other.place()), tokens, supervised);
            }
        }
        throw new DataException(
                file,
                "for kto, to each of %d rows that are learnt from or held out together another with another prompt, whose"
                        .formatted(rows.size())
                        + " answer fits after its own prompt into %d tokens".formatted(maxSequence),
                "none to " + row.place());
    }

    private static int[] prompt(Row row) {
        return Arrays.copyOf(row.tokens(), row.tokens().length - row.targets());
    }
}
