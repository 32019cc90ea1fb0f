package dev.vesper.llm.lora;

import dev.vesper.llm.file.AtomicFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * The {@code adapter_config.json} of a PEFT folder. What would change the arithmetic and is not known here is refused.
 *
 * @param alpha such that changes count {@code alpha / rank} times, rank-stabilised adapters included
 * @param targets the last parts of the adapted modules' names; empty where the file gives a pattern instead
 * @see <a href="https://huggingface.co/docs/peft/package_reference/lora">PEFT, LoraConfig</a>
 */
record PeftConfig(String baseModel, int rank, double alpha, Set<String> targets) {
    private static final long MAXIMUM_BYTES = 1 << 20;
    private static final int MAXIMUM_RANK = 1 << 16;
    private static final JsonMapper JSON = JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(SerializationFeature.INDENT_OUTPUT)
            .build();

    /** Must be absent, null, false or empty: variants of LoRA that compute something else, or train more. */
    private static final List<String> UNSUPPORTED = List.of(
            "use_dora",
            "fan_in_fan_out",
            "modules_to_save",
            "rank_pattern",
            "alpha_pattern",
            "lora_bias",
            "layer_replication",
            "trainable_token_indices",
            "target_parameters",
            "alora_invocation_tokens",
            "use_qalora",
            "arrow_config",
            "use_bdlora");

    static PeftConfig read(Path file) {
        JsonNode json = parse(file);
        expect(file, json, "peft_type", List.of("LORA"));
        if (json.hasNonNull("bias")) {
            expect(file, json, "bias", List.of("none"));
        }
        if (json.hasNonNull("task_type")) {
            expect(file, json, "task_type", List.of("CAUSAL_LM"));
        }
        for (String key : UNSUPPORTED) {
            JsonNode value = json.path(key);
            boolean unset = value.isMissingNode()
                    || value.isNull()
                    || value.isBoolean() && !value.booleanValue()
                    || value.isContainer() && value.isEmpty();
            if (!unset) {
                throw wrong(file, key, "none of it, as it is not supported", value.toString());
            }
        }
        JsonNode rank = json.path("r");
        if (!rank.isInt() || rank.intValue() < 1 || rank.intValue() > MAXIMUM_RANK) {
            throw wrong(file, "r", "a whole number from 1 to " + MAXIMUM_RANK, rank.toString());
        }
        JsonNode alpha = json.path("lora_alpha");
        if (!alpha.isNumber() || !(Math.abs(alpha.doubleValue()) < Double.POSITIVE_INFINITY)) {
            throw wrong(file, "lora_alpha", "a number", alpha.toString());
        }
        boolean rankStabilised = json.path("use_rslora").booleanValue(false);
        double factor = rankStabilised ? Math.sqrt(rank.intValue()) : 1;
        return new PeftConfig(
                json.path("base_model_name_or_path").stringValue(""),
                rank.intValue(),
                alpha.doubleValue() * factor,
                targets(file, json));
    }

    private static JsonNode parse(Path file) {
        try {
            if (!Files.isRegularFile(file)) {
                throw wrong(file, "opening", "a file", Files.isDirectory(file) ? "a directory" : "no such file");
            }
            if (Files.size(file) > MAXIMUM_BYTES) {
                throw wrong(file, "size", "at most " + MAXIMUM_BYTES + " bytes", String.valueOf(Files.size(file)));
            }
            JsonNode json = JSON.readTree(Files.readAllBytes(file));
            if (!json.isObject()) {
                throw wrong(file, "content", "a JSON object", json.getNodeType().toString());
            }
            return json;
        } catch (IOException | JacksonException e) {
            throw new AdapterException(
                    "%s: content: expected a JSON object, found %s".formatted(file, e.getMessage()), e);
        }
    }

    private static void expect(Path file, JsonNode json, String key, List<String> values) {
        JsonNode value = json.path(key);
        if (!value.isString() || !values.contains(value.stringValue())) {
            throw wrong(file, key, String.join(" or ", values), value.toString());
        }
    }

    private static Set<String> targets(Path file, JsonNode json) {
        JsonNode value = json.path("target_modules");
        Set<String> targets = new TreeSet<>();
        if (value.isArray() && !value.isEmpty()) {
            for (JsonNode target : value) {
                if (!target.isString()) {
                    throw wrong(file, "target_modules", "names of modules", target.toString());
                }
                targets.add(target.stringValue());
            }
        } else if (!value.isString()) {
            throw wrong(file, "target_modules", "names of modules", value.toString());
        }
        return targets;
    }

    /** The text of the file. */
    String json() {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("alpha_pattern", Map.of());
        json.put("base_model_name_or_path", baseModel);
        json.put("bias", "none");
        json.put("fan_in_fan_out", false);
        json.put("inference_mode", true);
        json.put("init_lora_weights", true);
        json.put("lora_alpha", alpha == Math.rint(alpha) && Math.abs(alpha) < 1e15 ? (Object) (long) alpha : alpha);
        json.put("lora_dropout", 0.0);
        json.put("modules_to_save", Optional.empty());
        json.put("peft_type", "LORA");
        json.put("r", rank);
        json.put("rank_pattern", Map.of());
        json.put("target_modules", new ArrayList<>(targets));
        json.put("task_type", "CAUSAL_LM");
        json.put("use_dora", false);
        json.put("use_rslora", false);
        return JSON.writeValueAsString(json) + "\n";
    }

    void write(Path file) {
        AtomicFiles.write(file, json());
    }

    private static AdapterException wrong(Path file, String place, String expected, String found) {
        return new AdapterException("%s: %s: expected %s, found %s".formatted(file, place, expected, found));
    }
}
