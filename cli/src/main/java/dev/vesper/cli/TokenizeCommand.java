package dev.vesper.cli;

import dev.vesper.llm.file.Checkpoint;
import dev.vesper.llm.file.Gguf;
import dev.vesper.llm.text.Tokenizer;
import dev.vesper.llm.text.Vocabulary;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Shows how a model's tokenizer cuts a text. */
@Command(
        name = "tokenize",
        description = "Print the token ids of a text, separated by spaces.",
        footer = {"", "Example:", "  vesper tokenize --model model.gguf --text \"Good evening\""})
final class TokenizeCommand implements Callable<Integer> {
    @Option(names = "--model", required = true, paramLabel = "FILE", description = "The model, a GGUF file.")
    private Path model = Path.of("");

    @ArgGroup(multiplicity = "1")
    private Source source = new Source();

    private static final class Source {
        @Option(names = "--text", required = true, paramLabel = "TEXT", description = "The text.")
        private @Nullable String text;

        @Option(
                names = "--file", required = true, paramLabel = "FILE",
                description = "A file with the text, taken byte by byte.")
        private @Nullable Path file;

        byte[] bytes() {
            return file != null
                    ? Inputs.read(file)
                    : String.valueOf(text).getBytes(StandardCharsets.UTF_8);
        }
    }

    @Option(names = "--bos", description = "Begin with the token for the beginning of a text.")
    private boolean bos;

    @Option(names = "--plain", description = "Take special tokens that the text spells as ordinary text.")
    private boolean plain;

    @Option(names = "--json", description = "Print one JSON object: ids and pieces.")
    private boolean json;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() {
        byte[] bytes = source.bytes();
        try (Checkpoint checkpoint = Gguf.open(model)) {
            Tokenizer tokenizer = Tokenizer.of(checkpoint.metadata());
            int[] ids = tokenizer.encode(bytes, !plain);
            if (bos) {
                int first = tokenizer.vocabulary().bos().orElseThrow(() -> new IllegalArgumentException(
                        model + ": --bos: the vocabulary has no token for the beginning of a text"));
                ids = IntStream.concat(IntStream.of(first), Arrays.stream(ids)).toArray();
            }
            PrintWriter out = spec.commandLine().getOut();
            out.println(json ? Json.of(result(ids, tokenizer.vocabulary())) : spaced(ids));
            out.flush();
        }
        return Vesper.DONE;
    }

    private static String spaced(int[] ids) {
        return Arrays.stream(ids).mapToObj(Integer::toString).collect(Collectors.joining(" "));
    }

    private static Result result(int[] ids, Vocabulary vocabulary) {
        return new Result(ids.length, ids, Arrays.stream(ids).mapToObj(vocabulary::name).toList());
    }

    private record Result(int count, int[] ids, List<String> tokens) {}
}
