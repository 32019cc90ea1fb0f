package dev.vesper.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.vesper.llm.file.Gguf;
import dev.vesper.llm.file.TensorInfo;
import dev.vesper.llm.lora.LayerDelta;
import dev.vesper.llm.lora.WeightedAdapter;
import dev.vesper.llm.ModelFile;
import dev.vesper.tensor.Format;
import dev.vesper.tensor.Weight;
import dev.vesper.tensor.quant.Codecs;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;

/** Merged is unmerged within the step of the format, nothing else of the file changes, and the report tells what was lost. */
class MergeCommandTest {
    @TempDir
    private static Path folder;

    private static Path model = Path.of("");
    private static Path adapter = Path.of("");

    @BeforeAll
    static void write() {
        model = TinyAdapters.model(folder, Format.F16);
        adapter = TinyAdapters.write(model, folder.resolve("letters"), 1, 0.02);
    }

    @ParameterizedTest
    @CsvSource({"F32, 1e-7, 1e-5", "F16, 5e-4, 1e-2", "BF16, 4e-3, 1e-1", "Q8_0, 0, 1e-1"})
    void mergedIsUnmergedWithinTheStepOfTheFormat(Format format, double step, double logits) {
        Path out = folder.resolve("merged-" + format + ".gguf");
        JsonNode report = Commands.run("merge", "--model", model, "--adapter", adapter + "=0.5", "--out", out,
                "--format", format, "--json").json();
        try (ModelFile file = ModelFile.open(model); Gguf merged = Gguf.open(out)) {
            List<WeightedAdapter> parts = List.of(new WeightedAdapter(file.readAdapter(adapter), 0.5));
            int changed = 0;
            for (TensorInfo tensor : file.checkpoint().tensors().values()) {
                Weight before = file.checkpoint().weight(tensor.name()).orElseThrow();
                Weight after = merged.weight(tensor.name()).orElseThrow();
                String layer = tensor.name().replace(".weight", "");
                if (parts.getFirst().adapter().changes().containsKey(layer)) {
                    assertThat(after.format()).isEqualTo(format);
                    assertWithinStep(before, LayerDelta.of(parts, layer), after, step);
                    changed++;
                } else if (tensor.rows() == 1 || format == Format.F16) {
                    assertThat(after.data().mismatch(before.data())).as(tensor.name()).isEqualTo(-1);
                }
            }
            assertThat(changed).isEqualTo(12);
            assertThat(report.get("tensors")).hasSize(changed);
            assertThat(merged.metadata().keys()).containsAll(file.checkpoint().metadata().keys());
            assertThat(merged.metadata().string("general.name"))
                    .isEqualTo(file.checkpoint().metadata().string("general.name"));
        }
        // the step of Q8_0 is 0.00085 here and its rounding 0.00025 in the mean, against a change of 0.0008
        double least = format == Format.F32 ? 0.9999999 : format == Format.Q8_0 ? 0.95 : 0.99;
        assertThat(report.get("cosine").asDouble()).isBetween(least, 1.0);
        JsonNode verified = report.get("verified");
        assertThat(verified.get("largest").asDouble()).isLessThan(logits * verified.get("largest_logit").asDouble());
    }

    /** @param step half of one, relative to the value; 0 for Q8_0, whose steps are those of its blocks */
    private static void assertWithinStep(Weight before, LayerDelta delta, Weight after, double step) {
        double[] change = new double[before.columns()];
        float[] old = new float[before.columns()];
        float[] now = new float[before.columns()];
        for (int row = 0; row < before.rows(); row++) {
            delta.row(row, change);
            Codecs.of(before.format()).decode(before.data(), row * before.rowBytes(), old, 0, old.length);
            Codecs.of(after.format()).decode(after.data(), row * after.rowBytes(), now, 0, now.length);
            for (int c = 0; c < now.length; c++) {
                double wanted = old[c] + change[c];
                double allowed = step > 0 ? step * Math.abs(wanted) + 1e-7 : blockStep(old, change, c);
                assertThat((double) now[c]).isEqualTo(wanted, within(allowed));
            }
        }
    }

    /** Half of the step of a block of 32, and what the rounding of its scale to float16 adds. */
    private static double blockStep(float[] old, double[] change, int column) {
        double largest = 0;
        for (int c = column / 32 * 32; c < column / 32 * 32 + 32; c++) {
            largest = Math.max(largest, Math.abs(old[c] + change[c]));
        }
        return largest / 127 * 0.5 + largest * 0x1p-11 + 1e-7;
    }

