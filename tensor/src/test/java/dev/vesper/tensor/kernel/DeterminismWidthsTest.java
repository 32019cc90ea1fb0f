package dev.vesper.tensor.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The promise that the interpreter and compiled code give the same bits. */
class DeterminismWidthsTest {
    /** Enough for C2 to have compiled every kernel. */
    private static final int REPETITIONS = 500;

    @ParameterizedTest
    @ValueSource(strings = {"scalar", "vector", "auto"})
    void theInterpreterAndCompiledCodeGiveTheSameBits(String name) throws IOException, InterruptedException {
        Kernels kernels = KernelChoice.of(name).kernels();
        long expected = KernelChecksum.of(kernels);
        for (int i = 0; i < REPETITIONS; i++) {
            assertThat(KernelChecksum.of(kernels)).as("repetition %d", i).isEqualTo(expected);
        }
        assertThat(output("-Xint", name)).endsWith("checksum " + expected + System.lineSeparator());
    }

    private static String output(String flag, String name) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                flag,
                "--add-modules",
                "jdk.incubator.vector",
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path")));
        String bits = System.getProperty(VectorWidth.PROPERTY);
        if (bits != null) {
            command.add("-D" + VectorWidth.PROPERTY + "=" + bits);
        }
        command.add(KernelChecksum.class.getName());
        command.add(name);
        Process process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as("exit status, having printed %s", output).isZero();
        return output;
    }
}
