package dev.vesper.cli;

import dev.vesper.llm.lora.AdapterForm;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** Where an adapter is to be written. */
final class AdapterOutput {
    private static final String CONFIG = "adapter_config.json";

    private AdapterOutput() {}

    /** The form that the name asks for: a file if it ends in .gguf, else a folder. */
    static AdapterForm form(Path out) {
        return String.valueOf(out.getFileName()).endsWith(".gguf") ? AdapterForm.GGUF : AdapterForm.PEFT;
    }

    /** @throws IllegalArgumentException if something is there that must not be replaced, or cannot be by an adapter */
    static void check(Path out, AdapterForm form, boolean replace) throws IOException {
        if (!Files.exists(out)) {
            return;
        }
        if (Files.isDirectory(out) != (form == AdapterForm.PEFT)) {
            throw new IllegalArgumentException("%s: expected no such path, or %s, found %s".formatted(out,
                    form == AdapterForm.PEFT ? "a folder" : "a file",
                    form == AdapterForm.PEFT ? "a file" : "a folder"));
        }
        if (form == AdapterForm.PEFT && !Files.exists(out.resolve(CONFIG))) {
            try (Stream<Path> entries = Files.list(out)) {
                if (entries.findAny().isEmpty()) {
                    return;
                }
            }
            throw new IllegalArgumentException("%s is a folder with something else than an adapter in it".formatted(out));
        }
        if (!replace) {
            throw new IllegalArgumentException(out + " is there already; --replace replaces it");
        }
    }
}
