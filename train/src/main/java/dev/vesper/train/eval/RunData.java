package dev.vesper.train.eval;

import dev.vesper.data.Data;
import dev.vesper.data.DataFormat;
import dev.vesper.data.Hashes;
import dev.vesper.data.Row;
import dev.vesper.data.RowOptions;
import dev.vesper.llm.ModelFile;
import dev.vesper.train.PastRun;
import dev.vesper.train.TrainException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import tools.jackson.databind.JsonNode;

/** The rows of a run that was made, shared out between learning and measuring as they were then. */
public final class RunData {
    private final PastRun run;

    private RunData(PastRun run) {
        this.run = run;
    }

    /**
     * Those of a run.
     *
     * @throws TrainException if the run learnt from preferences, held nothing out, or its data file is gone or another
     */
    public static RunData of(PastRun run) {
        RunData data = new RunData(run);
        if (data.heldOutRows() < 1) {
            throw new TrainException("%s: expected a run with held-out rows, found none in its record"
                    .formatted(run.directory().record()));
        }
        String objective = run.setting("objective").asString("supervised");
        if (!objective.equals("supervised")) {
            throw new TrainException(
                    "%s: expected a run that learnt answers as they are, found one of %s, whose held-out figures are in its record"
                            .formatted(run.directory().record(), objective));
        }
        data.requireSameFile();
        return data;
    }

    private int heldOutRows() {
        return run.record().path("data").path("held_out_rows").asInt(0);
    }

    private void requireSameFile() {
        if (!Files.isRegularFile(file())) {
            throw new TrainException("%s: the data of %s, expected where the run read it, found no such file"
                    .formatted(file(), run.directory().record()));
        }
        String now = Hashes.sha256(file());
        String then = setting("data_sha256").asString();
        if (!now.equals(then)) {
            throw new TrainException(
                    "%s: the data file has changed since the run %s: which rows it held out is no longer known; expected SHA-256 %s, found %s"
                            .formatted(file(), run.directory().folder(), then, now));
        }
    }

    /** The file that the run learnt from. */
    public Path file() {
        return Path.of(run.record().path("data").path("file").asString(""));
    }

    /**
     * The model that the run began with.
     *
     * @throws TrainException if it is gone, or another
     */
    public Path base() {
        Path base = Path.of(run.record().path("model").asString(""));
        if (!Files.isRegularFile(base)) {
            throw new TrainException(
                    "%s: the model of %s, expected where the run read it, found no such file; --model names another"
                            .formatted(base, run.directory().record()));
        }
        String now = Hashes.sha256(base);
        String then = setting("model_sha256").asString();
        if (!now.equals(then)) {
            throw new TrainException("%s: the model is another than that of the run %s: expected SHA-256 %s, found %s"
                    .formatted(base, run.directory().folder(), then, now));
        }
        return base;
    }

    /** What the run made of the model that it began with. */
    public SubjectSpec result(Path base) {
        return setting("method").asString().equals("full")
                ? new SubjectSpec(run.directory().model(), List.of())
                : new SubjectSpec(base, List.of(new SubjectSpec.Part(run.directory().folder(), 1)));
    }

    /** In words, such as {@code rows of chats.jsonl that my-adapter held out}. */
    public String name() {
        return "rows of %s that %s held out".formatted(file().getFileName(), run.name());
    }

    /**
     * The rows that were held out, as a model sees them: the one of the run, or another.
     *
     * @throws TrainException if the file gives that model other rows, which can be if some were left out
     */
    public List<Row> heldOut(ModelFile model) {
        RowOptions options = new RowOptions(
                setting("max_sequence").asInt(), setting("truncate").asBoolean(), setting("held_out").asDouble(),
                setting("skip_bad_rows").asBoolean());
        DataFormat format = DataFormat.valueOf(setting("data_format").asString().toUpperCase(Locale.ROOT));
        Data data = Data.read(file(), format, model, options, setting("seed").asLong());
        int rows = run.record().path("data").path("rows").asInt();
        if (data.heldOut().size() != heldOutRows() || data.train().size() != rows) {
            throw new TrainException(
                    "%s: with %s expected the rows of the run %s, %d learnt from and %d held out, found %d and %d"
                            .formatted(file(), model.path().getFileName(), run.directory().folder(), rows,
                                    heldOutRows(), data.train().size(), data.heldOut().size()));
        }
        return data.heldOut();
    }

    private JsonNode setting(String name) {
        JsonNode setting = run.setting(name);
        if (setting.isMissingNode()) {
            throw new TrainException("%s: expected the setting %s, found none".formatted(
                    run.directory().record(), name));
        }
        return setting;
    }
}
