package dev.vesper.cli;

import dev.vesper.llm.file.ModelFileException;
import dev.vesper.tensor.quant.CodebookFinder;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.Arena;
import java.nio.channels.FileChannel;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;

/** Looks through a file, or through the programs and libraries of a folder, until all codebooks are found. */
final class CodebookSearch {
    /** First four bytes of ELF, Mach-O (both widths, and several in one file); PE has but two. */
    private static final Set<Integer> PROGRAMS = Set.of(0x7F454C46, 0xCFFAEDFE, 0xCEFAEDFE, 0xCAFEBABE, 0xCAFEBABF);

    private static final int PORTABLE_EXECUTABLE = 0x4D5A;
    private static final int ARCHIVE = 0x213C6172;

    private final CodebookFinder finder;
    private final List<Path> sources = new ArrayList<>();
    private final List<String> unreadable = new ArrayList<>();
    private int searched;

    CodebookSearch(CodebookFinder finder) {
        this.finder = finder;
    }

    /** @throws ModelFileException if there is no such file or folder, or a file that was named cannot be read */
    void search(Path place) {
        if (!Files.exists(place)) {
            throw new ModelFileException(place, "opening", "a program, a library or a folder with some",
                    "no such file");
        }
        try {
            if (!Files.isDirectory(place)) {
                searchFile(place);
                return;
            }
            for (Path program : programs(place)) {
                if (!finder.missing().isEmpty()) {
                    searchFile(program);
                }
            }
        } catch (IOException e) {
            throw new ModelFileException(place, "reading", "to read all of it", String.valueOf(e), e);
        }
    }

    /** Files in which tables were found that were missing before. */
    List<Path> sources() {
        return List.copyOf(sources);
    }

    /** Files and folders that could not be read, with the reason. */
    List<String> unreadable() {
        return List.copyOf(unreadable);
    }

    /** Files that were searched. */
    int searched() {
        return searched;
    }

    private void searchFile(Path file) throws IOException {
        int missing = finder.missing().size();
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ);
                Arena arena = Arena.ofConfined()) {
            finder.search(channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size(), arena), file.toString());
        }
        searched++;
        if (finder.missing().size() < missing) {
            sources.add(file);
        }
    }

    /**
     * Programs and libraries below a folder, those named after ggml first: it is they that most likely have the tables.
     */
    private List<Path> programs(Path folder) throws IOException {
        List<Path> programs = new ArrayList<>();
        Files.walkFileTree(folder, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
                try {
                    if (attributes.isRegularFile() && isProgram(file)) {
                        programs.add(file);
                    }
                } catch (IOException e) {
                    unreadable.add(file + ": " + e);
                }
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFileFailed(Path file, IOException e) {
                unreadable.add(file + ": " + e);
                return FileVisitResult.CONTINUE;
            }
        });
        Comparator<Path> named = Comparator.comparing(path -> !String.valueOf(path.getFileName()).contains("ggml"));
        programs.sort(named.thenComparing(Comparator.naturalOrder()));
        return programs;
    }

    private static boolean isProgram(Path file) throws IOException {
        byte[] first;
        try (InputStream in = Files.newInputStream(file)) {
            first = in.readNBytes(Integer.BYTES);
        }
        int word = 0;
        for (byte letter : first) {
            word = word << Byte.SIZE | letter & 0xFF;
        }
        return first.length == Integer.BYTES
                && (PROGRAMS.contains(word) || word == ARCHIVE || word >>> Short.SIZE == PORTABLE_EXECUTABLE);
    }
}
