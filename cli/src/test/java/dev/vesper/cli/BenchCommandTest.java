package dev.vesper.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

class BenchCommandTest {
    @TempDir
    private Path folder;

    @Test
    void aSyntheticModelIsWrittenAndMeasured() throws IOException {
        Path model = folder.resolve("tiny.gguf");
        Commands.Result written =
                Commands.run("bench", "--synthetic", "llama-tiny", "--format", "q8_0", "--out", model).done();
        assertThat(written.out()).isEmpty();
        assertThat(Files.readAllBytes(model))
                .isEqualTo(Files.readAllBytes(TinyModel.write(Files.createDirectory(folder.resolve("again")))));
        Commands.Result result = Commands.run(
                "bench", "--model", model, "--prompt-tokens", 8, "--generate-tokens", 2, "--train-tokens", 4,
                "--repeat", 2, "--threads", 1, "--json");
        JsonNode json = result.json();
        for (String rate : new String[] {"prefill", "decode", "train"}) {
            JsonNode spread = json.get(rate + "_tokens_per_second");
            assertThat(spread.get("min").asDouble()).isPositive().isLessThanOrEqualTo(spread.get("median").asDouble());
            assertThat(spread.get("max").asDouble()).isGreaterThanOrEqualTo(spread.get("median").asDouble());
        }
        double gigabytes = json.get("memory_read_gigabytes_per_second").asDouble();
        double weights = Commands.run("inspect", model, "--json").json().get("memory").get("weight_bytes").asDouble();
        // Each run is held against the memory of its own time, which is not that of all runs: half of it, or twice.
        JsonNode decode = json.get("decode_tokens_per_second");
        assertThat(json.get("decode_share_of_memory").asDouble() * gigabytes * 1e9)
                .isBetween(decode.get("min").asDouble() * weights / 2, decode.get("max").asDouble() * weights * 2);
        assertThat(json.get("prefill_share_of_fma").asDouble()).isPositive();
        assertThat(json.get("train_share_of_fma").asDouble()).isPositive();
        assertThat(json.get("fma_gigaflops").asDouble()).isPositive();
        assertThat(json.get("threads").asInt()).isEqualTo(1);
        assertThat(json.get("formats").asString()).isEqualTo("Q8_0");
        assertThat(result.err()).contains("warming up", "run 2 of 2", "training");
    }

    @Test
    void whatWasNotMeasuredIsNotPrinted() {
        Path model = TinyModel.write(folder);
        Commands.Result result = Commands.run(
                "bench", "--model", model, "--prompt-tokens", 2, "--generate-tokens", 0, "--repeat", 1).done();
        assertThat(result.out()).contains("prefill").contains("% of FMA").doesNotContain("decode")
                .doesNotContain("train");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = ';', value = {
                "--synthetic llama-tiny; --format and --out",
                "--synthetic llama-tiny --format Q8_0; --format and --out",
                "--synthetic llama-tiny --format Q8_7 --out x; --format: expected one of",
                "--synthetic llama-tiny --format Q8_K --out x; --format: expected one of",
                "--synthetic llama-giant --format Q8_0 --out x; llama-8b",
                "--synthetic llama-tiny --format Q8_0 --out x --json; --json does nothing",
                "--synthetic llama-tiny --format Q8_0 --out x --repeat 3; --repeat does nothing",
                "--model x --synthetic llama-tiny; mutually exclusive",
                "--model x --format Q8_0; --format does nothing",
                "--model x --out y; --out does nothing",
                "--model x --prompt-tokens 0; --prompt-tokens must be 1 or more",
                "--model x --generate-tokens -1; --generate-tokens must be 0 or more",
                "--model x --repeat 0; --repeat must be 1 or more",
                "--model TINY --prompt-tokens 2048 --generate-tokens 1; context of 2048, got 2049",
                "--model TINY --prompt-tokens 1 --train-tokens 2049; --train-tokens must be at most",
                "--prompt-tokens 1; --model",
            })
    void wrongCombinationsAreRefused(String arguments, String said) {
        Path model = TinyModel.write(folder);
        Object[] words =
                Arrays.copyOf(("bench " + arguments).split(" "), arguments.split(" ").length + 1, Object[].class);
        for (int i = 0; i < words.length; i++) {
            words[i] = words[i].equals("TINY") ? model : words[i];
        }
        assertThat(Commands.run(words).wrongUsage()).contains(said);
    }
}
