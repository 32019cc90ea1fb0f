package dev.vesper.train;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vesper.llm.arch.SyntheticModel;
import dev.vesper.tensor.Format;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Blocks computed again instead of kept: the same result, byte for byte, in less memory. */
class LowMemoryTest {
    @TempDir
    private Path folder;

    private Path data = Path.of("");

    @BeforeEach
    void write() throws IOException {
        data = Files.writeString(folder.resolve("sums.txt"), Runs.text());
    }

    @ParameterizedTest
    @ValueSource(strings = {"attn_q,attn_k,attn_v,attn_output,ffn_gate,ffn_up,ffn_down", "attn_v", "ffn_up", "attn_q"})
    void anAdapterHasTheSameBytes(String targets) {
        Method method = new Method.Lora(4, 8, List.of(targets.split(",")));
        assertSame(method, "adapter_model.safetensors");
    }

    @Test
    void aWholeModelHasTheSameBytes() {
        assertSame(new Method.Full(), "model.gguf");
    }

    @Test
    void theBuffersAreSmallerByWhatTheBlocksWouldKeep() {
        Path model = folder.resolve("deep.gguf");
        SyntheticModel.LLAMA_TINY.write(model, Format.Q8_0);
        long kept = buffers(Runs.request(model, data, folder.resolve("a"), Runs.options(Runs.LORA, 2), false));
        long again = buffers(Runs.request(model, data, folder.resolve("b"), Runs.options(Runs.LORA, 2), false)
                .conduct(Conduct.defaults().lowMemory(true)));
        // three of its four blocks are not kept, which are more than half of everything
        assertThat(again).isLessThan(kept * 6 / 10);
    }

    private static long buffers(TuneRequest request) {
        try (Preparation preparation = Preparation.of(request)) {
            Trainer trainer = preparation.trainer(
                    new RunDirectory(request.out()), preparation.settings(), TrainListener.NONE);
            trainer.rehearse();
            return trainer.bytes();
        }
    }

    private void assertSame(Method method, String result) {
        Path model = TinyModel.write(folder);
        TuneRequest request = Runs.request(model, data, folder.resolve("kept"), Runs.options(method, 7), false);
        Tuner.run(request, TrainListener.NONE);
        Tuner.run(
                Runs.request(model, data, folder.resolve("again"), Runs.options(method, 7), false)
                        .conduct(Conduct.defaults().lowMemory(true)),
                TrainListener.NONE);
        assertThat(folder.resolve("again").resolve(result))
                .hasSameBinaryContentAs(folder.resolve("kept").resolve(result));
    }
}
