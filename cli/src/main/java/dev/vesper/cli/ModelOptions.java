package dev.vesper.cli;

import dev.vesper.llm.Llm;
import dev.vesper.llm.ModelFile;
import dev.vesper.llm.lora.WeightedAdapter;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Which model, with which adapters, on what: shared by the commands that run one. */
final class ModelOptions {
    @Option(names = "--model", required = true, paramLabel = "FILE", description = "The model, a GGUF file.")
    Path model = Path.of("");

    @Mixin
    LoadingOptions loading = new LoadingOptions();

    /** The adapters, read for this model. */
    List<WeightedAdapter> readAdapters(ModelFile file) {
        return loading.adapters.stream().map(adapter -> adapter.read(file)).toList();
    }

    /** The model with the adapters under the name that {@link #adapterName()} gives. */
    Llm load() {
        Llm llm = Llm.load(model, loading.loadOptions());
        try {
            if (!loading.adapters.isEmpty()) {
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
        return loading.adapters.isEmpty() ? "" : "adapted";
    }
}
