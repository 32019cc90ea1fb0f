package dev.vesper.bench;

import dev.vesper.llm.file.AtomicFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The part of a Markdown file that a program writes: what stands between two comments. */
record MarkedSection(String name) {
    String begin() {
        return "<!-- %s: begin -->".formatted(name);
    }

    String end() {
        return "<!-- %s: end -->".formatted(name);
    }

    /**
     * Puts this text between the marks; all else stays as it is.
     *
     * @throws IOException if the file does not have both marks, once and in their order
     */
    void write(Path file, String text) throws IOException {
        String old = Files.readString(file);
        int from = only(file, old, begin()) + begin().length();
        int to = only(file, old, end());
        if (to < from) {
            throw new IOException("%s: expected %s before %s".formatted(file, begin(), end()));
        }
        AtomicFiles.write(file, old.substring(0, from) + "\n" + text.strip() + "\n" + old.substring(to));
    }

    private static int only(Path file, String text, String mark) throws IOException {
        int at = text.indexOf(mark);
        if (at < 0 || text.indexOf(mark, at + 1) >= 0) {
            throw new IOException("%s: expected %s once, found %s".formatted(file, mark, at < 0 ? "none" : "several"));
        }
        return at;
    }
}
