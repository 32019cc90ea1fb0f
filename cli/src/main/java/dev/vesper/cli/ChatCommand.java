package dev.vesper.cli;

import dev.vesper.llm.GenerateOptions;
import dev.vesper.llm.Llm;
import dev.vesper.llm.Message;
import dev.vesper.llm.Reply;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Holds a conversation, or answers one prompt. */
@Command(
        name = "chat",
        description = {
            "Talk with a model, or get one reply with --prompt.",
            "Without a terminal and without --prompt, all of standard input is the prompt."
        },
        footer = {
            "",
            "Examples:",
            "  vesper chat --model model.gguf",
            "  vesper chat --model model.gguf --system \"Answer in one sentence.\" --prompt \"What is a vesper?\""
        })
final class ChatCommand implements Callable<Integer> {
    @Mixin
    private ModelOptions model = new ModelOptions();

    @Mixin
    private SamplingOptions sampling = new SamplingOptions();

    @Option(names = "--system", paramLabel = "TEXT", description = "Instructions that the conversation begins with.")
    private @Nullable String system;

    @Option(names = "--prompt", paramLabel = "TEXT", description = "Get one reply to this, and end.")
    private @Nullable String prompt;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() throws IOException {
        GenerateOptions options = sampling.toOptions(spec.commandLine(), model.adapterName());
        PrintWriter err = spec.commandLine().getErr();
        try (Llm llm = model.load()) {
            if (!llm.file().hasTemplate()) {
                err.printf(
                        "vesper: %s has no chat template; the template \"%s\" is used%n",
                        model.model,
                        llm.file().template().name());
                err.flush();
            }
            List<Message> messages = new ArrayList<>();
            if (system != null) {
                messages.add(Message.system(system));
            }
            if (prompt == null && Terminals.interactive()) {
                new ChatSession(llm, options, messages).run();
            } else {
                answer(llm, options, messages);
            }
        }
        return Vesper.DONE;
    }

    private void answer(Llm llm, GenerateOptions options, List<Message> messages) throws IOException {
        String text = prompt != null ? prompt : new String(System.in.readAllBytes(), StandardCharsets.UTF_8);
        if (text.isBlank()) {
            throw new IllegalArgumentException("nothing to answer: the prompt is empty");
        }
        messages.add(Message.user(text));
        PrintWriter out = spec.commandLine().getOut();
        Reply reply = llm.chat(messages, options, piece -> {
            out.print(piece);
            out.flush();
            return !out.checkError();
        });
        out.println();
        out.flush();
        if (reply.finish() == Reply.Finish.LENGTH) {
            spec.commandLine()
                    .getErr()
                    .printf("vesper: the reply was ended after %d tokens (--max-tokens)%n", reply.completionTokens());
        }
    }
}
