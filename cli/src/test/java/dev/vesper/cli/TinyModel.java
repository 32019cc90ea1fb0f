package dev.vesper.cli;

import dev.vesper.llm.arch.SyntheticModel;
import dev.vesper.tensor.Format;
import java.nio.file.Path;

/** A small model of random weights, so that a clone without fixtures tests the commands too. */
final class TinyModel {
    static final int CONTEXT = 2048;
    static final int VOCABULARY = 512;

    private TinyModel() {}

    static Path write(Path folder) {
        Path file = folder.resolve("tiny.gguf");
        SyntheticModel.LLAMA_TINY.write(file, Format.Q8_0);
        return file;
    }
}
