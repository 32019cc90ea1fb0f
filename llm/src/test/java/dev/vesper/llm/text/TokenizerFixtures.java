package dev.vesper.llm.text;

import dev.vesper.llm.file.Gguf;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Assumptions;

/** Real vocabularies and texts from outside the repository; tests that need them are skipped where they are absent. */
final class TokenizerFixtures {
    private TokenizerFixtures() {}

    static Path path(String name) {
        Path root = Path.of(System.getProperty("vesper.fixtures", "../../shared/fixtures"));
        Assumptions.assumeTrue(Files.isDirectory(root), "skipped: no fixtures in " + root);
        return root.resolve(name);
    }

    static Tokenizer tokenizer(String file) {
        try (Gguf gguf = Gguf.open(path(file))) {
            return Tokenizer.of(gguf.metadata());
        }
    }

    static Tokenizer stories() {
        return tokenizer("stories260k/stories260k.gguf");
    }

    static byte[] bytes(String file) {
        try {
            return Files.readAllBytes(path(file));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A text and the ids that llama.cpp gives it. */
    record Example(String text, int[] tokens) {}

    /**
     * The examples beside a vocabulary. A text ends before the line end in front of the separating line; each text has
     * one line of ids, which begins with a space unless it is empty.
     */
    static List<Example> examples(String file) {
        String[] texts = new String(bytes(file + ".inp"), StandardCharsets.UTF_8)
                .split("\n__ggml_vocab_test__\n", -1);
        List<String> lines = new String(bytes(file + ".out"), StandardCharsets.UTF_8).lines().toList();
        return IntStream.range(0, lines.size())
                .mapToObj(i -> new Example(texts[i], ids(lines.get(i))))
                .toList();
    }

    private static int[] ids(String line) {
        return Arrays.stream(line.split(" ")).filter(id -> !id.isEmpty()).mapToInt(Integer::parseInt).toArray();
    }
}
