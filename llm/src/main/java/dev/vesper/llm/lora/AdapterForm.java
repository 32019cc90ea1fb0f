package dev.vesper.llm.lora;

import java.nio.file.Files;
import java.nio.file.Path;

/** The forms in which adapters are exchanged. */
public enum AdapterForm {
    /** A folder of Hugging Face's PEFT. */
    PEFT,
    /** One file, as llama.cpp has them. */
    GGUF;

    /** The form that an adapter at this place has: a folder is PEFT's, everything else is held to GGUF. */
    public static AdapterForm at(Path path) {
        return Files.isDirectory(path) ? PEFT : GGUF;
    }
}
