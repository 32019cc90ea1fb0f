package dev.vesper.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The programs in the folder examples compile without a warning, and do what their README says. */
class ExamplesTest {
    private static final Path EXAMPLES = Repository.root().resolve("examples");

    @TempDir
    private Path folder;

    @Test
    void allCompile() throws IOException {
        List<Path> sources = sources();
        assertThat(sources).hasSizeGreaterThanOrEqualTo(3);
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        StringWriter said = new StringWriter();
        try (StandardJavaFileManager files = compiler.getStandardFileManager(null, null, null)) {
            List<String> options = List.of(
                    "-Xlint:all", "-Werror", "-proc:none", "-d", folder.toString(),
                    "-cp", System.getProperty("java.class.path"));
            boolean compiled =
                    compiler.getTask(said, files, null, options, null, files.getJavaFileObjectsFromPaths(sources))
                            .call();
            assertThat(compiled).as(said.toString()).isTrue();
        }
    }

    @Test
    void theReadmeNamesThemAll() throws IOException {
        String readme = Files.readString(EXAMPLES.resolve("README.md"));
        assertThat(sources()).allSatisfy(source -> assertThat(readme).contains("examples/" + source.getFileName()));
    }

    @Test
    void helloPrintsAReply() throws Exception {
        assertThat(java("Hello.java", TinyModel.write(folder), "Good evening").done().out()).isNotBlank();
    }

    @Test
    void streamingPrintsThePiecesAndTheFigures() throws Exception {
        String out = java("Streaming.java", TinyModel.write(folder), "Once upon a time").done().out();
        assertThat(out).containsPattern("\\d+ tokens, (STOP|LENGTH|CANCELLED)");
    }

    @Test
    void streamingStopsAtTheEndOfAParagraph() throws Exception {
        Path model = Fixtures.file("stories260k/stories260k.gguf");
        String out = java("Streaming.java", model, "Once upon a time").done().out();
        assertThat(out.strip().lines().filter(line -> !line.isBlank())).hasSize(2);
        assertThat(out.strip()).endsWith(" tokens, CANCELLED");
    }

    @Test
    void withAdapterAsksBoth() throws Exception {
        Path tiny = TinyModel.write(folder);
        Path text = Files.writeString(folder.resolve("text.txt"), "w300 w301 w302 w303\n".repeat(60));
        Path adapter = folder.resolve("adapter");
        Commands.run(
                "tune", "--model", tiny, "--data", text, "--out", adapter, "--steps", 3, "--rank", 2, "--max-sequence",
                32,
                "--batch", 2, "--learning-rate", 0.05).done();
        List<String> lines = java("WithAdapter.java", tiny, adapter, "w300").done().out().lines().toList();
        String without = lines.stream().filter(line -> line.startsWith("without: ")).findFirst().orElseThrow();
        String with = lines.stream().filter(line -> line.startsWith("with:    ")).findFirst().orElseThrow();
        assertThat(with.substring(9)).isNotEqualTo(without.substring(9));
    }

    private static List<Path> sources() throws IOException {
        try (Stream<Path> files = Files.list(EXAMPLES)) {
            return files.filter(file -> file.toString().endsWith(".java")).sorted().toList();
        }
    }

    private static Commands.Result java(String example, Object... arguments) throws Exception {
        Object[] all = new Object[3 + arguments.length];
        System.arraycopy(new Object[] {"--add-modules", "jdk.incubator.vector", EXAMPLES.resolve(example)}, 0, all, 0,
                3);
        System.arraycopy(arguments, 0, all, 3, arguments.length);
        return Commands.finish(new ProcessBuilder(Commands.java(all)), "");
    }
}
