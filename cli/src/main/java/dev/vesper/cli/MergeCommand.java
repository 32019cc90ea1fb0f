package dev.vesper.cli;

import dev.vesper.llm.Backend;
import dev.vesper.llm.ModelFile;
import dev.vesper.llm.arch.Model;
import dev.vesper.llm.file.Checkpoint;
import dev.vesper.llm.file.GgufWriter;
import dev.vesper.llm.file.Metadata;
import dev.vesper.llm.file.MetadataBuilder;
import dev.vesper.llm.file.TensorInfo;
import dev.vesper.llm.lora.AdapterMerge;
import dev.vesper.llm.lora.LayerDelta;
import dev.vesper.llm.lora.WeightedAdapter;
import dev.vesper.tensor.Format;
import dev.vesper.tensor.Weight;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Adds adapters into the weights of a model. */
@Command(
        name = "merge",
        description = {
            "Write a model with adapters added into its weights, and say how much of their change is left.",
            "Rounding to a format of few bits loses much of a small change: the cosine tells. A model of 4 bits stays better"
                    + " with its adapter beside it, or is merged from the original."
        },
        footer = {
            "",
            "Examples:",
            "  vesper merge --model model-f16.gguf --adapter letters --out letters-f16.gguf",
            "  vesper merge --model model-f16.gguf --adapter letters=0.8 --out letters-q8.gguf --format Q8_0"
                    + " --data held-out.jsonl"
        })
final class MergeCommand implements Callable<Integer> {
    /** With {@code --format} or without, these are what a merged model is best kept in. */
    private static final Set<Format> FINE = EnumSet.of(Format.F32, Format.F16, Format.BF16, Format.Q8_0);

    private static final int QUANTIZATION_VERSION = 2;

    @Option(names = "--model", required = true, paramLabel = "FILE", description = "The model, a GGUF file.")
    private Path model = Path.of("");

    @Option(
            names = "--adapter", required = true, converter = AdapterArgument.Converter.class,
            paramLabel = "PATH[=W]",
            description = "An adapter, a folder in PEFT's form or a GGUF file, and how much of it (1); may be repeated.")
    private List<AdapterArgument> adapters = List.of();

    @Option(names = "--out", required = true, paramLabel = "FILE", description = "The file to write.")
    private Path out = Path.of("");

    @Option(
            names = "--format",
            paramLabel = "F",
            description = "The format of the result, as for vesper quantize; by default each matrix keeps its own, if that is"
                    + " F32, F16, BF16 or Q8_0.")
    private @Nullable String format;

    @Option(
            names = "--data",
            paramLabel = "FILE",
            description = "Then measure the loss on this file, conversations (.jsonl) or text (.txt, .md): of the base, with"
                    + " the adapters, and merged.")
    private @Nullable Path data;

    @Option(names = "--force", description = "Go from 4 bits or fewer to 4 bits or fewer all the same.")
    private boolean force;

    @Option(names = "--replace", description = "Replace FILE if it is there.")
    private boolean replace;

    @Option(
            names = "--threads", converter = Values.Threads.class, paramLabel = "T",
            description = "Threads to compute with; 0, the default, for all processors.")
    private int threads;

    @Option(names = "--json", description = "Print one JSON object.")
    private boolean json;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() throws IOException {
        if (Files.exists(out)) {
            if (Files.exists(model) && Files.isSameFile(model, out)) {
                throw new IllegalArgumentException(out + " is the model itself: --out must be another file");
            }
            if (!replace) {
                throw new IllegalArgumentException(out + " is there already; --replace replaces it");
            }
        }
        try (ModelFile file = ModelFile.open(model); Backend backend = Backend.of("auto", threads)) {
            List<WeightedAdapter> parts = adapters.stream().map(adapter -> adapter.read(file)).toList();
            DataLoss loss = data == null ? null : DataLoss.read(data, file);
            List<MergedRows> merged = new ArrayList<>();
            List<MergeReport.Tensor> tensors = write(file.checkpoint(), parts, backend, merged);
            PrintWriter printer = spec.commandLine().getOut();
            MergeReport report = report(file, parts, backend, loss, merged, tensors);
            if (json) {
                printer.println(Json.of(report));
            } else {
                report.print(printer);
            }
            printer.flush();
        }
        return Vesper.DONE;
    }