    @Test
    void byDefaultEachMatrixKeepsItsFormat() throws IOException {
        Path out = folder.resolve("own.gguf");
        Path data = Files.writeString(folder.resolve("held-out.txt"), "w300 w301 w302. ".repeat(40));
        Commands.Result result =
                Commands.run("merge", "--model", model, "--adapter", adapter, "--out", out, "--data", data).done();
        assertThat(result.out())
                .contains("blk.0.attn_q.weight", "F16  -> F16", "own.gguf: 12 tensors changed", "cosine",
                        "read back: logits of 16 positions differ by", "loss on " + data, "with adapters", "by merging");
        try (Gguf before = Gguf.open(model); Gguf after = Gguf.open(out)) {
            for (TensorInfo tensor : before.tensors().values()) {
                assertThat(after.tensors().get(tensor.name()).format()).isEqualTo(tensor.format());
            }
            assertThat(after.metadata().all()).isEqualTo(before.metadata().all());
        }
        JsonNode losses = Commands.run("merge", "--model", model, "--adapter", adapter, "--out", out, "--data", data,
                "--replace", "--json").json().get("losses");
        assertThat(losses.get("adapted").asDouble()).isNotEqualTo(losses.get("base").asDouble());
        assertThat(losses.get("merged").asDouble()).isEqualTo(losses.get("adapted").asDouble(), within(0.05));
    }

    @Test
    void theBytesDoNotDependOnTheThreads() {
        Path one = folder.resolve("one.gguf");
        Path three = folder.resolve("three.gguf");
        Commands.run("merge", "--model", model, "--adapter", adapter, "--out", one, "--format", "Q8_0", "--threads", 1)
                .done();
        Commands.run("merge", "--model", model, "--adapter", adapter, "--out", three, "--format", "Q8_0", "--threads",
                3).done();
        assertThat(three).hasSameBinaryContentAs(one);
    }

    @Test
    void anAdapterOfNothingLeavesTheBaseBitForBit() {
        Path out = folder.resolve("nothing.gguf");
        JsonNode report =
                Commands.run("merge", "--model", model, "--adapter", adapter + "=0", "--out", out, "--json").json();
        assertThat(out).hasSameBinaryContentAs(model);
        assertThat(report.get("cosine").asDouble()).isEqualTo(1);
        assertThat(report.get("verified").get("largest").asDouble()).isZero();
    }

    /** Most of a small change disappears between two grids of 4 bits: the command says so, and the cosine shows it. */
    @Test
    void fourBitsIntoFourBitsIsRefusedUnlessForced() {
        Path coarse = folder.resolve("coarse.gguf");
        Commands.run("quantize", model, coarse, "--format", "Q4_0", "--force").done();
        Path out = folder.resolve("coarse-merged.gguf");
        assertThat(Commands.run("merge", "--model", coarse, "--adapter", adapter, "--out", out).failure())
                .contains("blk.0.attn_q.weight is in Q4_0", "--format", "Q8_0");
        assertThat(Commands.run("merge", "--model", coarse, "--adapter", adapter, "--out", out, "--format", "Q4_K_M")
                .failure()).contains("blk.0.attn_q.weight is in Q4_0", "would be in Q4_K", "--force");
        assertThat(out).doesNotExist();
        double forced = Commands.run("merge", "--model", coarse, "--adapter", adapter + "=0.05", "--out", out,
                "--format", "Q4_0", "--force", "--json").json().get("cosine").asDouble();
        double fine = Commands.run("merge", "--model", coarse, "--adapter", adapter + "=0.05", "--out", out,
                "--format", "F16", "--replace", "--json").json().get("cosine").asDouble();
        assertThat(forced).isLessThan(0.7);
        assertThat(fine).isGreaterThan(0.99);
    }

    @Test
    void whatCannotBeIsRefusedAndNothingIsWritten() throws IOException {
        Path out = folder.resolve("refused.gguf");
        assertThat(Commands.run("merge", "--model", model, "--adapter", folder.resolve("none"), "--out", out).failure())
                .contains("none", "no such file");
        assertThat(Commands.run("merge", "--model", model, "--adapter", adapter, "--out", model, "--replace").failure())
                .contains("is the model itself");
        assertThat(Commands.run("merge", "--model", model, "--adapter", adapter, "--out", out, "--format", "Q9")
                .failure()).contains("Q9", "Q4_K_M");
        assertThat(Commands.run("merge", "--model", model, "--adapter", adapter + "=1e9", "--out", out).failure())
                .contains("tensor blk.0.attn_q.weight, row 0: column 0", "beyond what the format holds");
        Path empty = Files.writeString(folder.resolve("empty.txt"), "");
        assertThat(Commands.run("merge", "--model", model, "--adapter", adapter, "--out", out, "--data", empty)
                .failure()).contains("empty.txt: nothing to measure");
        Path data = Files.writeString(folder.resolve("one.jsonl"), "{\"messages\": 3}\n");
        assertThat(Commands.run("merge", "--model", model, "--adapter", adapter, "--out", out, "--data", data)
                .failure()).contains("one.jsonl");
        assertThat(Commands.run("merge", "--model", model, "--adapter", adapter + "=much", "--out", out).wrongUsage())
                .contains("--adapter", "number for the weight", "much");
        assertThat(out).doesNotExist();
        Files.writeString(out, "x");
        assertThat(Commands.run("merge", "--model", model, "--adapter", adapter, "--out", out).failure())
                .contains("is there already; --replace replaces it");
        Path other = TinyAdapters.other(folder);
        assertThat(Commands.run("merge", "--model", model, "--adapter", other, "--out", out, "--replace").failure())
                .contains("blk.0.attn_v maps 256 to 128, but the adapter's change maps 40 to 128");
        assertThat(out).hasContent("x");
    }
}
