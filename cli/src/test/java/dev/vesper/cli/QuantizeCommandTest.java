package dev.vesper.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.vesper.llm.arch.SyntheticModel;
import dev.vesper.llm.file.Gguf;
import dev.vesper.llm.file.GgufWriter;
import dev.vesper.llm.file.Metadata;
import dev.vesper.llm.file.TensorInfo;
import dev.vesper.tensor.Format;
import dev.vesper.tensor.quant.Codecs;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The command as it is typed, on a small synthetic model. */
class QuantizeCommandTest {
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @TempDir
    private Path folder;

    private Path model = Path.of("");

    @BeforeEach
    void writeModel() {
        model = folder.resolve("in.gguf");
        SyntheticModel.LLAMA_TINY.write(model, Format.F16);
    }

    @Test
    void aMixtureIsWrittenAndComparedWithTheOriginal() throws IOException {
        Path text = Files.writeString(folder.resolve("text.txt"), "The evening star. ".repeat(12));
        assertThat(quantize("--format", "q4_k_m", "--text", text.toString(), "--json")).as(err.toString()).isZero();
        JsonNode report = JsonMapper.shared().readTree(out.toString());
        assertThat(report.get("bytes_before").asLong()).isEqualTo(Files.size(model));
        assertThat(report.get("bytes_after").asLong()).isEqualTo(Files.size(target()));
        JsonNode comparison = report.get("comparison");
        assertThat(comparison.get("mean_divergence").asDouble()).isBetween(1e-6, 0.1);
        assertThat(comparison.get("perplexity_after").asDouble() / comparison.get("perplexity_before").asDouble())
                .isBetween(0.8, 1.25);
        assertThat(comparison.get("same_choice").asDouble()).isBetween(0.5, 1.0);
        for (JsonNode tensor : report.get("tensors")) {
            boolean changed = !tensor.get("from").asString().equals(tensor.get("to").asString());
            assertThat(tensor.get("relative_error").asDouble()).isBetween(changed ? 0.005 : 0, changed ? 0.09 : 0);
        }
        try (Gguf file = Gguf.open(target());
                Gguf original = Gguf.open(model)) {
            assertThat(file.metadata().requiredInteger("general.file_type")).isEqualTo(15);
            assertThat(file.metadata().requiredInteger("general.quantization_version")).isEqualTo(2);
            assertThat(file.metadata().keys()).containsAll(original.metadata().keys());
            assertThat(file.tensors().keySet()).containsExactlyElementsOf(original.tensors().keySet());
            assertThat(file.tensors().get("token_embd.weight").format()).isEqualTo(Format.Q6_K);
            assertThat(file.tensors().get("blk.0.attn_norm.weight").format()).isEqualTo(Format.F32);
            assertThat(file.tensors().get("blk.0.attn_q.weight").format()).isEqualTo(Format.Q4_K);
            assertThat(file.tensors().get("blk.3.ffn_down.weight").format()).isEqualTo(Format.Q6_K);
        }
    }

    /** Files of llama-quantize: the formats it chose. */
    @ParameterizedTest
    @CsvSource({"quant-llama-Q2_K,Q2_K", "quant-llama-Q3_K_M,Q3_K_M", "quant-llama-Q4_K_M,Q4_K_M",
        "quant-llama-Q5_K_M,Q5_K_M", "quant-llama-Q6_K,Q6_K", "quant-llama-1l-Q8_0,Q8_0"})
    void mixturesAreThoseOfLlamaCpp(String name, String mixture) {
        Path fixtures = Path.of(System.getProperty("vesper.fixtures", "../../shared/fixtures"));
        assumeTrue(Files.isDirectory(fixtures), "no third-party fixtures in " + fixtures.toAbsolutePath());
        try (Gguf file = Gguf.open(fixtures.resolve("architectures/quant/" + name + ".gguf"))) {
            FormatPlan plan = FormatPlan.of(file, Mixture.named(mixture), Optional.empty());
            for (TensorInfo tensor : file.tensors().values()) {
                assertThat(plan.of(tensor).format()).as(tensor.name()).isEqualTo(tensor.format());
            }
            assertThat(file.metadata().requiredInteger("general.file_type"))
                    .isEqualTo(Mixture.named(mixture).fileType());
        }
    }

