package dev.vesper.cli;

import dev.vesper.llm.Llm;
import dev.vesper.llm.LoadOptions;
import dev.vesper.llm.ModelFile;
import dev.vesper.llm.lora.WeightedAdapter;
import dev.vesper.tensor.Format;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine.Option;

/** Which model, with which adapters, on what: shared by the commands that run one. */
final class ModelOptions {
    @Option(names = "--model", required = true, paramLabel = "FILE", description = "The model, a GGUF file.")
    Path model = Path.of("");

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
            description = "auto, scalar or vector; auto takes the fastest that runs here.")
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

    /** The adapters, read for this model. */
    List<WeightedAdapter> readAdapters(ModelFile file) {
        return adapters.stream().map(adapter -> adapter.read(file)).toList();
    }

    /** The model with the adapters under the name that {@link #adapterName()} gives. */
    Llm load() {
        Llm llm = Llm.load(model, new LoadOptions(kernels, threads, context, 0, 64, cacheType));
        try {
            if (!adapters.isEmpty()) {
                llm.addWeighted(adapterName(), readAdapters(llm.file()));
            }
            return llm;
        } catch (RuntimeException e) {
            llm.close();
            throw e;
        }
    }

    /** What requests name to get the adapters: empty, the base, if there are none. */
    String adapterName() {
        return adapters.isEmpty() ? "" : "adapted";
    }
}
