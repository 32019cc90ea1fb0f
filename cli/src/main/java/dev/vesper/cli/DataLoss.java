package dev.vesper.cli;

import dev.vesper.data.Data;
import dev.vesper.data.DataFormat;
import dev.vesper.data.Row;
import dev.vesper.data.RowOptions;
import dev.vesper.llm.Backend;
import dev.vesper.llm.ModelFile;
import dev.vesper.llm.Scorer;
import dev.vesper.llm.arch.Model;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** The mean loss on all rows of a file, of what tuning would learn from them: the answers of conversations, or a text. */
final class DataLoss {
    private static final int TEXT_WINDOW = 1024;

    private final List<Row> rows;

    private DataLoss(List<Row> rows) {
        this.rows = rows;
    }

    /** @throws IllegalArgumentException if there is nothing in it to be predicted */
    static DataLoss read(Path file, ModelFile model) {
        int context = model.model().shape().contextLength();
        if (DataFormat.of(file) == DataFormat.TEXT) {
            return new DataLoss(windows(file, model, Math.min(context, TEXT_WINDOW)));
        }
        Data data = Data.read(file, DataFormat.CHAT, model, new RowOptions(context, true, 0.5), 0);
        List<Row> rows = new ArrayList<>(data.train());
        rows.addAll(data.heldOut());
        return new DataLoss(rows);
    }

    /** Pieces of the text, each after what a text begins with; also one piece alone is something to measure on. */
    private static List<Row> windows(Path file, ModelFile model, int size) {
        int[] tokens = model.tokenizer().encode(Inputs.read(file), false);
        int[] beginning = model.promptTokens("");
        int step = size - beginning.length;
        List<Row> rows = new ArrayList<>();
        for (int from = 0; from < tokens.length; from += step) {
            int count = Math.min(step, tokens.length - from);
            int[] window = Arrays.copyOf(beginning, beginning.length + count);
            System.arraycopy(tokens, from, window, beginning.length, count);
            if (window.length > 1) {
                boolean[] supervised = new boolean[window.length];
                Arrays.fill(supervised, 1, window.length, true);
                rows.add(new Row("%s: token %d".formatted(file, from), window, supervised));
            }
        }
        if (rows.isEmpty()) {
            throw new IllegalArgumentException(file + ": nothing to measure: a text of at least two tokens is needed");
        }
        return rows;
    }

    long targets() {
        return rows.stream().mapToLong(Row::targets).sum();
    }

    /** In nats for each token that is to be predicted. */
    double of(Model model, Backend backend, PrintWriter err) {
        Scorer scorer = new Scorer(model, backend);
        double sum = 0;
        try (Progress progress = Progress.of("measured", "rows", rows.size(), err)) {
            for (Row row : rows) {
                double[] losses = scorer.losses(row.tokens());
                for (int i = 0; i < losses.length; i++) {
                    sum += row.supervised()[i + 1] ? losses[i] : 0;
                }
                progress.add(1);
            }
        }
        return sum / targets();
    }
}
