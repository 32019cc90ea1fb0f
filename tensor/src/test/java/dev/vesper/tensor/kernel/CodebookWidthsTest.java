package dev.vesper.tensor.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vesper.tensor.Format;
import dev.vesper.tensor.kernel.Samples.Fill;
import dev.vesper.tensor.quant.CodebookFile;
import dev.vesper.tensor.quant.Codebooks;
import dev.vesper.tensor.quant.Codecs;
import dev.vesper.tensor.quant.SyntheticCodebooks;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What other tests ask of kernels in every format, of those that refer to a codebook: with random ones, in a process of
 * its own, which finds them as any does.
 */
class CodebookWidthsTest {
    private static final String DONE = "seven formats done";

    @TempDir
    private Path folder;

    @Test
    void kernelsKeepTheirPromisesInFormatsWithCodebooks() throws IOException, InterruptedException {
        Path file = folder.resolve("codebooks.bin");
        Files.write(file, CodebookFile.bytes(SyntheticCodebooks.all()));
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(), "--add-modules",
                "jdk.incubator.vector", "-cp", System.getProperty("java.class.path")));
        String bits = System.getProperty(VectorWidth.PROPERTY);
        if (bits != null) {
            command.add("-D" + VectorWidth.PROPERTY + "=" + bits);
        }
        command.add(CodebookWidthsTest.class.getName());
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
        builder.environment().put(CodebookFile.VARIABLE, file.toString());
        Process process = builder.start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as("exit status, having printed %s", output).isZero();
        assertThat(output).contains(DONE);
    }

    /** The checks, in the process that has the codebooks. */
    public static void main(String[] arguments) {
        List<Format> formats = Stream.of(Format.values())
                .filter(format -> Codebooks.tableOf(format).isPresent())
                .toList();
        assertThat(formats).hasSize(7).allMatch(Codecs::supports);
        var multiply = new MultiplyWidthsTest();
        for (Format format : formats) {
            assertThat(WeightReader.of(format)).isInstanceOf(LatticeVector.class);
            for (Fill fill : Fill.values()) {
                multiply.unpackGivesTheFloatsOfTheCodec(format, fill);
            }
            // Any bytes will do, and encoding as many weights takes minutes.
            multiply.multiply(format, Fill.EXTREME);
            multiply.multiplyInputGradient(format, Fill.EXTREME);
        }
        // The loops are the same for all of them.
        new IndependenceWidthsTest().anySplitOfRowsAndColumnsGivesTheSameBits(Format.IQ2_XXS);
        System.out.println(DONE);
    }
}
