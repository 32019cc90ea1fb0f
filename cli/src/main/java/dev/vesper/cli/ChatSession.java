package dev.vesper.cli;

import dev.vesper.llm.GenerateOptions;
import dev.vesper.llm.Llm;
import dev.vesper.llm.Message;
import dev.vesper.llm.Reply;
import dev.vesper.llm.error.ContextLengthException;
import dev.vesper.llm.file.AtomicFiles;
import dev.vesper.llm.file.ModelFileException;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jline.reader.EndOfFileException;
import org.jline.reader.LineReader;
import org.jline.reader.LineReaderBuilder;
import org.jline.reader.UserInterruptException;
import org.jline.terminal.Terminal;
import org.jline.terminal.Terminal.Signal;
import org.jline.terminal.TerminalBuilder;

/** A conversation at the terminal. Lines are remembered while it lasts, and nowhere else. */
final class ChatSession {
    private static final String HELP = """
            /help         this
            /reset        forget the conversation, keep the instructions
            /save FILE    write the conversation to FILE, as one row to tune with
            /exit         leave; so does Ctrl-D
            A line that ends with \\ goes on in the next one; \"\"\" begins and ends a text of several lines.
            Ctrl-C ends a reply.""";

    private final Llm llm;
    private final GenerateOptions options;
    private final List<Message> messages;
    private final int instructions;

    /** @param messages the instructions, if any; the conversation is added to them */
    ChatSession(Llm llm, GenerateOptions options, List<Message> messages) {
        this.llm = llm;
        this.options = options;
        this.messages = messages;
        this.instructions = messages.size();
    }

    void run() throws IOException {
        try (Terminal terminal = TerminalBuilder.builder().system(true).build()) {
            LineReader reader = LineReaderBuilder.builder()
                    .terminal(terminal)
                    .parser(new MultiLineParser())
                    .variable(LineReader.SECONDARY_PROMPT_PATTERN, "... ")
                    .option(LineReader.Option.DISABLE_EVENT_EXPANSION, true)
                    .build();
            PrintWriter out = terminal.writer();
            out.println("/help tells what else there is.");
            while (true) {
                String line;
                try {
                    line = MultiLineParser.text(reader.readLine("> "));
                } catch (UserInterruptException e) {
                    out.println("Ctrl-D leaves.");
                    continue;
                } catch (EndOfFileException e) {
                    return;
                }
                if (line.strip().equals("/exit")) {
                    return;
                }
                handle(line, terminal);
                out.flush();
            }
        }
    }

    private void handle(String line, Terminal terminal) {
        PrintWriter out = terminal.writer();
        String[] words = line.strip().split("\\s+", 2);
        switch (words[0]) {
            case "" -> {}
            case "/help" -> out.println(HELP);
            case "/reset" -> {
                messages.subList(instructions, messages.size()).clear();
                out.println("The conversation is forgotten.");
            }
            case "/save" -> out.println(save(words.length > 1 ? words[1].strip() : ""));
            default -> {
                if (words[0].startsWith("/")) {
                    out.println("There is no " + words[0] + ".");
                    out.println(HELP);
                } else {
                    answer(line, terminal);
                }
            }
        }
    }

    private void answer(String line, Terminal terminal) {
        PrintWriter out = terminal.writer();
        List<Message> asked = new ArrayList<>(messages);
        asked.add(Message.user(line));
        AtomicBoolean stopped = new AtomicBoolean();
        Terminal.SignalHandler before = terminal.handle(Signal.INT, signal -> stopped.set(true));
        try {
            Reply reply = llm.chat(asked, options, piece -> {
                out.print(piece);
                out.flush();
                return !stopped.get();
            });
            messages.add(Message.user(line));
            messages.add(Message.assistant(reply.text()));
            out.println();
            out.println(summary(reply));
        } catch (ContextLengthException e) {
            out.println(e.getMessage() + "; /reset begins anew.");
        } catch (RuntimeException e) {
            out.println("This failed: " + e.getMessage());
        } finally {
            terminal.handle(Signal.INT, before);
        }
    }

    private String summary(Reply reply) {
        double seconds = reply.total().minus(reply.firstToken()).toNanos() / 1e9;
        String rate = reply.completionTokens() > 1
                ? String.format(Locale.ROOT, ", %.1f tokens/s", (reply.completionTokens() - 1) / seconds)
                : "";
        String end =
                switch (reply.finish()) {
                    case STOP -> "";
                    case LENGTH -> ", cut at the limit";
                    case CANCELLED -> ", stopped";
                };
        int used = reply.promptTokens() + reply.completionTokens();
        return "\033[2m[%d of %d tokens of context used%s%s]\033[0m".formatted(used, llm.contextLength(), rate, end);
    }

    private String save(String name) {
        if (name.isEmpty()) {
            return "Where to? /save FILE";
        }
        if (messages.size() == instructions) {
            return "Nothing is saved: nothing was said yet.";
        }
        try {
            AtomicFiles.write(Path.of(name), Json.of(Map.of("messages", messages)) + "\n");
            return "Saved to " + name + ".";
        } catch (ModelFileException | java.nio.file.InvalidPathException e) {
            return "Not saved: " + e.getMessage();
        }
    }
}
