package dev.vesper.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.vesper.tensor.Format;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/** Adapters merged, converted and shown as they are typed. */
class AdapterCommandTest {
    @TempDir
    private static Path folder;

    private static Path model = Path.of("");
    private static Path letters = Path.of("");
    private static Path jokes = Path.of("");

    @BeforeAll
    static void write() {
        model = TinyAdapters.model(folder, Format.Q8_0);
        letters = TinyAdapters.write(model, folder.resolve("letters"), 1, 0.05);
        jokes = TinyAdapters.write(model, folder.resolve("jokes.gguf"), 2, 0.05);
    }

    @Test
    void mergedTheyDoWhatTheyDoTogether() throws IOException {
        Path both = folder.resolve("both");
        JsonNode report =
                Commands.run("adapter", "merge", letters + "=0.7", jokes + "=0.3", "--out", both, "--json").json();
        assertThat(report.get("rank").asInt()).isEqualTo(2 * TinyAdapters.RANK);
        assertThat(report.get("loss").asDouble()).isLessThan(1e-7);
        assertThat(report.get("verified").get("largest").asDouble()).isLessThan(1e-3);
        Path text = Files.writeString(folder.resolve("text.txt"), "w300 w400 w301 ".repeat(20));
        double together = score(text, "--adapter", letters + "=0.7", "--adapter", jokes + "=0.3");
        assertThat(score(text, "--adapter", both)).isEqualTo(together, within(1e-4));
        assertThat(score(text, "--adapter", letters)).isNotCloseTo(together, within(1e-3));
        assertThat(score(text, "--adapter", both + "=0")).isEqualTo(score(text));
    }

    private static double score(Path text, Object... adapters) {
        Object[] arguments = new Object[adapters.length + 6];
        System.arraycopy(new Object[] {"score", "--model", model, "--file", text, "--json"}, 0, arguments, 0, 6);
        System.arraycopy(adapters, 0, arguments, 6, adapters.length);
        return Commands.run(arguments).json().get("mean_negative_log_likelihood").asDouble();
    }

    @Test
    void aLowerRankSaysWhatItCosts() {
        Path small = folder.resolve("small.gguf");
        String out = Commands.run(
                "adapter", "merge", letters, jokes, "--out", small, "--rank", 3, "--model", model).done().out();
        assertThat(out).containsPattern("blk\\.0\\.attn_q +lost 0\\.\\d+ of the change")
                .contains("2 adapters in one of rank 3, which loses", "read back: logits of 16 positions differ by");
        JsonNode one = Commands.run("adapter", "merge", letters, "--out", small, "--replace", "--rank", 3, "--json")
                .json();
        JsonNode two = Commands.run("adapter", "merge", letters, letters, "--out", small, "--replace", "--rank",
                TinyAdapters.RANK, "--json").json();
        assertThat(one.get("loss").asDouble()).isBetween(0.1, 0.7);
        assertThat(one.get("layer_losses")).hasSize(12);
        assertThat(two.get("loss").asDouble()).as("twice the same has no higher rank").isLessThan(1e-6);
    }

    @Test
    void convertedThereAndBackNoBitIsChanged() {
        Path there = folder.resolve("there.gguf");
        Path back = folder.resolve("back");
        JsonNode report =
                Commands.run("adapter", "convert", letters, there, "--model", model, "--json").json();
        assertThat(report.get("from").asString()).isEqualTo("PEFT");
        assertThat(report.get("to").asString()).isEqualTo("GGUF");
        assertThat(report.get("verified").get("largest").asDouble()).isZero();
        String out = Commands.run("adapter", "convert", there, back, "--model", model).done().out();
        assertThat(out).contains("GGUF to PEFT, 12 layers of rank 4", "differ by 0.00 at most");
        assertThat(back.resolve("adapter_model.safetensors"))
                .hasSameBinaryContentAs(letters.resolve("adapter_model.safetensors"));
        assertThat(back.resolve("adapter_config.json")).hasSameBinaryContentAs(letters.resolve("adapter_config.json"));
    }

    @Test
    void aGgufAdapterCanBeUsedWhereAFolderCan() {
        Path file = folder.resolve("used.gguf");
        Commands.run("adapter", "convert", letters, file, "--model", model).done();
        String[] texts = new String[3];
        Object[] adapters = {letters, file, file + "=0"};
        for (int i = 0; i < texts.length; i++) {
            texts[i] = Commands.run("complete", "--model", model, "--adapter", adapters[i], "--prompt", "w300",
                    "--max-tokens", 12, "--temperature", 0, "--ignore-end").done().out();
        }
        assertThat(texts[1]).isEqualTo(texts[0]).isNotEqualTo(texts[2]);
    }

    @Test
    void whatIsInItIsShown() {
        assertThat(Commands.run("adapter", "show", letters).done().out())
                .contains("PEFT's form", "made for " + model, "rank 4, alpha 8.0", "count 2.000 times")
                .containsPattern("blk\\.3\\.ffn_down +F32 +768 -> 256 +change of norm");
        JsonNode report = Commands.run("adapter", "show", jokes, "--json").json();
        assertThat(report.get("form").asString()).isEqualTo("GGUF");
        assertThat(report.get("architecture").asString()).isEqualTo("llama");
        assertThat(report.get("layers")).hasSize(12);
        assertThat(report.get("parameters").asLong()).isEqualTo(4L * 4 * (512 + 384 + 1024));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|', value = {
                "adapter | merge ADAPTER",
                "adapter turn | turn",
                "adapter merge --out x | ADAPTER",
                "adapter merge a | --out",
                "adapter convert a | OUT",
                "adapter convert a b | --model",
                "adapter merge a --out b --rank x | --rank",
                "adapter show | ADAPTER",
            })
    void wrongUsageIsSaid(String arguments, String named) {
        assertThat(Commands.run((Object[]) arguments.split(" ")).wrongUsage()).contains(named);
    }

    @Test
    void whatCannotBeIsRefused() throws IOException {
        Path out = folder.resolve("refused");
        assertThat(Commands.run("adapter", "merge", letters, jokes, "--out", out, "--rank", 8).failure())
                .contains("rank must be 1 to 7", "got 8");
        assertThat(Commands.run("adapter", "merge", letters, folder.resolve("none"), "--out", out).failure())
                .contains("none", "no such file");
        Path other = TinyAdapters.other(folder);
        assertThat(Commands.run("adapter", "merge", letters, other, "--out", out).failure())
                .contains("other.gguf", "maps 256 to 128, but the adapter's change maps 40 to 128");
        assertThat(Commands.run("adapter", "merge", other, "--out", out).failure())
                .contains("other.gguf", "the model that it is for", "--model");
        assertThat(Commands.run("adapter", "convert", model, out, "--model", model).failure())
                .contains("general.type", "is this an adapter?");
        assertThat(Commands.run("adapter", "show", folder).failure()).contains("adapter_config.json", "no such file");
        assertThat(out).doesNotExist();
        assertThat(Commands.run("adapter", "convert", jokes, letters, "--model", model).failure())
                .contains("letters is there already; --replace replaces it");
        Path full = Files.createDirectory(folder.resolve("full"));
        Files.writeString(full.resolve("diary.txt"), "mine");
        assertThat(Commands.run("adapter", "convert", jokes, full, "--model", model, "--replace").failure())
                .contains("something else than an adapter");
        assertThat(Commands.run("adapter", "convert", letters, full, "--model", model, "--replace").failure())
                .contains("expected no such path, or a file, found a folder");
        assertThat(full.resolve("diary.txt")).hasContent("mine");
    }
}
