package dev.vesper.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vesper.llm.file.GgufWriter;
import dev.vesper.llm.file.Metadata;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

class InspectCommandTest {
    @TempDir
    private Path folder;

    @Test
    void aModelThatRuns() {
        Path tiny = TinyModel.write(folder);
        Commands.Result text = Commands.run("inspect", tiny).done();
        assertThat(text.out().lines()).contains("  general.architecture = llama")
                .anyMatch(line -> line.matches(" +token_embd.weight +Q8_0 +256 x 512 +136.0 KiB"))
                .anyMatch(line -> line.startsWith("runs here   yes: architecture llama"));
        assertThat(text.err()).isEmpty();
        JsonNode json = Commands.run("inspect", "--json", tiny).json();
        assertThat(json.get("runs").asBoolean()).isTrue();
        assertThat(json.get("tensors").size()).isEqualTo(2 + 4 * 9);
        assertThat(json.get("metadata").get("tokenizer.ggml.tokens").size()).isEqualTo(TinyModel.VOCABULARY);
        JsonNode memory = json.get("memory");
        assertThat(memory.get("cache_bytes_per_token").asLong()).isEqualTo(2L * 4 * 4 * 32 * Float.BYTES);
        assertThat(memory.get("cache_bytes_full_context").asLong())
                .isEqualTo(TinyModel.CONTEXT * memory.get("cache_bytes_per_token").asLong());
        long bytes = json.get("tensors").valueStream().mapToLong(tensor -> tensor.get("bytes").asLong()).sum();
        assertThat(memory.get("weight_bytes").asLong()).isEqualTo(bytes);
    }

    @Test
    void anArchitectureThatIsNotSupported() {
        Path file = folder.resolve("unknown.gguf");
        new GgufWriter(Metadata.builder(file).string("general.architecture", "evening").build()).write(file);
        Commands.Result text = Commands.run("inspect", file).done();
        assertThat(text.out()).contains("runs here   no: ").contains("\"evening\" is not supported").contains("llama");
        JsonNode json = Commands.run("inspect", file, "--json").json();
        assertThat(json.get("runs").asBoolean()).isFalse();
        assertThat(json.get("reason").asString()).contains("evening");
    }

    @Test
    void anAdapterIsNoModel() {
        Path file = folder.resolve("adapter.gguf");
        Metadata metadata = Metadata.builder(file)
                .string("general.type", "adapter")
                .string("general.architecture", "llama")
                .string("adapter.type", "lora")
                .build();
        new GgufWriter(metadata).write(file);
        assertThat(Commands.run("inspect", file).done().out())
                .contains("runs here   no: it is an adapter for a model of architecture llama");
    }

    @Test
    void aRealAdapterIsNoModel() {
        Path file = Fixtures.file("architectures/lora/llama-gqa/adapter.gguf");
        assertThat(Commands.run("inspect", file).done().out())
                .contains("blk.0.attn_q.weight.lora_a").contains("no: it is an adapter");
    }

    @Test
    void aFileThatIsCutOffSaysWhere() throws IOException {
        byte[] whole = Files.readAllBytes(TinyModel.write(folder));
        Path file = Files.write(folder.resolve("cut.gguf"), Arrays.copyOf(whole, 1000));
        assertThat(Commands.run("inspect", file).failure())
                .matches("vesper: .*cut\\.gguf: byte \\d+, .*: expected .*, found .*");
        Path noise = Files.writeString(folder.resolve("noise.gguf"), "This is no model at all, is it?");
        assertThat(Commands.run("inspect", noise).failure()).contains("noise.gguf: byte 0").contains("expected")
                .contains("found");
        assertThat(Commands.run("inspect", folder.resolve("none.gguf")).failure())
                .contains("none.gguf").contains("found no such file");
    }
}
