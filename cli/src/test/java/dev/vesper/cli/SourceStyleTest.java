package dev.vesper.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** What a compiler does not check and a formatter does not mend: a word about each package, and files that can be read. */
class SourceStyleTest {
    private static final int MOST_LINES = 400;

    /** Files that may be longer, from the root of the repository, each with the reason and the lines it may have. */
    private static final Map<String, Integer> LONGER = Map.of();

    /** A Javadoc comment with at least one sentence, then the annotation, then the package. */
    private static final Pattern PACKAGE_INFO = Pattern.compile(
            "\\s*/\\*\\*[^.]*\\w[^.]*\\..*?\\*/\\s*@(org\\.jspecify\\.annotations\\.)?NullMarked\\s+package\\s.*",
            Pattern.DOTALL);

    @Test
    void everyPackageSaysWhatItIsForAndIsNullMarked() throws IOException {
        var folders = new TreeSet<Path>();
        for (Path source : sources("src/main/java")) {
            folders.add(source.getParent());
        }
        var wrong = new ArrayList<String>();
        for (Path folder : folders) {
            Path info = folder.resolve("package-info.java");
            if (!Files.exists(info)) {
                wrong.add(info + " is missing");
            } else if (!PACKAGE_INFO.matcher(Files.readString(info)).matches()) {
                wrong.add(info + " needs a Javadoc sentence and @NullMarked");
            }
        }
        assertThat(wrong).isEmpty();
    }

    @Test
    void everyFileCanBeReadInOneSitting() throws IOException {
        var tooLong = new ArrayList<String>();
        for (Path source : sources("src")) {
            String name = Repository.root().relativize(source).toString().replace('\\', '/');
            int lines = Files.readAllLines(source).size();
            int most = LONGER.getOrDefault(name, MOST_LINES);
            if (lines > most) {
                tooLong.add("%s: %d lines, at most %d".formatted(name, lines, most));
            }
        }
        assertThat(tooLong).isEmpty();
    }

    /** All Java files of all modules below this folder of the module; never none. */
    private static List<Path> sources(String folder) throws IOException {
        Path root = Repository.root();
        var sources = new ArrayList<Path>();
        Files.walkFileTree(root, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path directory, BasicFileAttributes attributes) {
                boolean skipped = directory.endsWith("target") || directory.getFileName().toString().startsWith(".");
                return skipped ? FileVisitResult.SKIP_SUBTREE : FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
                Path inRepository = root.relativize(file);
                Path inModule =
                        inRepository.subpath(Math.min(1, inRepository.getNameCount() - 1), inRepository.getNameCount());
                if (inModule.startsWith(folder) && file.toString().endsWith(".java")) {
                    sources.add(file);
                }
                return FileVisitResult.CONTINUE;
            }
        });
        assertThat(sources).as("Java files in " + folder).hasSizeGreaterThan(10);
        return sources;
    }
}
