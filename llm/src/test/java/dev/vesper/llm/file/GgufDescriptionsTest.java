package dev.vesper.llm.file;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The files of others against the descriptions that lie beside them. */
class GgufDescriptionsTest {
    private static final Map<String, String> PARAMETERS = Map.of(
            "d", "embedding_length", "L", "block_count", "H", "attention.head_count", "ff", "feed_forward_length");

    static List<Path> architectures() {
        return Fixtures.filesEndingWith(".json").stream()
                .filter(file -> file.endsWith(Path.of("architectures/gguf").resolve(file.getFileName())))
                .toList();
    }

    static List<Path> quantised() {
        return Fixtures.filesEndingWith(".json").stream()
                .filter(file -> file.endsWith(Path.of("architectures/quant").resolve(file.getFileName())))
                .toList();
    }

    @ParameterizedTest
    @MethodSource("architectures")
    void dimensionsAreAsDescribed(Path description) throws IOException {
        JsonNode json = new JsonMapper().readTree(Files.readString(description));
        Path file = description.resolveSibling(json.get("gguf").asString());
        assertThat(Files.size(file)).isEqualTo(json.get("bytes").asLong());
        try (Gguf gguf = Gguf.open(file)) {
            String architecture = gguf.metadata().requiredString("general.architecture");
            assertThat(architecture).isEqualTo(json.get("architecture").asString());
            PARAMETERS.forEach((parameter, key) -> assertThat(gguf.metadata().requiredInteger(architecture + "." + key))
                    .as(key)
                    .isEqualTo(json.get("parameters").get(parameter).asInt()));
            assertThat(gguf.metadata().strings("tokenizer.ggml.tokens").orElseThrow()).hasSize(512);
        }
    }

    @ParameterizedTest
    @MethodSource("quantised")
    void formatsOfTensorsAreAsDescribed(Path description) throws IOException {
        JsonNode json = new JsonMapper().readTree(Files.readString(description));
        int files = 0;
        for (JsonNode type : json.get("types").values()) {
            // Null where the file was not kept.
            if (!type.path("gguf").isString()) {
                continue;
            }
            files++;
            Path file = description.resolveSibling(type.get("gguf").asString());
            assertThat(Files.size(file)).isEqualTo(type.get("bytes").asLong());
            Map<String, String> expected = new TreeMap<>();
            type.get("tensor_types").properties()
                    .forEach(tensor -> expected.put(tensor.getKey(), tensor.getValue().asString()));
            Map<String, String> found = new TreeMap<>();
            try (Gguf gguf = Gguf.open(file)) {
                gguf.tensors().forEach((name, info) -> found.put(name, info.format().name()));
            }
            assertThat(found).isEqualTo(expected);
        }
        assertThat(files).isPositive();
    }
}
