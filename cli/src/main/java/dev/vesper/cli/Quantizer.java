package dev.vesper.cli;

import dev.vesper.cli.FormatPlan.Planned;
import dev.vesper.llm.file.Gguf;
import dev.vesper.llm.file.GgufWriter;
import dev.vesper.llm.file.Metadata;
import dev.vesper.llm.file.MetadataBuilder;
import dev.vesper.llm.file.TensorInfo;
import dev.vesper.tensor.Format;
import dev.vesper.tensor.Weight;
import dev.vesper.tensor.Workers;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Writes a model file in another format.
 *
 * @param output the format of the output matrix, if it is not to be left to the mixture
 * @param importanceFile the name of the file that the importance is from; empty if there is none
 * @param requantize whether a model that is quantised already is taken
 */
record Quantizer(
        Path in,
        Path out,
        Mixture mixture,
        Optional<Format> output,
        Importance importance,
        String importanceFile,
        boolean requantize) {
    /** The version of ggml's block formats, in files that have some. */
    private static final int QUANTIZATION_VERSION = 2;

    /** One mixture and nothing else to be said. */
    static Quantizer of(Path in, Path out, Mixture mixture) {
        return new Quantizer(in, out, mixture, Optional.empty(), Importance.none(), "", false);
    }

    QuantizeReport write(Workers workers, PrintWriter err) throws IOException {
        try (Gguf file = Gguf.open(in)) {
            refuse(file);
            FormatPlan plan = FormatPlan.of(file, mixture, output);
            Map<String, EncodedRows> encoded = new LinkedHashMap<>();
            GgufWriter writer = new GgufWriter(metadata(file, plan));
            try (Progress progress = progress(file, plan, err)) {
                for (TensorInfo tensor : file.tensors().values()) {
                    Weight weight = file.weight(tensor.name()).orElseThrow();
                    Format to = plan.of(tensor).format();
                    if (to == tensor.format()) {
                        writer.tensor(tensor.name(), to, tensor.shape(), weight.data());
                        continue;
                    }
                    EncodedRows rows = new EncodedRows(FloatRows.of(weight), to, importance.of(tensor), workers);
                    encoded.put(tensor.name(), rows);
                    writer.tensor(tensor.name(), to, tensor.shape(), (row, destination) -> {
                        rows.row(row, destination);
                        progress.add(1);
                    });
                }
                writer.write(out);
            }
            return report(file, plan, encoded);
        }
    }

    private static Progress progress(Gguf file, FormatPlan plan, PrintWriter err) {
        long rows = file.tensors().values().stream()
                .filter(tensor -> plan.of(tensor).format() != tensor.format())
                .mapToLong(TensorInfo::rows)
                .sum();
        return Progress.of("quantized", "rows", rows, err);
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

    private Metadata metadata(Gguf file, FormatPlan plan) {
        MetadataBuilder metadata =
                Metadata.builder(out).all(file.metadata()).integer("general.file_type", mixture.fileType());
        boolean blocks = plan.tensors().values().stream().anyMatch(planned -> planned.format().blockSize() > 1);
        if (blocks) {
            metadata.integer("general.quantization_version", QUANTIZATION_VERSION);
        }
        if (!importanceFile.isEmpty()) {
            metadata.string("quantize.imatrix.file", importanceFile);
        }
        return metadata.build();
    }

    private QuantizeReport report(Gguf file, FormatPlan plan, Map<String, EncodedRows> encoded) throws IOException {
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
                importanceFile.isEmpty() ? 0 : without, null);
    }
}
