package dev.vesper.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Runs commands as they are typed, in this JVM or in one of their own. */
final class Commands {
    private Commands() {}

    /** What a command printed, and its exit code. */
    record Result(int code, String out, String err) {
        /** This result of a command that had to work. */
        Result done() {
            assertThat(code).as(err).isEqualTo(Vesper.DONE);
            return this;
        }

        JsonNode json() {
            assertThat(done().out.lines()).as("one line").hasSize(1);
            return JsonMapper.shared().readTree(out);
        }

        /** The one line that a failed command says. */
        String failure() {
            assertThat(code).as(out + err).isEqualTo(Vesper.FAILED);
            assertThat(out).isEmpty();
            return err.lines().reduce((first, second) -> second).orElseThrow();
        }

        /** What is said of wrong usage, before the pointer to the help. */
        String wrongUsage() {
            assertThat(code).as(out + err).isEqualTo(Vesper.WRONG_USAGE);
            assertThat(out).isEmpty();
            return err.lines().findFirst().orElseThrow();
        }
    }

    static Result run(Object... arguments) {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        int code = Vesper.commandLine()
                .setOut(new PrintWriter(out, true))
                .setErr(new PrintWriter(err, true))
                .execute(strings(arguments).toArray(String[]::new));
        return new Result(code, out.toString(), err.toString());
    }

    /** The command in a JVM of its own, as the launcher starts it. */
    static ProcessBuilder process(Object... arguments) {
        List<String> command =
                java("--add-exports", "java.base/jdk.internal.module=ALL-UNNAMED", Vesper.class.getName());
        command.addAll(strings(arguments));
        return new ProcessBuilder(command);
    }

    /** A JVM with the class path of the tests. */
    static List<String> java(Object... arguments) {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx1g", "-Dstdout.encoding=UTF-8", "-Dstderr.encoding=UTF-8",
                "-cp", System.getProperty("java.class.path")));
        command.addAll(strings(arguments));
        return command;
    }

    /** Starts the process with this on its stdin, and waits for its end. */
    static Result finish(ProcessBuilder builder, String input) throws IOException, InterruptedException {
        Path in = Files.writeString(Files.createTempFile("vesper", "in"), input);
        Path out = Files.createTempFile("vesper", "out");
        Path err = Files.createTempFile("vesper", "err");
        try {
            Process process = builder.redirectInput(in.toFile())
                    .redirectOutput(out.toFile())
                    .redirectError(err.toFile())
                    .start();
            if (!process.waitFor(2, TimeUnit.MINUTES)) {
                process.destroyForcibly();
            }
            return new Result(process.waitFor(), Files.readString(out, UTF_8), Files.readString(err, UTF_8));
        } finally {
            for (Path file : List.of(in, out, err)) {
                Files.delete(file);
            }
        }
    }

    private static List<String> strings(Object... arguments) {
        return Arrays.stream(arguments).map(Object::toString).toList();
    }
}