    @Test
    void theBytesDoNotDependOnTheThreads() throws IOException {
        assertThat(quantize("--format", "Q3_K_M", "--threads", "1")).isZero();
        byte[] alone = Files.readAllBytes(target());
        assertThat(quantize("--format", "Q3_K_M", "--threads", "3", "--force")).isZero();
        assertThat(Files.readAllBytes(target())).isEqualTo(alone);
    }

    @Test
    void aTextThatComesWithVesperIsThereToCompareOn() {
        assertThat(quantize("--format", "Q4_0", "--compare")).as(err.toString()).isZero();
        assertThat(out.toString()).containsPattern("perplexity +\\d");
    }

    @Test
    void theOutputCanBeKeptLarger() {
        assertThat(quantize("--format", "Q4_0", "--keep-output", "Q8_0")).as(err.toString()).isZero();
        try (Gguf file = Gguf.open(target())) {
            assertThat(file.tensors().get("token_embd.weight").format()).isEqualTo(Format.Q8_0);
            assertThat(file.tensors().get("blk.0.attn_v.weight").format()).isEqualTo(Format.Q4_0);
        }
        assertThat(out.toString()).contains("blk.0.attn_v.weight", "F16  -> Q4_0", "bits for each of");
    }

    @Test
    void rowsThatAreNotWholeBlocksGetSmallerOnesAndTheReportSaysSo() {
        writeMatrix(96, 4, 1);
        assertThat(quantize("--format", "Q4_K")).as(err.toString()).isZero();
        assertThat(out.toString()).contains("F32  -> Q5_0", "(rows of 96 are not whole Q4_K blocks of 256)");
        writeMatrix(80, 4, 1);
        assertThat(quantize("--format", "Q4_K", "--force")).isZero();
        assertThat(out.toString()).contains("F32  -> F16", "(rows of 80 are not whole Q4_K blocks of 256)");
    }

    @Test
    void importanceLowersTheErrorWhereItMatters() {
        writeMatrix(256, 64, 1);
        Path plain = folder.resolve("plain.gguf");
        assertThat(execute("quantize", model.toString(), plain.toString(), "--format", "Q3_K")).isZero();
        float[] sums = new float[256];
        for (int i = 0; i < sums.length; i++) {
            sums[i] = i % 16 == 0 ? 1000 : 10;
        }
        Path importance = importance(sums, 10);
        assertThat(quantize("--format", "Q3_K", "--importance", importance.toString())).as(err.toString()).isZero();
        assertThat(squaresOfImportant(target())).isLessThan(0.8 * squaresOfImportant(plain));
    }

    @Test
    void importanceThatDoesNotFitIsRefused() throws IOException {
        writeMatrix(256, 4, 1);
        assertThat(quantize("--format", "Q3_K", "--importance", importance(new float[128], 1).toString()))
                .isEqualTo(Vesper.FAILED);
        assertThat(err.toString()).contains("tensor blk.0.ffn_up.weight: importance of 128 inputs, expected 256");
        assertThat(target()).doesNotExist();
        Path old = Files.write(folder.resolve("imatrix.dat"), new byte[100]);
        assertThat(quantize("--format", "Q3_K", "--importance", old.toString())).isEqualTo(Vesper.FAILED);
        assertThat(err.toString()).contains("imatrix.dat", "GGUF", ".dat format");
    }

    @Test
    void whatIsQuantizedAlreadyIsRefused() {
        assertThat(quantize("--format", "Q8_0")).isZero();
        Path again = folder.resolve("again.gguf");
        assertThat(execute("quantize", target().toString(), again.toString(), "--format", "Q4_0"))
                .isEqualTo(Vesper.FAILED);
        assertThat(err.toString()).contains("quantized already", "token_embd.weight is in Q8_0", "--requantize");
        assertThat(again).doesNotExist();
        assertThat(execute("quantize", target().toString(), again.toString(), "--format", "Q4_0", "--requantize"))
                .isZero();
        assertThat(again).exists();
    }

