package dev.vesper.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vesper.llm.Backend;
import dev.vesper.llm.ModelFile;
import dev.vesper.llm.lora.Adapter;
import dev.vesper.llm.lora.WeightedAdapter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An export that does something else than its original is told from one that does the same. */
class LogitsDifferenceTest {
    @TempDir
    private static Path folder;

    private static Path model = Path.of("");
    private static Path adapter = Path.of("");

    @BeforeAll
    static void write() throws IOException {
        model = TinyModel.write(folder);
        Path text = Files.writeString(folder.resolve("text.txt"), "w300 w301 w302 w303\n".repeat(40));
        adapter = folder.resolve("adapter");
        Commands.run("tune", "--model", model, "--data", text, "--out", adapter, "--steps", 2, "--rank", 2,
                "--max-sequence", 32, "--learning-rate", "1e-2").done();
    }

    @Test
    void theSameIsTheSame() {
        LogitsDifference difference = with(1);
        assertThat(difference.largest()).isZero();
        assertThat(difference.requireSame("x")).isSameAs(difference);
    }

    @Test
    void aHundredthMoreOfTheAdapterIsSeen() {
        LogitsDifference difference = with(1.01);
        assertThat(difference.largest()).isPositive();
        assertThat(difference.same()).isFalse();
        assertThatThrownBy(() -> difference.requireSame("out.gguf"))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("out.gguf was written, but does not do what it should: logits of 16 positions");
    }

    @Test
    void whatIsNoNumberIsNotTheSame() {
        assertThat(new LogitsDifference(16, Double.NaN, 1).same()).isFalse();
    }

    private static LogitsDifference with(double weight) {
        try (ModelFile file = ModelFile.open(model); Backend backend = Backend.of("auto", 1)) {
            Adapter one = file.readAdapter(adapter);
            return LogitsDifference.of(file, file.weighted(List.of(new WeightedAdapter(one, 1))),
                    file.weighted(List.of(new WeightedAdapter(one, weight))), backend);
        }
    }
}
