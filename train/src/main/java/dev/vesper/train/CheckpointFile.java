package dev.vesper.train;

import dev.vesper.llm.file.ModelFileException;
import dev.vesper.llm.file.Safetensors;
import dev.vesper.llm.file.SafetensorsWriter;
import dev.vesper.tensor.Format;
import dev.vesper.tensor.Weight;
import dev.vesper.tensor.op.Parameter;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * All that a run needs to go on as if it had never been interrupted, in one safetensors file: each parameter, the
 * moments of the optimiser beside it, and as strings the state and the settings.
 */
final class CheckpointFile {
    private static final String VERSION = "1";
    private static final String FIRST = ".adam_first";
    private static final String SECOND = ".adam_second";
    private static final ValueLayout.OfFloat FLOAT =
            ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final JsonMapper JSON = JsonMapper.shared();

    private CheckpointFile() {}

    /** Replaces the file in one go. */
    static void write(
            Path file, Map<String, Object> settings, RunState state, List<Parameter> parameters, AdamW optimizer) {
        Map<String, String> metadata = new LinkedHashMap<>();
        metadata.put("vesper.checkpoint", VERSION);
        metadata.put("settings", JSON.writeValueAsString(settings));
        metadata.put("state", JSON.writeValueAsString(state));
        SafetensorsWriter writer = new SafetensorsWriter(metadata);
        for (int i = 0; i < parameters.size(); i++) {
            Parameter parameter = parameters.get(i);
            Weight weight = parameter.weight();
            List<Long> shape = List.of((long) weight.rows(), (long) weight.columns());
            float[] first = optimizer.firstMoments().get(i);
            float[] second = optimizer.secondMoments().get(i);
            writer.tensor(parameter.name(), Format.F32, shape, weight.data());
            writer.tensor(parameter.name() + FIRST, Format.F32, shape, (row, out) -> copy(first, row, out));
            writer.tensor(parameter.name() + SECOND, Format.F32, shape, (row, out) -> copy(second, row, out));
        }
        writer.write(file);
    }

    private static void copy(float[] values, long row, MemorySegment out) {
        int columns = (int) (out.byteSize() / Float.BYTES);
        MemorySegment.copy(values, (int) row * columns, out, FLOAT, 0, columns);
    }

    /**
     * Puts parameters and optimiser where the file says they were.
     *
     * @return where the run was
     * @throws TrainException if the file is of a run with other settings, and names each
     */
    static RunState read(
            Path path, Map<String, Object> settings, List<Parameter> parameters, AdamW optimizer) {
        try (Safetensors file = Safetensors.open(path)) {
            String version = file.metadata().string("vesper.checkpoint").orElse("none");
            if (!version.equals(VERSION)) {
                throw new ModelFileException(path, "vesper.checkpoint", VERSION, version);
            }
            requireSame(path, JSON.readTree(file.metadata().requiredString("settings")), settings);
            RunState state = JSON.readValue(file.metadata().requiredString("state"), RunState.class);
            if (file.tensors().size() != 3 * parameters.size()) {
                throw new ModelFileException(
                        path, "tensors", "%d".formatted(3 * parameters.size()), "%d".formatted(file.tensors().size()));
            }
            for (int i = 0; i < parameters.size(); i++) {
                Parameter parameter = parameters.get(i);
                parameter.assign(values(file, parameter.name(), parameter));
                load(file, parameter.name() + FIRST, parameter, optimizer.firstMoments().get(i));
                load(file, parameter.name() + SECOND, parameter, optimizer.secondMoments().get(i));
            }
            optimizer.resumeAt(state.step());
            return state;
        } catch (JacksonException e) {
            throw new ModelFileException(path, "state", "settings and state in JSON", e.getOriginalMessage(), e);
        }
    }

    private static float[] values(Safetensors file, String name, Parameter parameter) {
        Weight weight = parameter.weight();
        return file.requiredWeight(name, weight.rows(), weight.columns()).data().toArray(FLOAT);
    }

    private static void load(Safetensors file, String name, Parameter parameter, float[] target) {
        System.arraycopy(values(file, name, parameter), 0, target, 0, target.length);
    }

    /** @throws TrainException if the settings of the file are others; names each */
    static void requireSame(Path path, JsonNode then, Map<String, Object> settings) {
        JsonNode now = JSON.readTree(JSON.writeValueAsString(settings));
        List<String> differences = new ArrayList<>();
        for (String name : settings.keySet()) {
            if (!now.path(name).equals(then.path(name))) {
                differences.add(difference(name, then.path(name), now.path(name)));
            }
        }
        for (String name : then.propertyNames()) {
            if (!settings.containsKey(name)) {
                differences.add("%s was %s and is now unset".formatted(name, then.path(name)));
            }
        }
        if (!differences.isEmpty()) {
            throw new TrainException("%s: only the same run can be resumed, but %s"
                    .formatted(path, String.join("; ", differences)));
        }
    }

    /** Settings are to be given again as they were; a file that has changed has to be put back. */
    private static String difference(String name, JsonNode then, JsonNode now) {
        String change = "%s was %s and is now %s".formatted(name, then, now);
        return switch (name) {
            case "data_sha256" ->
                "the data file has changed since the run began (%s): put it back as it was, or begin a new run in another folder"
                        .formatted(change);
            case "model_sha256" -> "the model file is another than the run began with (%s)".formatted(change);
            default -> change;
        };
    }
}
