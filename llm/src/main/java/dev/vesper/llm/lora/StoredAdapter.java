package dev.vesper.llm.lora;

import java.nio.file.Path;

/**
 * An adapter as a file has it: its matrices in the formats of the file, and what else the file says.
 *
 * @param adapter rows in GGUF's order; to be computed with, it is {@link Adapter#decoded decoded}
 * @param architecture the family that it is for, by its GGUF name; empty where the form does not say
 * @param baseModel what the file calls the model it was made for; may be empty
 */
public record StoredAdapter(
        Path path, AdapterForm form, Adapter adapter, String architecture, String baseModel) {}
