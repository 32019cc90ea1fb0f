package dev.vesper.cli;

import dev.vesper.cli.FormatPlan.Planned;
import dev.vesper.llm.Backend;
import dev.vesper.llm.ModelFile;
import dev.vesper.llm.file.Gguf;
import dev.vesper.llm.file.GgufWriter;
import dev.vesper.llm.file.Metadata;
import dev.vesper.llm.file.MetadataBuilder;
import dev.vesper.llm.file.TensorInfo;
import dev.vesper.tensor.Format;
import dev.vesper.tensor.Weight;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Writes a model file in smaller formats and says what that cost. */
@Command(
        name = "quantize",
        description = {
            "Write a model in a smaller format, and report sizes and errors.",
            "Matrices get the format; vectors, norms, routers and tables of positions stay as they are. Rows that are not"
                    + " whole blocks of a format get a near one with smaller blocks; the report says which."
        },
        footer = {
            "",
            "Examples:",
            "  vesper quantize model-f16.gguf model-q4.gguf --format Q4_K_M",
            "  vesper quantize model-f16.gguf model-q4.gguf --format Q4_0 --keep-output Q6_K --text held-out.txt"
        })
final class QuantizeCommand implements Callable<Integer> {
    /** The version of ggml's block formats, in files that have some. */
    private static final int QUANTIZATION_VERSION = 2;

    @Parameters(index = "0", paramLabel = "IN", description = "The model, a GGUF file.")
    private Path in = Path.of("");

    @Parameters(index = "1", paramLabel = "OUT", description = "The file to write.")
    private Path out = Path.of("");

    @Option(
            names = "--format",
            required = true,
            paramLabel = "F",
            description = "One format for all matrices, such as Q8_0, Q6_K, Q4_0, IQ4_XS, F16; or a mixture that gives more"
                    + " to those that matter most: Q5_K_M, Q4_K_M, Q3_K_M, Q2_K.")
    private String format = "";

    @Option(
            names = "--keep-output",
            paramLabel = "F",
            description = "The format of the output matrix (the embedding where there is none); mixtures use Q6_K.")
    private @Nullable Format keepOutput;

    @Option(
            names = "--importance",
            paramLabel = "FILE",
            description = "How much each input matters: a GGUF file of llama-imatrix.")
    private @Nullable Path importanceFile;

    @Option(
            names = "--text",
            paramLabel = "FILE",
            description = "Then compare both models on this text: perplexity, and Kullback-Leibler divergence.")
    private @Nullable Path text;

    @Option(names = "--requantize", description = "Quantize a model that is quantized already: its losses add up.")
    private boolean requantize;

    @Option(names = "--force", description = "Replace OUT if it is there.")
    private boolean force;

    @Option(
            names = "--threads", paramLabel = "T",
            description = "Threads to compute with; 0, the default, for all processors.")
    private int threads;

    @Option(names = "--json", description = "Print one JSON object.")
    private boolean json;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() throws IOException {
        Mixture mixture = Mixture.named(format);
        if (Files.exists(out)) {
            if (Files.isSameFile(in, out)) {
                throw new IllegalArgumentException(out + " is the model itself: OUT must be another file");
            }
            if (!force) {
                throw new IllegalArgumentException(out + " is there already; --force replaces it");
            }
        }
        byte[] words = text == null ? new byte[0] : Files.readAllBytes(text);
        Importance importance = importanceFile == null ? Importance.none() : Importance.read(importanceFile);
        try (Backend backend = Backend.of("auto", threads)) {
            QuantizeReport report = write(mixture, importance, backend);
            if (text != null) {
                try (ModelFile before = ModelFile.open(in);
                        ModelFile after = ModelFile.open(out)) {
                    PrintWriter err = spec.commandLine().getErr();
                    report = report.with(Divergence.measure(before, after, words, backend, err));
                }
            }
            PrintWriter printer = spec.commandLine().getOut();
            if (json) {
                printer.println(Json.of(report));
            } else {
                report.print(printer);
            }
            printer.flush();
        }
        return Vesper.DONE;
    }

