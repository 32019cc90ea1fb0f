package dev.vesper.cli;

import dev.vesper.llm.LoadOptions;
import dev.vesper.tensor.Format;
import java.util.List;
import picocli.CommandLine.Option;

/** With which adapters a model is loaded, and on what it runs. */
final class LoadingOptions {
    /** Requests at a time, of which a command makes one. */
    private static final int MOST_RUNNING = 64;

    @Option(
            names = "--adapter", converter = AdapterArgument.Converter.class,
            paramLabel = "PATH[=W]",
            description = "An adapter, a folder in PEFT's form or a GGUF file, and how much of it (1);"
                    + " several are put on top of each other.")
    List<AdapterArgument> adapters = List.of();

    @Option(
            names = "--threads", converter = Values.Threads.class, paramLabel = "T",
            description = "Threads to compute with; 0, the default, for all processors.")
    int threads;

    @Option(
            names = "--kernels", converter = Values.Kernels.class,
            paramLabel = "KIND",
            defaultValue = "auto",
            description = "auto, scalar, vector, x86 or x86-f32; auto takes the fastest that runs here.")
    String kernels = "auto";

    @Option(
            names = "--context", converter = Values.Context.class,
            paramLabel = "N",
            description = "The longest text in tokens, prompt and reply together; 0, the default, for the model's own.")
    int context;

    @Option(
            names = "--cache-type", converter = Values.CacheType.class,
            paramLabel = "F",
            description = "What keys and values are kept in: f32, the default, f16 (half) or q8_0 (about a quarter of it).")
    Format cacheType = Format.F32;

    LoadOptions loadOptions() {
        return new LoadOptions(kernels, threads, context, 0, MOST_RUNNING, cacheType);
    }
}
