package dev.vesper.llm.lora;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vesper.llm.Backend;
import dev.vesper.llm.Fixtures;
import dev.vesper.llm.ModelFile;
import dev.vesper.llm.arch.Model;
import dev.vesper.llm.file.Safetensors;
import dev.vesper.llm.file.SafetensorsWriter;
import dev.vesper.llm.layer.Batch;
import dev.vesper.tensor.Format;
import dev.vesper.tensor.op.Ops;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/** PEFT folders: one that others made, ones written here, and ones that must be refused. */
class AdapterFileTest {
    private static final String FOLDER = "architectures/lora/llama-gqa";
    private static final String PREFIX = "base_model.model.model.layers.0.";
    private static final HeadLayout LAYOUT = new HeadLayout(2, 1, 4, true);
    private static final String CONFIG =
            "{\"peft_type\":\"LORA\",\"r\":2,\"lora_alpha\":4,\"target_modules\":[\"q_proj\"]%s}";

    @TempDir
    private Path folder;

    @ParameterizedTest
    @CsvSource({"scalar, ''", "vector, ''", "vector, /adapter.gguf"})
    void logitsAgree(String kernels, String form) {
        JsonNode golden = Fixtures.json(FOLDER + "/golden.json");
        int[] tokens = Fixtures.integers(golden.get("tokens"));
        double absolute = golden.get("tolerance").get("abs").asDouble();
        double relative = golden.get("tolerance").get("rel").asDouble();
        try (ModelFile file = ModelFile.open(Fixtures.file("architectures/gguf/llama-gqa.gguf"));
                Backend backend = Backend.of(kernels, 2)) {
            Adapter adapter = file.readAdapter(Fixtures.file(FOLDER + form));
            assertThat(adapter.changes()).hasSize(14);
            assertThat(golden.get("cases").valueStream().map(test -> test.get("scale").asDouble()))
                    .containsExactly(1.0, 0.5);
            for (JsonNode test : golden.get("cases")) {
                LoraWeights weights = new LoraWeights(file.weights(), adapter, test.get("scale").floatValue());
                float[] expected = Fixtures.floats(FOLDER + "/" + test.get("logits").asString());
                float[] logits = logits(backend, file.model(weights), tokens);
                for (int i = 0; i < expected.length; i++) {
                    assertThat((double) Math.abs(logits[i] - expected[i]))
                            .as("logit %d: %s, expected %s", i, logits[i], expected[i])
                            .isLessThanOrEqualTo(absolute + relative * Math.abs(expected[i]));
                }
            }
        }
    }

    @Test
    void whatIsWrittenIsReadBackBitForBit() throws IOException {
        try (ModelFile file = ModelFile.open(Fixtures.file("architectures/gguf/llama-gqa.gguf"))) {
            Adapter adapter = file.readAdapter(Fixtures.file(FOLDER));
            file.writeAdapter(folder, adapter);
            Adapter again = file.readAdapter(folder);
            assertThat(again.rank()).isEqualTo(adapter.rank());
            assertThat(again.alpha()).isEqualTo(adapter.alpha());
            assertThat(again.changes().keySet()).isEqualTo(adapter.changes().keySet());
            adapter.changes().forEach((layer, change) -> {
                LowRank other = again.changes().get(layer);
                assertThat(change.down().data().mismatch(other.down().data())).isEqualTo(-1);
                assertThat(change.up().data().mismatch(other.up().data())).isEqualTo(-1);
            });
            assertSameTensors(Fixtures.file(FOLDER), folder);
            byte[] written = Files.readAllBytes(folder.resolve("adapter_model.safetensors"));
            file.writeAdapter(folder, again);
            assertThat(folder.resolve("adapter_model.safetensors")).hasBinaryContent(written);
        }
    }

    /** Names, shapes and bytes: what others wrote is what is written here. */
    static void assertSameTensors(Path expected, Path actual) {
        try (Safetensors theirs = Safetensors.open(expected.resolve("adapter_model.safetensors"));
                Safetensors ours = Safetensors.open(actual.resolve("adapter_model.safetensors"))) {
            assertThat(ours.entries().keySet()).hasSameElementsAs(theirs.entries().keySet());
            for (Safetensors.Entry entry : theirs.entries().values()) {
                Safetensors.Entry own = Objects.requireNonNull(ours.entries().get(entry.name()));
                assertThat(own.shape()).isEqualTo(entry.shape());
                MemorySegment data = ours.weight(entry.name()).orElseThrow().data();
                assertThat(data.mismatch(theirs.weight(entry.name()).orElseThrow().data())).as(entry.name())
                        .isEqualTo(-1);
            }
        }
    }

    @Test
    void withBOfZeroTheModelIsTheBaseBitForBit() {
        int[] tokens = {1, 403, 407, 261, 378};
        try (ModelFile file = ModelFile.open(Fixtures.file("architectures/gguf/llama-gqa.gguf"));
                Backend backend = Backend.of("auto", 2)) {
            Map<String, LowRank> changes = new TreeMap<>();
            file.readAdapter(Fixtures.file(FOLDER)).changes().forEach((layer, change) -> {
                change.up().data().fill((byte) 0);
                changes.put(layer, change);
            });
            Model adapted = file.model(List.of(new Adapter(changes, 4, 8)));
            assertThat(logits(backend, adapted, tokens)).isEqualTo(logits(backend, file.model(), tokens));
        }
    }