    private List<MergeReport.Tensor> write(
            Checkpoint file, List<WeightedAdapter> parts, Backend backend, List<MergedRows> merged) {
        List<String> layers = AdapterMerge.layers(parts);
        FormatPlan plan = plan(file, layers);
        List<TensorInfo> changed = new ArrayList<>();
        GgufWriter writer = new GgufWriter(metadata(file, plan));
        long rows = file.tensors().values().stream()
                .filter(tensor -> layers.contains(layer(tensor)) || plan.of(tensor).format() != tensor.format())
                .mapToLong(TensorInfo::rows)
                .sum();
        try (Progress progress = Progress.of("merged", "rows", rows, spec.commandLine().getErr())) {
            for (TensorInfo tensor : file.tensors().values()) {
                Weight weight = file.weight(tensor.name()).orElseThrow();
                Format to = plan.of(tensor).format();
                FloatRows source = FloatRows.of(weight);
                if (layers.contains(layer(tensor))) {
                    var own = new MergedRows(weight, LayerDelta.of(parts, layer(tensor)));
                    merged.add(own);
                    changed.add(tensor);
                    source = own;
                } else if (to == tensor.format()) {
                    writer.tensor(tensor.name(), to, tensor.shape(), weight.data());
                    continue;
                }
                var encoded = new EncodedRows(source, to, new float[0], backend.workers());
                writer.tensor(tensor.name(), to, tensor.shape(), (row, destination) -> {
                    encoded.row(row, destination);
                    progress.add(1);
                });
            }
            writer.write(out);
        }
        List<MergeReport.Tensor> tensors = new ArrayList<>();
        for (int i = 0; i < changed.size(); i++) {
            TensorInfo tensor = changed.get(i);
            tensors.add(MergeReport.Tensor.of(
                    merged.get(i), tensor.format().name(), plan.of(tensor).format().name()));
        }
        return tensors;
    }

    private static String layer(TensorInfo tensor) {
        String suffix = ".weight";
        return tensor.name().endsWith(suffix)
                ? tensor.name().substring(0, tensor.name().length() - suffix.length())
                : tensor.name();
    }

    private FormatPlan plan(Checkpoint file, List<String> layers) {
        List<TensorInfo> changed =
                file.tensors().values().stream().filter(tensor -> layers.contains(layer(tensor))).toList();
        if (format == null) {
            for (TensorInfo tensor : changed) {
                if (!FINE.contains(tensor.format())) {
                    throw new IllegalArgumentException(
                            "%s: %s is in %s, and what is merged into it would not stay: --format says what to write, such as Q8_0"
                                    .formatted(model, tensor.name(), tensor.format()));
                }
            }
            return FormatPlan.asItIs(file);
        }
        FormatPlan plan = FormatPlan.of(file, Mixture.named(format), Optional.empty());
        Optional<TensorInfo> from = changed.stream().filter(tensor -> isCoarse(tensor.format())).findFirst();
        Optional<TensorInfo> to = changed.stream().filter(tensor -> isCoarse(plan.of(tensor).format())).findFirst();
        if (from.isPresent() && to.isPresent() && !force) {
            throw new IllegalArgumentException(
                    "%s: %s is in %s, and %s would be in %s: between two grids of 4 bits or fewer most of the change is lost; merge into the original or into Q8_0, keep the adapter beside the model, or --force"
                            .formatted(model, from.get().name(), from.get().format(), to.get().name(),
                                    plan.of(to.get()).format()));
        }
        return plan;
    }

    /** Whether it has 4 bits for a weight, or fewer, besides its scales. */
    private static boolean isCoarse(Format format) {
        return 8.0 * format.blockBytes() / format.blockSize() <= 5;
    }

    private Metadata metadata(Checkpoint file, FormatPlan plan) {
        MetadataBuilder metadata = Metadata.builder(out).all(file.metadata());
        if (format != null) {
            metadata.integer("general.file_type", Mixture.named(format).fileType());
            if (plan.tensors().values().stream().anyMatch(planned -> planned.format().blockSize() > 1)) {
                metadata.integer("general.quantization_version", QUANTIZATION_VERSION);
            }
        }
        return metadata.build();
    }

    private MergeReport report(
            ModelFile file, List<WeightedAdapter> parts, Backend backend, @Nullable DataLoss loss,
            List<MergedRows> merged, List<MergeReport.Tensor> tensors) {
        MergedRows.Sums sums = MergedRows.Sums.NONE;
        for (MergedRows rows : merged) {
            sums = sums.plus(rows.sums());
        }
        try (ModelFile written = ModelFile.open(out)) {
            Model adapted = file.weighted(parts);
            LogitsDifference difference = LogitsDifference.of(file, adapted, written.model(), backend);
            MergeReport.Losses losses = null;
            if (loss != null) {
                PrintWriter err = spec.commandLine().getErr();
                losses = new MergeReport.Losses(String.valueOf(data), loss.targets(),
                        loss.of(file.model(), backend, err), loss.of(adapted, backend, err),
                        loss.of(written.model(), backend, err));
            }
            return new MergeReport(out.toString(), tensors, sums.cosine(), sums.kept(), difference, losses);
        }
    }
}
