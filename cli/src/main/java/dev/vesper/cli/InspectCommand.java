package dev.vesper.cli;

import dev.vesper.llm.arch.Architectures;
import dev.vesper.llm.arch.Model;
import dev.vesper.llm.arch.ModelShape;
import dev.vesper.llm.arch.UnsupportedModelException;
import dev.vesper.llm.file.Gguf;
import dev.vesper.llm.file.Metadata;
import dev.vesper.llm.file.TensorInfo;
import dev.vesper.llm.text.Tokenizer;
import dev.vesper.tensor.kernel.KernelChoice;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Shows what is in a model file. */
@Command(
        name = "inspect",
        description = "Print what is in a model file, what it needs in memory, and whether this build can run it.",
        footer = {"", "Example:", "  vesper inspect model.gguf"})
final class InspectCommand implements Callable<Integer> {
    /** Elements of an array that are printed; the JSON form has them all. */
    private static final int SHOWN = 6;

    private static final int SHOWN_CHARACTERS = 100;

    @Parameters(paramLabel = "FILE", description = "The model, a GGUF file.")
    private Path path = Path.of("");

    @Option(names = "--json", description = "Print one JSON object, with whole arrays.")
    private boolean json;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() {
        try (Gguf file = Gguf.open(path)) {
            Report report = report(file);
            PrintWriter out = spec.commandLine().getOut();
            if (json) {
                out.println(Json.of(report));
            } else {
                print(report, out);
            }
            out.flush();
        }
        return Vesper.DONE;
    }

    private record Tensor(String name, String format, List<Long> shape, long bytes) {}

    /** @param cacheBytesPerToken keys and values of one position, over all layers; 0 where the model cannot run */
    private record Memory(long weightBytes, long cacheBytesPerToken, int contextLength, long cacheBytesFullContext) {}

    private record Report(
            String file,
            Map<String, Object> metadata,
            List<Tensor> tensors,
            long parameters,
            Memory memory,
            boolean runs,
            String reason) {}

    private static Report report(Gguf file) {
        List<Tensor> tensors = file.tensors().values().stream()
                .map(tensor -> new Tensor(tensor.name(), tensor.format().name(), tensor.shape(), tensor.bytes()))
                .toList();
        long weights = tensors.stream().mapToLong(Tensor::bytes).sum();
        long parameters =
                file.tensors().values().stream().mapToLong(TensorInfo::elements).sum();
        Memory memory = new Memory(weights, 0, 0, 0);
        boolean runs = false;
        String reason;
        try {
            refuseAdapter(file.metadata());
            Model model = Architectures.load(file);
            Tokenizer.of(file.metadata());
            ModelShape shape = model.shape();
            long perToken = 2L * shape.layers() * shape.attention().keyValueColumns() * Float.BYTES;
            memory = new Memory(weights, perToken, shape.contextLength(), perToken * shape.contextLength());
            runs = true;
            reason = "architecture " + shape.architecture() + " with its tokenizer and formats is supported"
                    + slow(file);
        } catch (RuntimeException e) {
            reason = String.valueOf(e.getMessage());
        }
        return new Report(
                file.path().toString(), new LinkedHashMap<>(file.metadata().all()), tensors, parameters, memory, runs,
                reason);
    }

    private static void refuseAdapter(Metadata metadata) {
        if (metadata.string("general.type").orElse("model").equals("adapter")) {
            throw new UnsupportedModelException("it is an adapter for a model of architecture %s, and no model itself"
                    .formatted(metadata.string("general.architecture").orElse("unknown")));
        }
    }

    /** Formats of the file that run, but not fast. */
    private static String slow(Gguf file) {
        String formats = file.tensors().values().stream()
                .map(TensorInfo::format)
                .distinct()
                .filter(format -> !KernelChoice.hasVectorLoop(format))
                .map(Enum::name)
                .collect(Collectors.joining(", "));
        return formats.isEmpty() ? "" : "; there is no vector loop for " + formats + " yet, which will be slow";
    }

    private static void print(Report report, PrintWriter out) {
        out.println(report.file);
        out.println();
        report.metadata.forEach((key, value) -> out.println("  " + key + " = " + shown(value)));
        out.println();
        int width = report.tensors.stream().mapToInt(tensor -> tensor.name.length()).max().orElse(0);
        for (Tensor tensor : report.tensors) {
            out.printf(
                    Locale.ROOT,
                    "  %-" + Math.max(1, width) + "s  %-7s %14s %14s%n",
                    tensor.name,
                    tensor.format,
                    tensor.shape.stream().map(String::valueOf).collect(Collectors.joining(" x ")),
                    Sizes.of(tensor.bytes));
        }
        out.println();
        out.printf(Locale.ROOT, "%d tensors, %,d parameters%n", report.tensors.size(), report.parameters);
        out.println("weights     " + Sizes.of(report.memory.weightBytes) + ", mapped from the file");
        if (report.runs) {
            out.printf(
                    Locale.ROOT,
                    "cache       %s for each token, %s for the whole context of %d%n",
                    Sizes.of(report.memory.cacheBytesPerToken),
                    Sizes.of(report.memory.cacheBytesFullContext),
                    report.memory.contextLength);
        }
        out.println((report.runs ? "runs here   yes: " : "runs here   no: ") + report.reason);
    }

    private static String shown(Object value) {
        if (value instanceof List<?> list) {
            String some = list.stream().limit(SHOWN).map(String::valueOf).collect(Collectors.joining(", "));
            return "[" + some + (list.size() > SHOWN ? ", ... " + list.size() + " in all]" : "]");
        }
        String text = String.valueOf(value).replace("\n", "\\n");
        return text.length() > SHOWN_CHARACTERS
                ? text.substring(0, SHOWN_CHARACTERS) + "... (" + text.length() + " characters)"
                : text;
    }
}
