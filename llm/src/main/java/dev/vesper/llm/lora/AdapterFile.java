package dev.vesper.llm.lora;

import dev.vesper.llm.file.ModelFileException;
import java.nio.file.Path;

/** Adapters in files, of all {@link AdapterForm}s. */
public final class AdapterFile {
    private AdapterFile() {}

    /**
     * Reads an adapter into memory, as float32; it lives as long as something refers to it.
     *
     * @throws AdapterException if it is not a plain LoRA adapter, or does not fit itself or the layout; fitting the
     *     layers of the model is checked when the two meet
     * @throws ModelFileException if the tensors' file is not well-formed
     */
    public static Adapter read(Path path, HeadLayout layout) {
        return stored(path, layout).adapter().decoded();
    }

    /** Reads an adapter into memory as it is stored; otherwise as {@link #read}. */
    public static StoredAdapter stored(Path path, HeadLayout layout) {
        return switch (AdapterForm.at(path)) {
            case PEFT -> PeftFolder.read(path, layout);
            case GGUF -> GgufAdapter.read(path);
        };
    }

    /**
     * Writes an adapter to a PEFT folder; matrices in F16 and BF16 stay so, all others become float32. A new folder
     * appears by one renaming. In one that is there, a reader sees the old adapter, or the new one, or for a moment, when
     * their settings differ, that the tensors are missing; never parts of both.
     *
     * @param baseModel what the configuration calls the base model
     */
    public static void write(Path folder, Adapter adapter, HeadLayout layout, String baseModel) {
        PeftFolder.write(folder, adapter, layout, baseModel);
    }

    /**
     * Writes an adapter to a GGUF file; matrices stay in their formats.
     *
     * @param architecture the family that it is for, by its GGUF name
     * @param baseModel what the file calls the base model; may be empty
     * @throws AdapterException if its alpha is 0, which means something else in this form
     */
    public static void writeGguf(Path file, Adapter adapter, String architecture, String baseModel) {
        GgufAdapter.write(file, adapter, architecture, baseModel);
    }
}
