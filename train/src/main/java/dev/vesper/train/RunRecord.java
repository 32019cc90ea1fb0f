package dev.vesper.train;

import dev.vesper.data.Data;
import dev.vesper.data.Refusal;
import dev.vesper.llm.ModelFile;
import dev.vesper.llm.file.AtomicFiles;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import tools.jackson.databind.PropertyNamingStrategies;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/** Writes {@code run.json}: what a run was made from, on what, and how it went; and the picture of its losses. */
final class RunRecord {
    private static final JsonMapper JSON = JsonMapper.builder()
            .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
            .enable(SerializationFeature.INDENT_OUTPUT)
            .build();

    private static final int MOST_REFUSED = 100;

    private final RunDirectory directory;
    private final Map<String, Object> base = new LinkedHashMap<>();

    RunRecord(
            RunDirectory directory,
            TuneRequest request,
            Map<String, Object> settings,
            Preparation preparation,
            long parameters) {
        ModelFile model = preparation.model();
        this.directory = directory;
        base.put("model", request.model().toString());
        base.put("architecture", model.model().shape().architecture());
        base.put("chat_template", model.template().name());
        base.put("settings", settings);
        base.put("low_memory", request.conduct().lowMemory());
        base.put("choices", request.conduct().choices());
        base.put("trained_parameters", parameters);
        base.put("data", data(preparation.data()));
        base.put("machine", Machine.current());
        base.put("backend", preparation.backend().describe());
    }

    private static Map<String, Object> data(Data data) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("file", data.file().toString());
        json.put("rows_read", data.rowsRead());
        json.put("rows_refused", data.refused().size());
        json.put("refused", data.refused().stream().limit(MOST_REFUSED).map(Refusal::toString).toList());
        json.put("rows", data.train().size());
        json.put("held_out_rows", data.heldOut().size());
        json.put("tokens", data.trainTokens());
        json.put("learnt_tokens", data.trainTargets());
        json.put("truncated_rows", data.truncated());
        json.put("dropped_rows", data.dropped());
        return json;
    }

    /** The run is being made, by this process. */
    void begin() {
        write(PastRun.RUNNING, Map.of("process", RunProcess.current()));
    }

    void fail(String reason) {
        write("failed: " + reason, Map.of());
    }

    void write(TrainResult result) {
        Map<String, Object> figures = new LinkedHashMap<>();
        figures.put("ending", result.ending().name().toLowerCase(Locale.ROOT));
        figures.put("steps", result.step());
        figures.put("total_steps", result.totalSteps());
        figures.put("held_out_loss_at_start", result.curve().start().loss());
        figures.put("held_out_loss_best", result.curve().best().loss());
        figures.put("best_step", result.curve().best().step());
        figures.put("seconds", result.seconds());
        figures.put("tokens", result.tokens());
        figures.put("tokens_per_second", result.tokensPerSecond());
        figures.put("peak_memory_bytes", result.peakMemory());
        figures.put("held_out", result.curve().heldOut());
        figures.put("curve", result.curve().steps());
        boolean preferences = !result.curve().heldOutMargins().isEmpty();
        if (preferences) {
            figures.put("held_out_margins", result.curve().heldOutMargins());
            figures.put("margins", result.curve().margins());
        }
        write(result.finished() ? "finished" : "stopped", Map.of("figures", figures));
        AtomicFiles.write(directory.curve(), LossSvg.of(result.curve()));
        if (preferences) {
            AtomicFiles.write(directory.margins(), LossSvg.ofMargins(result.curve()));
        }
    }

    private void write(String status, Map<String, Object> more) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("status", status);
        json.putAll(base);
        json.putAll(more);
        AtomicFiles.write(directory.record(), JSON.writeValueAsString(json) + "\n");
    }
}