    @Test
    void anotherBaseIsRefused() {
        Path adapter = Fixtures.file(FOLDER);
        try (ModelFile file = ModelFile.open(Fixtures.file("stories260k/stories260k.gguf"))) {
            assertThatThrownBy(() -> file.readAdapter(adapter))
                    .isInstanceOf(AdapterException.class)
                    .hasMessageContaining(adapter.toString());
        }
    }

    @Test
    void rankStabilisedAdaptersCountMore() throws IOException {
        write(CONFIG.formatted(",\"use_rslora\":true"), pair("self_attn.q_proj", 2, 6, 8));
        assertThat(AdapterFile.read(folder, LAYOUT).scale()).isEqualTo((float) (4 / Math.sqrt(2)));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                ",\"use_dora\":true|use_dora",
                ",\"bias\":\"all\"|bias",
                ",\"modules_to_save\":[\"lm_head\"]|modules_to_save",
                ",\"fan_in_fan_out\":true|fan_in_fan_out",
                ",\"rank_pattern\":{\"q_proj\":8}|rank_pattern",
                ",\"alpha_pattern\":{\"q_proj\":8}|alpha_pattern",
                ",\"lora_bias\":true|lora_bias",
                ",\"task_type\":\"SEQ_CLS\"|task_type",
                ",\"r\":3|duplicate"
            })
    void settingsThatComputeSomethingElseAreRefused(String setting, String named) throws IOException {
        write(CONFIG.formatted(setting), pair("self_attn.q_proj", 2, 6, 8));
        assertRefused("adapter_config.json", named);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{\"peft_type\":\"IA3\"}|peft_type",
                "{\"peft_type\":\"LORA\"}|r:",
                "{\"peft_type\":\"LORA\",\"r\":0}|r:",
                "{\"peft_type\":\"LORA\",\"r\":2,\"lora_alpha\":\"x\"}|lora_alpha",
                "{\"peft_type\":\"LORA\",\"r\":2,\"lora_alpha\":2}|target_modules",
                "[]|object",
                "{|object"
            })
    void incompleteSettingsAreRefused(String config, String named) throws IOException {
        write(config, pair("self_attn.q_proj", 2, 6, 8));
        assertRefused("adapter_config.json", named);
    }

    @Test
    void tensorsThatDoNotFitAreRefused() throws IOException {
        String config = CONFIG.formatted("");
        write(config, pair("self_attn.q_proj", 3, 6, 8));
        assertRefused("adapter_model.safetensors", "q_proj.lora_A.weight", "rank 2");
        write(config, pair("self_attn.q_proj", 2, 6, 10));
        assertRefused("adapter_model.safetensors", "q_proj.lora_B.weight", "2 heads of 4");
        write(config, pair("self_attn.v_proj", 2, 6, 4));
        assertRefused("adapter_model.safetensors", "v_proj", "q_proj");
        write(config, Map.of(PREFIX + "self_attn.q_proj.lora_A.weight", new int[] {2, 6}));
        assertRefused("adapter_model.safetensors", "blk.0.attn_q", "both A and B");
        Map<String, int[]> more = pair("self_attn.q_proj", 2, 6, 8);
        more.put(PREFIX + "self_attn.q_proj.lora_magnitude_vector", new int[] {1, 8});
        write(config, more);
        assertRefused("adapter_model.safetensors", "lora_magnitude_vector");
        write(config, Map.of());
        assertRefused("adapter_model.safetensors", "at least one pair");
    }

    @Test
    void aFolderWithoutAnAdapterIsRefused() {
        assertRefused("adapter_config.json", "no such file");
    }

    private void assertRefused(String... parts) {
        var refused = assertThatThrownBy(() -> AdapterFile.read(folder, LAYOUT)).isInstanceOf(AdapterException.class);
        for (String part : parts) {
            refused.message().containsIgnoringCase(part);
        }
    }

    private static Map<String, int[]> pair(String module, int rank, int inputs, int outputs) {
        Map<String, int[]> tensors = new TreeMap<>();
        tensors.put(PREFIX + module + ".lora_A.weight", new int[] {rank, inputs});
        tensors.put(PREFIX + module + ".lora_B.weight", new int[] {outputs, rank});
        return tensors;
    }

    private void write(String config, Map<String, int[]> tensors) throws IOException {
        Files.writeString(folder.resolve("adapter_config.json"), config);
        SafetensorsWriter writer = new SafetensorsWriter(Map.of());
        tensors.forEach((name, shape) -> {
            MemorySegment data = Arena.ofAuto().allocate(ValueLayout.JAVA_FLOAT, (long) shape[0] * shape[1]);
            writer.tensor(name, Format.F32, List.of((long) shape[0], (long) shape[1]), data);
        });
        writer.write(folder.resolve("adapter_model.safetensors"));
    }

    private static float[] logits(Backend backend, Model model, int[] tokens) {
        Ops ops = backend.inference();
        ops.begin();
        return model.logits(ops, model.hidden(ops, Batch.whole(List.of(tokens)))).toArray();
    }
}
