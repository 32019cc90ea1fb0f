package dev.vesper.cli;

import dev.vesper.llm.Backend;
import dev.vesper.llm.ModelFile;
import dev.vesper.llm.Scorer;
import dev.vesper.llm.file.AtomicFiles;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.WritableByteChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Measures how likely a model finds a text. */
@Command(
        name = "score",
        description = {
            "Print the mean negative log-likelihood of a text and its perplexity.",
            "A file longer than the context is cut into windows of that length; each begins with the token for the beginning"
                    + " of a text, and its first token is not counted."
        },
        footer = {"", "Example:", "  vesper score --model model.gguf --file held-out.txt"})
final class ScoreCommand implements Callable<Integer> {
    @Mixin
    private ModelOptions model = new ModelOptions();

    @ArgGroup(multiplicity = "1")
    private Source source = new Source();

    private static final class Source {
        @Option(names = "--file", required = true, paramLabel = "TEXT", description = "A text file.")
        private @Nullable Path file;

        @Option(
                names = "--tokens",
                required = true,
                split = ",",
                paramLabel = "ID",
                description = "Exactly these token ids, separated by commas.")
        private int @Nullable [] tokens;
    }

    @Option(
            names = "--logits-out",
            paramLabel = "FILE",
            description = "Write all logits to FILE: little-endian float32 [tokens, vocabulary].")
    private @Nullable Path logitsOut;

    @Option(names = "--json", description = "Print one JSON object.")
    private boolean json;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() {
        try (ModelFile file = ModelFile.open(model.model);
                Backend backend = Backend.of(model.loading.kernels, model.loading.threads)) {
            Scorer scorer = new Scorer(file.weighted(model.readAdapters(file)), backend, model.loading.cacheType);
            List<int[]> windows = windows(file);
            Result result = score(scorer, windows);
            if (logitsOut != null) {
                writeLogits(scorer, windows, logitsOut);
            }
            PrintWriter out = spec.commandLine().getOut();
            out.println(json ? Json.of(result) : result.text());
            out.flush();
        }
        return Vesper.DONE;
    }

    private List<int[]> windows(ModelFile file) {
        int context = context(file);
        if (source.tokens != null) {
            return List.of(fitting(source.tokens, context, file.model().shape().vocabulary()));
        }
        int[] tokens = file.tokenizer().encode(Inputs.read(Objects.requireNonNull(source.file)), false);
        int[] bos = file.promptTokens("");
        int step = context - bos.length;
        List<int[]> windows = new ArrayList<>();
        for (int from = 0; from < tokens.length; from += step) {
            int[] piece = Arrays.copyOfRange(tokens, from, Math.min(from + step, tokens.length));
            int[] window = Arrays.copyOf(bos, bos.length + piece.length);
            System.arraycopy(piece, 0, window, bos.length, piece.length);
            windows.add(window);
        }
        return windows;
    }

    /** The length of a window: long enough for one token to predict another, and no longer than the model can see. */
    private int context(ModelFile file) {
        int own = file.model().shape().contextLength();
        int context = model.loading.context == 0 ? own : model.loading.context;
        if (context < 2 || context > own) {
            throw new ParameterException(
                    spec.commandLine(),
                    "--context: expected 2 to %d, the model's own, found %d".formatted(own, context));
        }
        return context;
    }

    private int[] fitting(int[] tokens, int context, int vocabulary) {
        if (tokens.length > context) {
            throw new IllegalArgumentException("--tokens: expected at most %d ids, the context, found %d"
                    .formatted(context, tokens.length));
        }
        for (int i = 0; i < tokens.length; i++) {
            if (tokens[i] < 0 || tokens[i] >= vocabulary) {
                throw new IllegalArgumentException("--tokens: id %d: expected 0 to %d, the vocabulary, found %d"
                        .formatted(i + 1, vocabulary - 1, tokens[i]));
            }
        }
        return tokens;
    }

    private Result score(Scorer scorer, List<int[]> windows) {
        double sum = 0;
        long count = 0;
        long tokens = windows.stream().mapToLong(window -> window.length).sum();
        try (Progress progress = Progress.of("scored", "tokens", tokens, spec.commandLine().getErr())) {
            for (int[] window : windows) {
                if (window.length > 1) {
                    sum += Arrays.stream(scorer.losses(window)).sum();
                    count += window.length - 1;
                }
                progress.add(window.length);
            }
        }
        if (count == 0) {
            throw new IllegalArgumentException("nothing to score: a text of at least two tokens is needed");
        }
        return new Result(tokens, count, windows.size(), sum / count, Math.exp(sum / count));
    }

    private static void writeLogits(Scorer scorer, List<int[]> windows, Path target) {
        AtomicFiles.write(target, channel -> {
            for (int[] window : windows) {
                scorer.logits(window, (logits, offset, vocabulary) -> writeRow(channel, logits, offset, vocabulary));
            }
        });
    }

    private static void writeRow(WritableByteChannel channel, float[] logits, int offset, int vocabulary) {
        ByteBuffer row = ByteBuffer.allocate(vocabulary * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        row.asFloatBuffer().put(logits, offset, vocabulary);
        try {
            while (row.hasRemaining()) {
                channel.write(row);
            }
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private record Result(
            long tokens, long predicted, int windows, double meanNegativeLogLikelihood, double perplexity) {
        String text() {
            return String.format(
                    Locale.ROOT,
                    "mean negative log-likelihood %.6f%nperplexity %.4f%ntokens %d (%d predicted, in %d windows)",
                    meanNegativeLogLikelihood,
                    perplexity,
                    tokens,
                    predicted,
                    windows);
        }
    }
}
