package dev.vesper.tensor.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.vesper.tensor.Format;
import dev.vesper.tensor.quant.Codecs;
import dev.vesper.tensor.x86.IntegerCode;
import dev.vesper.tensor.x86.MachineCode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class KernelChoiceTest {

    /** What a JVM of its own prints, to start one with and without the module. */
    public static void main(String[] arguments) {
        try {
            KernelChoice choice = KernelChoice.of(arguments[0]);
            System.out.println(choice.kernels().description() + ": " + choice.reason());
        } catch (IllegalStateException | IllegalArgumentException e) {
            System.out.println("refused: " + e.getMessage());
        }
    }

    @Test
    void withoutTheModuleAutoIsScalarAndSaysWhy() throws IOException, InterruptedException {
        assertThat(run("auto"))
                .startsWith("scalar: the module jdk.incubator.vector is not there")
                .contains("--add-modules");
    }

    @Test
    void withoutTheModuleVectorIsRefused() throws IOException, InterruptedException {
        assertThat(run("vector")).startsWith("refused: vector kernels need the module jdk.incubator.vector");
    }

    @Test
    void withTheModuleAutoIsVector() throws IOException, InterruptedException {
        assertThat(run("auto", "--add-modules", "jdk.incubator.vector", "-Dvesper.vector.bits=256"))
                .startsWith("vector 256-bit: vectors have 256 bits, and machine code goes with 512");
    }

    @Test
    void withNativeAccessAutoIsMachineCodeIfTheProcessorHasIt() throws IOException, InterruptedException {
        String[] flags = {"--add-modules", "jdk.incubator.vector", "--enable-native-access=ALL-UNNAMED"};
        boolean has = MachineCode.obstacle().isEmpty() && VectorKernels.bits() == 512;
        String name = has && IntegerCode.isThere() ? "x86 AVX-512 VNNI machine code" : "x86 AVX-512 machine code";
        String refused = "refused: x86 kernels cannot run (vector";
        assertThat(run("auto", flags)).startsWith(has ? name + ": the fastest" : "vector");
        assertThat(run("x86", flags)).startsWith(has ? name + ": as asked" : refused);
        assertThat(run("x86-f32", flags)).startsWith(has ? "x86 AVX-512 machine code: as asked" : refused);
    }

    @Test
    void withoutNativeAccessAutoIsVectorAndSaysWhy() throws IOException, InterruptedException {
        assumeTrue(MachineCode.obstacle().isEmpty() && VectorKernels.bits() == 512, "no machine code here");
        String[] flags = {"--add-modules", "jdk.incubator.vector"};
        assertThat(run("auto", flags))
                .startsWith("vector 512-bit: machine code needs the option --enable-native-access=ALL-UNNAMED");
        assertThat(run("x86", flags)).startsWith("refused: x86 kernels cannot run (vector 512-bit kernels can): ");
    }

    @Test
    void machineCodeIsNotMixedWithNarrowerVectors() throws IOException, InterruptedException {
        String[] flags = {
            "--add-modules", "jdk.incubator.vector", "--enable-native-access=ALL-UNNAMED", "-Dvesper.vector.bits=256"
        };
        assertThat(run("x86", flags))
                .startsWith("refused: x86 kernels cannot run (vector 256-bit kernels can): vectors have 256 bits");
    }

    @Test
    void refusesAWidthThatIsNone() throws IOException, InterruptedException {
        assertThat(run("auto", "--add-modules", "jdk.incubator.vector", "-Dvesper.vector.bits=100"))
                .startsWith("refused: system property vesper.vector.bits must be 128, 256 or 512, got \"100\"");
    }

    @Test
    void refusesAnUnknownName() {
        assertThatThrownBy(() -> KernelChoice.of("gpu"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("kernels must be one of auto, scalar, vector, x86, x86-f32; got \"gpu\"");
        assertThat(KernelChoice.of("scalar").kernels()).isInstanceOf(ScalarKernels.class);
    }

    @Test
    void saysWhichFormatsHaveALoopOfTheirOwn() {
        for (Format format : Format.values()) {
            boolean loop = Codecs.supports(format) && !(WeightReader.of(format) instanceof DecodedReader);
            assertThat(KernelChoice.hasVectorLoop(format)).as("%s", format).isEqualTo(loop);
        }
    }

    private static String run(String name, String... flags) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of(flags));
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), KernelChoiceTest.class.getName(), name));
        Process process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as("exit status, having printed %s", output).isZero();
        return output;
    }
}
