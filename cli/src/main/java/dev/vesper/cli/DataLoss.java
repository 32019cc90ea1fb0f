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
import java.util.List;

/** The mean loss on all rows of a file, of what tuning would learn from them: the answers of conversations, or a text. */
final class DataLoss {
    private final List<Row> rows;

    private DataLoss(List<Row> rows) {
        this.rows = rows;
    }

    static DataLoss read(Path file, ModelFile model) {
        var options = new RowOptions(model.model().shape().contextLength(), true, 0.5);
        Data data = Data.read(file, DataFormat.of(file), model, options, 0);
        List<Row> rows = new ArrayList<>(data.train());
        rows.addAll(data.heldOut());
        return new DataLoss(rows);
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