    private QuantizeReport write(Mixture mixture, Importance importance, Backend backend) throws IOException {
        try (Gguf file = Gguf.open(in)) {
            refuse(file);
            FormatPlan plan = FormatPlan.of(file, mixture, Optional.ofNullable(keepOutput));
            Map<String, EncodedRows> encoded = new LinkedHashMap<>();
            GgufWriter writer = new GgufWriter(metadata(file, mixture, plan));
            try (Progress progress = progress(file, plan)) {
                for (TensorInfo tensor : file.tensors().values()) {
                    Weight weight = file.weight(tensor.name()).orElseThrow();
                    Format to = plan.of(tensor).format();
                    if (to == tensor.format()) {
                        writer.tensor(tensor.name(), to, tensor.shape(), weight.data());
                        continue;
                    }
                    EncodedRows rows =
                            new EncodedRows(FloatRows.of(weight), to, importance.of(tensor), backend.workers());
                    encoded.put(tensor.name(), rows);
                    writer.tensor(tensor.name(), to, tensor.shape(), (row, destination) -> {
                        rows.row(row, destination);
                        progress.add(1);
                    });
                }
                writer.write(out);
            }
            return report(file, mixture, plan, importance, encoded);
        }
    }

    private Progress progress(Gguf file, FormatPlan plan) {
        long rows = file.tensors().values().stream()
                .filter(tensor -> plan.of(tensor).format() != tensor.format())
                .mapToLong(TensorInfo::rows)
                .sum();
        return Progress.of("quantized", "rows", rows, spec.commandLine().getErr());
    }

    private void refuse(Gguf file) {
        if (file.metadata().integer("split.count", 1) > 1) {
            throw new IllegalArgumentException("%s is one of %d parts of a model: join them first"
                    .formatted(in, file.metadata().integer("split.count", 1)));
        }
        Optional<TensorInfo> quantized = file.tensors().values().stream()
                .filter(tensor -> FormatPlan.isQuantized(tensor) && tensor.format().blockSize() > 1)
                .findFirst();
        if (quantized.isPresent() && !requantize) {
            throw new IllegalArgumentException(
                    "%s is quantized already (%s is in %s): take the original, or --requantize to add to its losses"
                            .formatted(in, quantized.get().name(), quantized.get().format()));
        }
    }

    private Metadata metadata(Gguf file, Mixture mixture, FormatPlan plan) {
        MetadataBuilder metadata =
                Metadata.builder(out).all(file.metadata()).integer("general.file_type", mixture.fileType());
        boolean blocks = plan.tensors().values().stream().anyMatch(planned -> planned.format().blockSize() > 1);
        if (blocks) {
            metadata.integer("general.quantization_version", QUANTIZATION_VERSION);
        }
        if (importanceFile != null) {
            metadata.string("quantize.imatrix.file", String.valueOf(importanceFile.getFileName()));
        }
        return metadata.build();
    }

    private QuantizeReport report(
            Gguf file, Mixture mixture, FormatPlan plan, Importance importance, Map<String, EncodedRows> encoded)
            throws IOException {
        List<QuantizeReport.Tensor> tensors = new ArrayList<>();
        int without = 0;
        for (TensorInfo tensor : file.tensors().values()) {
            Planned planned = plan.of(tensor);
            EncodedRows rows = encoded.get(tensor.name());
            if (rows != null && importance.of(tensor).length == 0) {
                without++;
            }
            tensors.add(new QuantizeReport.Tensor(
                    tensor.name(), tensor.format().name(), planned.format().name(), tensor.elements(), tensor.bytes(),
                    planned.format().bytes(tensor.elements()), rows == null ? 0 : rows.relativeError(),
                    planned.note()));
        }
        return new QuantizeReport(
                in.toString(), out.toString(), mixture.name(), Files.size(in), Files.size(out), tensors,
                importanceFile == null ? 0 : without, null);
    }
}
