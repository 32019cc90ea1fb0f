package dev.vesper.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Where the bundled model and the examples are looked for, and how paths are shown. */
class HomeTest {
    @TempDir
    private Path folder;

    @BeforeEach
    void aModelLiesThere() throws IOException {
        Files.createDirectories(folder.resolve("models"));
        Files.write(folder.resolve(Home.MODEL), new byte[0]);
    }

    @Test
    void itIsTheNearestFolderAboveThatHasTheModel() {
        assertThat(Home.above(folder.resolve("cli/target/vesper.jar"))).contains(new Home(folder));
        assertThat(Home.above(folder)).contains(new Home(folder));
        assertThat(Home.above(folder.resolve("a/b/c/d/e"))).isEmpty();
        assertThat(new Home(folder).example("persona.jsonl")).isEqualTo(folder.resolve("examples/persona.jsonl"));
    }

    @Test
    void theLauncherIsCalledAsFromWhereTheUserIs() throws IOException {
        boolean windows = System.getProperty("os.name").startsWith("Windows");
        String name = windows ? "vesper.cmd" : "vesper";
        assertThat(new Home(folder).command(folder)).isEqualTo("vesper");
        Files.write(folder.resolve(name), new byte[0]);
        assertThat(new Home(folder).command(folder)).isEqualTo(Path.of(".", name).toString());
        assertThat(new Home(folder).command(folder.resolve("models"))).isEqualTo(Path.of("..", name).toString());
    }

    @Test
    void pathsNearbyAreShort() {
        assertThat(Home.shortest(folder.resolve("out"), folder)).isEqualTo("out");
        assertThat(Home.shortest(folder.resolve("out"), folder.resolve("models")))
                .isEqualTo(Path.of("..", "out").toString());
        assertThat(Home.shortest(folder.resolve("out"), folder.resolve("a/b/c")))
                .isEqualTo(folder.resolve("out").toString());
    }

    @Test
    void wordsForAShellAreQuotedWhereTheyHaveTo() {
        assertThat(Shell.quoted("models/vesper-mini.gguf")).isEqualTo("models/vesper-mini.gguf");
        assertThat(Shell.quoted("my models/x")).isEqualTo("'my models/x'");
        assertThat(Shell.quoted("it's")).isEqualTo("'it'\\''s'");
    }
}
