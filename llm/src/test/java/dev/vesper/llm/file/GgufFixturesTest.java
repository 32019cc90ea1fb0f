package dev.vesper.llm.file;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Files that other programs wrote. */
class GgufFixturesTest {

    static List<Path> files() {
        return Fixtures.filesEndingWith(".gguf");
    }

    @ParameterizedTest
    @MethodSource("files")
    void everyFileOpensAndItsTensorsAreWeights(Path path) {
        try (Gguf gguf = Gguf.open(path)) {
            assertThat(gguf.metadata().requiredString("general.architecture")).isNotEmpty();
            assertThat(gguf.metadata().all()).hasSameSizeAs(gguf.metadata().keys());
            gguf.tensors().forEach((name, info) -> {
                var weight = gguf.weight(name).orElseThrow();
                assertThat(weight.data().byteSize()).isEqualTo(info.bytes());
                assertThat(gguf.requiredWeight(name, weight.rows(), weight.columns()).name())
                        .isEqualTo(name);
            });
        }
    }

    @Test
    void stories260kIsWhatItsDescriptionSays() throws IOException {
        Path folder = Fixtures.root().resolve("stories260k");
        try (Gguf gguf = Gguf.open(folder.resolve("stories260k.gguf"))) {
            Metadata metadata = gguf.metadata();
            assertThat(metadata.requiredString("general.architecture")).isEqualTo("llama");
            assertThat(metadata.requiredInteger("llama.embedding_length")).isEqualTo(64);
            assertThat(metadata.requiredInteger("llama.block_count")).isEqualTo(5);
            assertThat(metadata.requiredInteger("llama.attention.head_count")).isEqualTo(8);
            assertThat(metadata.requiredInteger("llama.attention.head_count_kv")).isEqualTo(4);
            assertThat(metadata.requiredInteger("llama.feed_forward_length")).isEqualTo(172);
            assertThat(metadata.requiredInteger("llama.context_length")).isEqualTo(512);
            assertThat(metadata.strings("tokenizer.ggml.tokens").orElseThrow()).hasSize(512);
            assertThat(metadata.floats("tokenizer.ggml.scores").orElseThrow()).hasSize(512);
            assertThat(metadata.integers("tokenizer.ggml.token_type").orElseThrow()).hasSize(512);

            // The older file begins with seven ints, then the same embedding.
            byte[] older = Files.readAllBytes(folder.resolve("checkpoint_legacy.bin"));
            FloatBuffer expected = ByteBuffer.wrap(older, 28, 512 * 64 * 4)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .asFloatBuffer();
            var embedding = gguf.requiredWeight("token_embd.weight", 512, 64).data();
            for (int i = 0; i < 512 * 64; i++) {
                assertThat(embedding.get(ByteCursor.FLOAT, 4L * i)).isEqualTo(expected.get(i));
            }
        }
    }
}
