package dev.vesper.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vesper.llm.Backend;
import dev.vesper.llm.ModelFile;
import dev.vesper.llm.Scorer;
import dev.vesper.tensor.Format;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import picocli.CommandLine;

/**
 * What rounding of activations, and of keys and values, costs the bundled model on the text of {@code vesper quantize
 * --compare}; its main method prints the tables of docs/rounded-activations.md.
 */
class RoundedActivationsTest {
    private static final Path MINI = Path.of("../models/vesper-mini.gguf");
    private static final PrintWriter NOWHERE = new PrintWriter(Writer.nullWriter());

    @TempDir
    private Path folder;

    private enum Mixtures {
        Q4_0,
        IQ4_NL,
        IQ4_XS,
        Q8_0,
        Q2_K,
        Q3_K_M,
        Q4_K_M,
        Q5_K_M,
        Q6_K
    }

    private static byte[] text() throws IOException {
        try (InputStream text = Objects.requireNonNull(QuantizeCommand.class.getResourceAsStream("compare.txt"))) {
            return text.readAllBytes();
        }
    }

    private static Path quantized(Path model, Path folder, Mixtures mixture) {
        Path target = folder.resolve(mixture + ".gguf");
        int status = new CommandLine(new QuantizeCommand())
                .setOut(NOWHERE)
                .setErr(NOWHERE)
                .execute(model.toString(), target.toString(), "--format", mixture.name(), "--requantize", "--force");
        assertThat(status).as("quantizing to %s", mixture).isZero();
        return target;
    }

    private static Divergence.Result rounding(Path model) throws IOException {
        try (ModelFile file = ModelFile.open(model);
                Backend exact = Backend.of("x86-f32", 2);
                Backend rounded = Backend.of("x86", 2)) {
            Scorer before = new Scorer(file.model(), exact);
            return Divergence.measure(file, before, new Scorer(file.model(), rounded), text(), NOWHERE);
        }
    }

    private static Divergence.Result quantizing(Path original, Path model) throws IOException {
        try (ModelFile before = ModelFile.open(original);
                ModelFile after = ModelFile.open(model);
                Backend backend = Backend.of("auto", 2)) {
            return Divergence.measure(before, after, text(), backend, NOWHERE);
        }
    }

    private static Divergence.Result caching(Path model, Format format) throws IOException {
        try (ModelFile file = ModelFile.open(model);
                Backend backend = Backend.of("auto", 2)) {
            Scorer before = new Scorer(file.model(), backend);
            return Divergence.measure(file, before, new Scorer(file.model(), backend, format), text(), NOWHERE);
        }
    }

    private static boolean rounds() {
        try (Backend backend = Backend.of("auto", 1)) {
            return backend.describe().contains("VNNI");
        }
    }

    /** Sixteen bits are 256 times as fine as eight: a thousandth of what the least loss of a format is, or nothing at all. */
    @ParameterizedTest
    @EnumSource(Mixtures.class)
    void roundingCostsAThousandthOfTheFormat(Mixtures mixture) throws IOException {
        Assumptions.assumeTrue(rounds(), "no AVX-512 VNNI here");
        Path model = quantized(MINI, folder, mixture);
        Divergence.Result rounding = rounding(model);
        assertThat(rounding.meanDivergence()).isLessThan(1e-6);
        assertThat(rounding.sameChoice()).isGreaterThan(0.998);
        if (mixture != Mixtures.Q8_0) {
            // the bundled model is in Q8_0 itself
            assertThat(rounding.meanDivergence())
                    .isLessThan(quantizing(MINI, model).meanDivergence() / 1000);
        }
    }

    @Test
    void keysAndValuesInHalfPrecisionCostLessThanInEightBits() throws IOException {
        double halves = caching(MINI, Format.F16).meanDivergence();
        double eightBits = caching(MINI, Format.Q8_0).meanDivergence();
        assertThat(halves).isLessThan(1e-5);
        assertThat(eightBits).isBetween(halves, 1e-2);
    }

    /** Prints the tables. */
    static void main(String[] arguments) throws IOException {
        Path model = Path.of(arguments[0]);
        Path folder = Files.createTempDirectory("rounded");
        System.out.println("| format | of the format | of rounding | largest | same choice |\n|---|---|---|---|---|");
        for (Mixtures mixture : Mixtures.values()) {
            Path target = quantized(model, folder, mixture);
            Divergence.Result rounding = rounding(target);
            System.out.printf("| %s | %.1e | %.1e | %.1e | %.2f %% |%n", mixture,
                    quantizing(model, target).meanDivergence(), rounding.meanDivergence(),
                    rounding.largestDivergence(), 100 * rounding.sameChoice());
            Files.delete(target);
        }
        Files.delete(folder);
        System.out.println("| cache | mean | largest | same choice |\n|---|---|---|---|");
        for (Format format : new Format[] {Format.F16, Format.Q8_0}) {
            Divergence.Result caching = caching(model, format);
            System.out.printf("| %s | %.1e | %.1e | %.2f %% |%n", format, caching.meanDivergence(),
                    caching.largestDivergence(), 100 * caching.sameChoice());
        }
    }
}
