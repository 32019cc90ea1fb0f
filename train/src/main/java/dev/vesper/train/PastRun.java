package dev.vesper.train;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.stream.Stream;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A run as its folder tells it.
 *
 * @param record what {@code run.json} says
 */
public record PastRun(RunDirectory directory, JsonNode record) {
    static final String RUNNING = "running";
    private static final String INTERRUPTED = "interrupted";
    private static final JsonMapper JSON = JsonMapper.shared();

    /**
     * Reads the record of a run.
     *
     * @throws TrainException if the folder holds none, or it cannot be read
     */
    public static PastRun read(Path folder) {
        RunDirectory directory = new RunDirectory(folder);
        Path file = directory.record();
        if (!Files.isRegularFile(file)) {
            boolean inside = Files.isRegularFile(new RunDirectory(folder.resolve(ScratchRequest.RUN)).record());
            throw new TrainException(
                    "%s: expected the folder of a run, found no %s%s".formatted(
                            folder, file.getFileName(),
                            inside ? "; there is one in " + folder.resolve(ScratchRequest.RUN) : ""));
        }
        try {
            JsonNode record = JSON.readTree(Files.readAllBytes(file));
            if (!record.isObject() || !record.path("settings").isObject()) {
                throw new TrainException("%s: expected a record with settings, found something else".formatted(file));
            }
            return new PastRun(directory, record);
        } catch (IOException | JacksonException e) {
            throw new TrainException("%s: expected the record of a run, found %s".formatted(file, e.getMessage()), e);
        }
    }

    /** The runs in these folders: each is one itself, or those right below it, by name. */
    public static List<PastRun> list(List<Path> folders) {
        List<PastRun> runs = new ArrayList<>();
        for (Path folder : folders) {
            if (Files.isRegularFile(new RunDirectory(folder).record())) {
                runs.add(read(folder));
                continue;
            }
            try (Stream<Path> entries = Files.list(folder)) {
                entries.filter(entry -> Files.isRegularFile(new RunDirectory(entry).record()))
                        .sorted()
                        .map(PastRun::read)
                        .forEach(runs::add);
            } catch (IOException e) {
                throw new TrainException("%s: expected a folder with runs, found %s".formatted(folder, e), e);
            }
        }
        return runs;
    }

    /** What the folder is called. */
    public String name() {
        return String.valueOf(directory.folder().toAbsolutePath().normalize().getFileName());
    }

    /**
     * running, finished, stopped, interrupted, or failed with the reason. A run that is killed cannot say so: it is
     * interrupted if it says that it is running and its process is gone.
     */
    public String status() {
        String status = record.path("status").asString("unknown");
        return status.equals(RUNNING) && RunProcess.gone(record.path("process")) ? INTERRUPTED : status;
    }

    /** @throws TrainException if another process is making the run */
    void requireIdle() {
        long pid = record.path("process").path("pid").asLong(0);
        if (status().equals(RUNNING) && pid > 0 && pid != ProcessHandle.current().pid()) {
            throw new TrainException(
                    "%s: expected a run to go on with, found one that process %d is making; end that first"
                            .formatted(directory.folder(), pid));
        }
    }

    /** The status, and what to do about it where there is something to do. */
    public String advice() {
        String status = status();
        return status.equals(INTERRUPTED) || status.equals("stopped")
                ? status + " (resume with the same command and --resume)"
                : status;
    }

    /** All settings by name, as text. */
    public Map<String, String> settings() {
        Map<String, String> settings = new LinkedHashMap<>();
        record.path("settings").properties().forEach(setting -> settings.put(setting.getKey(),
                setting.getValue().isString() ? setting.getValue().stringValue() : setting.getValue().toString()));
        return settings;
    }

    /** A setting that was given or chosen. */
    public JsonNode setting(String name) {
        return record.path("settings").path(name);
    }

    /** A figure of how it went, such as {@code held_out_loss_best}. */
    public OptionalDouble figure(String name) {
        JsonNode figure = record.path("figures").path(name);
        return figure.isNumber() ? OptionalDouble.of(figure.doubleValue()) : OptionalDouble.empty();
    }

    /** The losses, empty if none were written down yet. */
    public Optional<LossCurve> curve() {
        JsonNode figures = record.path("figures");
        if (!figures.path("held_out").isArray() || figures.path("held_out").isEmpty()) {
            return Optional.empty();
        }
        List<LossCurve.HeldOut> heldOut = new ArrayList<>();
        for (JsonNode one : figures.path("held_out")) {
            heldOut.add(new LossCurve.HeldOut(one.path("step").asInt(), one.path("loss").asDouble()));
        }
        List<LossCurve.Point> steps = new ArrayList<>();
        for (JsonNode one : figures.path("curve")) {
            steps.add(new LossCurve.Point(
                    one.path("step").asInt(), one.path("loss").asDouble(), one.path("learning_rate").asDouble(),
                    one.path("gradient_norm").asDouble()));
        }
        return Optional.of(
                new LossCurve(steps, heldOut, margins(figures, "margins"), margins(figures, "held_out_margins")));
    }

    private static List<LossCurve.Margin> margins(JsonNode figures, String name) {
        List<LossCurve.Margin> margins = new ArrayList<>();
        for (JsonNode one : figures.path(name)) {
            margins.add(new LossCurve.Margin(
                    one.path("step").asInt(), one.path("margin").asDouble(), one.path("accuracy").asDouble()));
        }
        return margins;
    }

    /** Why settings are what they are, where they were chosen. */
    public List<String> choices() {
        List<String> choices = new ArrayList<>();
        record.path("choices").forEach(choice -> choices.add(choice.asString()));
        return choices;
    }

    /** What the model answered at each measurement. */
    public List<Sample> samples() {
        return Files.isRegularFile(directory.samples()) ? Samples.read(directory.samples()) : List.of();
    }
}