    @Test
    void refusesUnknownFormatsTheSameFileAndOneThatIsThere() {
        assertThat(quantize("--format", "Q4_X")).isEqualTo(Vesper.FAILED);
        assertThat(err.toString()).contains("cannot quantize to \"Q4_X\"; there are F32, F16", "Q4_K_M");
        assertThat(execute("quantize", model.toString(), model.toString(), "--format", "Q8_0", "--force"))
                .isEqualTo(Vesper.FAILED);
        assertThat(err.toString()).contains("is the model itself");
        assertThat(quantize("--format", "Q8_0")).isZero();
        assertThat(quantize("--format", "Q8_0")).isEqualTo(Vesper.FAILED);
        assertThat(err.toString()).contains("is there already; --force replaces it");
    }

    @Test
    void aValueThatIsNotFiniteIsRefusedWithItsPlace() {
        writeMatrix(256, 4, Float.NaN);
        assertThat(quantize("--format", "Q4_K")).isEqualTo(Vesper.FAILED);
        assertThat(err.toString()).contains("tensor blk.0.ffn_up.weight, row 2: element 5 is NaN");
        assertThat(target()).doesNotExist();
    }

    private Path target() {
        return folder.resolve("out.gguf");
    }

    private int quantize(String... options) {
        List<String> arguments = new ArrayList<>(List.of("quantize", model.toString(), target().toString()));
        arguments.addAll(List.of(options));
        return execute(arguments.toArray(String[]::new));
    }

    private int execute(String... arguments) {
        CommandLine commandLine = Vesper.commandLine();
        return commandLine
                .setOut(new PrintWriter(out, true))
                .setErr(new PrintWriter(err, true))
                .execute(arguments);
    }

    /** A model of one matrix in F32, whose element 5 of row 2 is times {@code factor}. */
    private void writeMatrix(int columns, int rows, float factor) {
        Metadata metadata = Metadata.builder(model).string("general.architecture", "llama").build();
        new GgufWriter(metadata)
                .tensor("blk.0.ffn_up.weight", Format.F32, List.of((long) columns, (long) rows), (row, destination) -> {
                    float[] values = new float[columns];
                    java.util.Random random = new java.util.Random(row);
                    for (int i = 0; i < columns; i++) {
                        values[i] = (float) random.nextGaussian();
                    }
                    values[5] *= row == 2 ? factor : 1;
                    Codecs.of(Format.F32).encode(values, 0, columns, destination, 0);
                })
                .write(model);
    }

    private Path importance(float[] sums, float count) {
        Path path = folder.resolve("importance.gguf");
        new GgufWriter(Metadata.builder(path).string("general.type", "imatrix").build())
                .tensor("blk.0.ffn_up.weight.in_sum2", Format.F32, List.of((long) sums.length, 1L),
                        (row, destination) -> Codecs
                                .of(Format.F32)
                                .encode(sums, 0, sums.length, destination, 0))
                .tensor("blk.0.ffn_up.weight.counts", Format.F32, List.of(1L, 1L), (row, destination) -> Codecs
                        .of(Format.F32)
                        .encode(new float[] {count}, 0, 1, destination, 0))
                .write(path);
        return path;
    }

    private double squaresOfImportant(Path path) {
        try (Gguf before = Gguf.open(model);
                Gguf after = Gguf.open(path)) {
            float[] x = floats(before);
            float[] y = floats(after);
            double sum = 0;
            for (int i = 0; i < x.length; i += 16) {
                sum += (double) (x[i] - y[i]) * (x[i] - y[i]);
            }
            return sum;
        }
    }

    private static float[] floats(Gguf file) {
        var weight = file.weight("blk.0.ffn_up.weight").orElseThrow();
        float[] values = new float[weight.rows() * weight.columns()];
        Codecs.of(weight.format()).decode(weight.data(), 0, values, 0, values.length);
        return values;
    }
}
