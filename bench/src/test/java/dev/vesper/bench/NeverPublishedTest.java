package dev.vesper.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** JMH's licence is not Vesper's: what depends on it is run from the sources and goes nowhere. */
class NeverPublishedTest {
    @Test
    void nothingDependsOnThisModule() throws IOException {
        try (Stream<Path> folders = Files.list(Path.of(".."))) {
            List<Path> others = folders.map(folder -> folder.resolve("pom.xml"))
                    .filter(pom -> Files.exists(pom) && !pom.getParent().endsWith("bench"))
                    .toList();
            assertThat(others).hasSizeGreaterThanOrEqualTo(5);
            for (Path pom : others) {
                assertThat(pom).content().doesNotContain("vesper-bench").doesNotContain("jmh");
            }
        }
    }

    @Test
    void itIsNeitherInstalledNorDeployed() throws IOException {
        assertThat(Files.readString(Path.of("pom.xml")))
                .contains("<maven.deploy.skip>true</maven.deploy.skip>",
                        "<maven.install.skip>true</maven.install.skip>");
    }
}
