package dev.vesper.bench;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Runs another program to its end and takes what it prints. */
final class CommandRun {
    private CommandRun() {}

    /**
     * The stdout of a command.
     *
     * @throws IOException if it cannot be started, fails, or takes longer than {@code seconds}; with its last words
     */
    static String output(List<String> command, long seconds) throws IOException, InterruptedException {
        Path out = Files.createTempFile("vesper-bench", ".out");
        Path err = Files.createTempFile("vesper-bench", ".err");
        Process process = new ProcessBuilder(command)
                .redirectOutput(out.toFile())
                .redirectError(err.toFile())
                .start();
        try {
            process.getOutputStream().close();
            if (!process.waitFor(seconds, TimeUnit.SECONDS)) {
                throw new IOException("%s: expected an end within %d s".formatted(String.join(" ", command), seconds));
            }
            if (process.exitValue() != 0) {
                throw new IOException("%s: expected exit code 0, found %d: %s"
                        .formatted(String.join(" ", command), process.exitValue(), lastLine(err)));
            }
            return text(out);
        } finally {
            process.destroyForcibly();
            Files.delete(out);
            Files.delete(err);
        }
    }

    private static String lastLine(Path file) throws IOException {
        return text(file).lines().reduce((first, second) -> second).orElse("it said nothing");
    }

    /** Not every program prints UTF-8, and a byte that is none is no reason to fail. */
    private static String text(Path file) throws IOException {
        return new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
    }
}
