package dev.vesper.cli;

import dev.vesper.llm.Backend;
import dev.vesper.llm.ModelFile;
import dev.vesper.llm.lora.Adapter;
import dev.vesper.llm.lora.AdapterException;
import dev.vesper.llm.lora.AdapterFile;
import dev.vesper.llm.lora.AdapterForm;
import dev.vesper.llm.lora.AdapterMerge;
import dev.vesper.llm.lora.HeadLayout;
import dev.vesper.llm.lora.WeightedAdapter;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Makes one adapter of several. */
@Command(
        name = "merge",
        description = {
            "Make one adapter of several, whose change is the weighted sum of theirs.",
            "Without --rank nothing is lost: the rank is the sum of their ranks. With it, each layer gets the nearest change"
                    + " of that rank, and what that costs is printed. The result is read back, and its logits are compared"
                    + " with those of all of them together."
        },
        footer = {
            "",
            "Examples:",
            "  vesper adapter merge letters jokes=0.5 --out both",
            "  vesper adapter merge letters=0.7 jokes=0.3 --out both.gguf --rank 16 --model model.gguf"
        })
final class AdapterMergeCommand implements Callable<Integer> {
    @Parameters(
            arity = "1..*", converter = AdapterArgument.Converter.class, paramLabel = "ADAPTER[=W]",
            description = "A PEFT folder or a GGUF file, and how much of it (1).")
    private List<AdapterArgument> adapters = List.of();

    @Option(
            names = "--out",
            required = true,
            paramLabel = "PATH",
            description = "Where to: a PEFT folder, or a GGUF file if it ends in .gguf.")
    private Path out = Path.of("");

    @Option(names = "--rank", paramLabel = "R", description = "The rank of the result, below the sum of their ranks.")
    private @Nullable Integer rank;

    @Option(
            names = "--model",
            paramLabel = "FILE",
            description = "The model that they are for, a GGUF file; by default the one that the first one names.")
    private @Nullable Path model;

    @Option(names = "--replace", description = "Replace the adapter at PATH, if there is one.")
    private boolean replace;

    @Option(
            names = "--threads", converter = Values.Threads.class, paramLabel = "T",
            description = "Threads to compute with; 0, the default, for all processors.")
    private int threads;

    @Option(names = "--json", description = "Print one JSON object.")
    private boolean json;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    private record Report(
            String out, int rank, double alpha, boolean truncated, double loss, Map<String, Double> layerLosses,
            LogitsDifference verified) {}

    @Override
    public Integer call() throws IOException {
        AdapterForm form = AdapterOutput.form(out);
        AdapterOutput.check(out, form, replace);
        try (ModelFile file = ModelFile.open(model()); Backend backend = Backend.of("auto", threads)) {
            List<WeightedAdapter> parts = adapters.stream().map(adapter -> adapter.read(file)).toList();
            Adapter merged = rank == null ? AdapterMerge.concatenate(parts) : AdapterMerge.truncate(parts, rank);
            file.writeAdapter(out, form, merged);
            Adapter back = file.readAdapter(out);
            AdapterMerge.Loss loss = AdapterMerge.loss(parts, back);
            LogitsDifference difference =
                    LogitsDifference.of(file, file.weighted(parts), file.model(List.of(back)), backend);
            if (rank == null) {
                difference.requireSame(out);
            }
            print(new Report(out.toString(), back.rank(), back.alpha(), rank != null, loss.overall(), loss.layers(),
                    difference));
        }
        return Vesper.DONE;
    }

    private Path model() {
        if (model != null) {
            return model;
        }
        Path first = adapters.getFirst().path();
        String named = AdapterFile.stored(first, HeadLayout.asStored()).baseModel();
        if (named.isEmpty() || !Files.isRegularFile(Path.of(named))) {
            throw new AdapterException("%s: the model that it is for: expected a file here, found \"%s\"; --model names it"
                    .formatted(first, named));
        }
        return Path.of(named);
    }

    private void print(Report report) {
        PrintWriter printer = spec.commandLine().getOut();
        if (json) {
            printer.println(Json.of(report));
        } else {
            if (report.truncated) {
                int width = report.layerLosses.keySet().stream().mapToInt(String::length).max().orElse(1);
                report.layerLosses.forEach((layer, loss) -> printer.printf(
                        Locale.ROOT, "  %-" + width + "s  lost %.4f of the change%n", layer, loss));
            }
            printer.printf(Locale.ROOT, "%s: %d adapters in one of rank %d, %s%n", report.out, adapters.size(),
                    report.rank, report.truncated
                            ? String.format(Locale.ROOT, "which loses %.4f of the change (relative Frobenius norm)",
                                    report.loss)
                            : String.format(Locale.ROOT, "without loss but for rounding (%.1e of the change)",
                                    report.loss));
            printer.println("read back: " + report.verified.text());
        }
        printer.flush();
    }
}
