package dev.vesper.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.PrintWriter;
import java.io.StringWriter;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import picocli.CommandLine.Command;

class VesperTest {
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @Test
    void versionNamesTheJdkAndTheKernels() {
        assertThat(run("--version")).isEqualTo(Vesper.DONE);
        assertThat(out.toString().lines())
                .satisfiesExactly(
                        line -> assertThat(line).matches("vesper \\d+\\.\\d+\\.\\d+.*"),
                        line -> assertThat(line).startsWith("JDK " + Runtime.version()),
                        line -> assertThat(line)
                                .matches("kernels (scalar|vector \\d+-bit|x86 AVX-512( VNNI)? machine code), .+"));
        assertThat(err.toString()).isEmpty();
    }

    @Test
    void helpHasAnExample() {
        assertThat(run("--help")).isEqualTo(Vesper.DONE);
        assertThat(out.toString()).contains("Usage: vesper").contains("Example:");
        assertThat(err.toString()).isEmpty();
    }

    @Test
    void wrongUsageIsOneLineAndWhereHelpIs() {
        assertThat(run("--unheard-of")).isEqualTo(Vesper.WRONG_USAGE);
        assertThat(err.toString().lines())
                .containsExactly("vesper: Unknown option: '--unheard-of'", "See: vesper --help");
        assertThat(out.toString()).isEmpty();
    }

    @Test
    void noCommandIsWrongUsage() {
        assertThat(run()).isEqualTo(Vesper.WRONG_USAGE);
        assertThat(err.toString().lines().findFirst()).hasValue("vesper: which command?");
    }

    @Test
    void aFailureIsOneLine() {
        assertThat(run("fail")).isEqualTo(Vesper.FAILED);
        assertThat(err.toString().lines()).containsExactly("vesper: a.gguf, byte 8: expected 3, found 9");
        assertThat(out.toString()).isEmpty();
    }

    @Test
    void aFailureHasAStackTraceIfAskedFor() {
        assertThat(run("fail", "--verbose")).isEqualTo(Vesper.FAILED);
        assertThat(err.toString().lines().findFirst()).hasValue("vesper: a.gguf, byte 8: expected 3, found 9");
        assertThat(err.toString()).contains("IllegalStateException").contains("at " + Failing.class.getName());
    }

    private int run(String... arguments) {
        CommandLine commandLine = Vesper.commandLine();
        commandLine.addSubcommand(new Failing());
        return commandLine
                .setOut(new PrintWriter(out, true))
                .setErr(new PrintWriter(err, true))
                .execute(arguments);
    }

    @Command(name = "fail")
    private static final class Failing implements Runnable {
        @Override
        public void run() {
            throw new IllegalStateException("a.gguf, byte 8:\n  expected 3, found 9");
        }
    }
}
