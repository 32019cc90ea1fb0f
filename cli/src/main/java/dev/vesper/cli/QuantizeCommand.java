package dev.vesper.cli;

import dev.vesper.llm.Backend;
import dev.vesper.llm.ModelFile;
import dev.vesper.tensor.Format;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
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

    @Option(
            names = "--compare",
            description = "Then compare them so on a text that comes with Vesper, if there is no --text.")
    private boolean compare;

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

    private static final String BUNDLED_TEXT = "compare.txt";

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
        byte[] words = words();
        Importance importance = importanceFile == null ? Importance.none() : Importance.read(importanceFile);
        try (Backend backend = Backend.of("auto", threads)) {
            String importanceName = importanceFile == null ? "" : String.valueOf(importanceFile.getFileName());
            QuantizeReport report = new Quantizer(
                    in, out, mixture, Optional.ofNullable(keepOutput), importance, importanceName, requantize)
                    .write(backend.workers(), spec.commandLine().getErr());
            if (text != null || compare) {
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

    /** The text to compare on; empty if none is asked for. */
    private byte[] words() throws IOException {
        if (text != null) {
            return Files.readAllBytes(text);
        }
        if (!compare) {
            return new byte[0];
        }
        try (InputStream bundled = Objects.requireNonNull(QuantizeCommand.class.getResourceAsStream(BUNDLED_TEXT))) {
            return bundled.readAllBytes();
        }
    }
}
