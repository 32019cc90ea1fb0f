package dev.vesper.llm.lora;

import dev.vesper.llm.arch.ModelShape;
import java.nio.file.Path;

/** Stands in until the real one is merged. */
public final class AdapterFile {
    private AdapterFile() {}

    public static Adapter read(Path folder, ModelShape shape) {
        if (shape.layers() > 0) {
            throw new AdapterException(folder + ": not yet");
        }
        return new Adapter(java.util.Map.of(), 1, 1);
    }
}
