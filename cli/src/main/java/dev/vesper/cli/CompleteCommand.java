package dev.vesper.cli;

import dev.vesper.llm.GenerateOptions;
import dev.vesper.llm.Llm;
import dev.vesper.llm.Reply;
import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Continues a text. */
@Command(
        name = "complete",
        description = "Continue a text, and print the continuation only.",
        footer = {
            "",
            "Example:",
            "  vesper complete --model model.gguf --prompt \"Once upon a time\" --max-tokens 100 --temperature 0"
        })
final class CompleteCommand implements Callable<Integer> {
    @Mixin
    private ModelOptions model = new ModelOptions();

    @Mixin
    private SamplingOptions sampling = new SamplingOptions();

    @Option(
            names = "--prompt",
            required = true,
            paramLabel = "TEXT",
            description = "The text to continue; an empty one begins a new text.")
    private String prompt = "";

    @Option(names = "--json", description = "Print one JSON object: text, reason of the end, tokens, seed, seconds.")
    private boolean json;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() {
        GenerateOptions options = sampling.toOptions(spec.commandLine(), model.adapterName());
        PrintWriter out = spec.commandLine().getOut();
        try (Llm llm = model.load()) {
            Reply reply = llm.complete(prompt, options, piece -> {
                if (!json) {
                    out.print(piece);
                }
                // Also with --json: nothing is to be computed for a reader that has left.
                return !out.checkError();
            });
            if (json) {
                out.println(Json.of(new Result(reply)));
            }
            out.flush();
        }
        return Vesper.DONE;
    }

    private record Result(
            String text,
            String finishReason,
            int promptTokens,
            int completionTokens,
            long seed,
            double firstTokenSeconds,
            double seconds) {
        Result(Reply reply) {
            this(
                    reply.text(),
                    reply.finish().name().toLowerCase(java.util.Locale.ROOT),
                    reply.promptTokens(),
                    reply.completionTokens(),
                    reply.seed(),
                    reply.firstToken().toNanos() / 1e9,
                    reply.total().toNanos() / 1e9);
        }
    }
}
