package dev.vesper.tensor.quant;

import dev.vesper.tensor.Format;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The codecs on the codebooks of this process's {@link CodebookFile#place()}, read once, when the first is asked for,
 * and never changed. A weight knows its format and no more; what it takes to read one is looked up by that alone.
 */
final class InstalledCodebooks {
    private static final String REMEDY = "`vesper codebooks --from FILE_OR_FOLDER` takes them from a copy of llama.cpp,"
            + " Ollama or LM Studio (libggml-base, or a program with it)";
    private static final InstalledCodebooks INSTALLED = read(CodebookFile.place());

    private final Path file;
    private final String reason;
    private final Codebooks codebooks;
    private final Map<Format, Codec> codecs;

    private InstalledCodebooks(Path file, String reason, Codebooks codebooks) {
        this.file = file;
        this.reason = reason;
        this.codebooks = codebooks;
        this.codecs = codecs(codebooks);
    }

    static InstalledCodebooks get() {
        return INSTALLED;
    }

    static InstalledCodebooks read(Path file) {
        try {
            return new InstalledCodebooks(file, "", CodebookFile.parse(Files.readAllBytes(file), file.toString()));
        } catch (NoSuchFileException e) {
            return new InstalledCodebooks(file, "there is no such file", Codebooks.of(List.of()));
        } catch (IOException e) {
            return new InstalledCodebooks(file, "it cannot be read: " + e, Codebooks.of(List.of()));
        } catch (IllegalArgumentException e) {
            return new InstalledCodebooks(file, String.valueOf(e.getMessage()), Codebooks.of(List.of()));
        }
    }

    private static Map<Format, Codec> codecs(Codebooks codebooks) {
        Map<Format, Codec> codecs = new EnumMap<>(Format.class);
        for (Codebook codebook : codebooks.all()) {
            for (Format format : codebook.table().formats()) {
                codecs.put(format, Codecs.of(format, codebook));
            }
        }
        return codecs;
    }

    List<Format> formats() {
        return List.copyOf(codecs.keySet());
    }

    Optional<Codec> codec(Format format) {
        return Optional.ofNullable(codecs.get(format));
    }

    Optional<Codebook> codebook(CodebookTable table) {
        return codebooks.of(table);
    }

    /** Why a format that refers to a codebook has no codec, and what helps. */
    String reason(CodebookTable table) {
        return "it refers to the codebook %s, which should be in %s: %s; %s".formatted(
                table, file, reason.isEmpty() ? "that file is without it" : reason, REMEDY);
    }
}
