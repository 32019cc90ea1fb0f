package dev.vesper.cli;

import dev.vesper.llm.Reply;
import dev.vesper.train.eval.Subject;
import dev.vesper.train.eval.judge.JudgeQuestion;
import dev.vesper.train.eval.judge.Judgment;
import dev.vesper.train.eval.judge.Judgment.Verdict;
import dev.vesper.train.eval.judge.Judgments;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jline.terminal.Attributes;
import org.jline.terminal.Terminal;
import org.jline.terminal.TerminalBuilder;

/**
 * Shows a person the replies of two models to each question, in an order that was drawn, and asks which is better. While one is
 * read, the replies to the next are written.
 */
final class JudgeSession {
    private static final int AHEAD = 2;
    private static final int END = -1;
    private static final int CTRL_C = 3;
    private static final int CTRL_D = 4;
    private static final String KEYS = "a: A is better   b: B is better   t: a tie   s: skip   q: stop here";

    private final Subject candidate;
    private final Subject against;
    private final List<JudgeQuestion> questions;
    private final Judgments judgments;
    private final int maxTokens;

    /** What both models reply to a question. */
    private record Pair(JudgeQuestion question, Future<Reply> candidate, Future<Reply> against) {}

    /** @param questions all of them: those that have been judged are not asked again */
    JudgeSession(
            Subject candidate, Subject against, List<JudgeQuestion> questions, Judgments judgments, int maxTokens) {
        this.candidate = candidate;
        this.against = against;
        this.questions = questions;
        this.judgments = judgments;
        this.maxTokens = maxTokens;
    }

    /** Asks at the terminal that this process was started from; not at all if everything has been judged. */
    void runAtTerminal() throws IOException {
        if (questions.stream().allMatch(judgments::has)) {
            return;
        }
        if (!Terminals.interactive()) {
            throw new IllegalStateException(
                    "--judge: expected a terminal to show replies at and to read keys from, found none");
        }
        try (Terminal terminal = TerminalBuilder.builder().system(true).build()) {
            run(terminal);
        }
    }

    void run(Terminal terminal) throws IOException {
        Attributes before = terminal.enterRawMode();
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
        try {
            Deque<JudgeQuestion> waiting = new ArrayDeque<>(
                    questions.stream().filter(question -> !judgments.has(question)).toList());
            Deque<Pair> pairs = new ArrayDeque<>();
            boolean more = true;
            while (more && !(waiting.isEmpty() && pairs.isEmpty())) {
                while (pairs.size() <= AHEAD && !waiting.isEmpty()) {
                    pairs.add(asked(threads, waiting.remove()));
                }
                more = judge(terminal, pairs.remove());
            }
        } finally {
            threads.shutdownNow();
            terminal.setAttributes(before);
            terminal.flush();
        }
    }

    private Pair asked(ExecutorService threads, JudgeQuestion question) {
        return new Pair(
                question,
                threads.submit(() -> reply(candidate, question)),
                threads.submit(() -> reply(against, question)));
    }

    private Reply reply(Subject subject, JudgeQuestion question) {
        return subject.llm().chat(question.messages(), subject.greedy(maxTokens));
    }

    /** Returns whether to go on. */
    private boolean judge(Terminal terminal, Pair pair) throws IOException {
        PrintWriter out = terminal.writer();
        JudgeQuestion question = pair.question();
        out.printf("%n[%d of %d]%n%n%s%n", judgments.all().size() + 1, questions.size(), clean(question.text()));
        out.flush();
        String first = text(pair.candidate());
        String second = text(pair.against());
        if (first.equals(second)) {
            out.printf("%nBoth reply the same:%n%s%n", clean(first));
            judgments.add(judgment(question, first, second, Verdict.SAME));
            return true;
        }
        boolean candidateFirst = judgments.candidateFirst(question);
        out.printf("%nA ----------------%n%s%n", clean(candidateFirst ? first : second));
        out.printf("%nB ----------------%n%s%n%n%s ", clean(candidateFirst ? second : first), KEYS);
        out.flush();
        while (true) {
            int key = terminal.reader().read();
            switch (key) {
                case 'a', 'A' -> {
                    return said(out, "A", judgment(question, first, second,
                            candidateFirst ? Verdict.WIN : Verdict.LOSS));
                }
                case 'b', 'B' -> {
                    return said(out, "B", judgment(question, first, second,
                            candidateFirst ? Verdict.LOSS : Verdict.WIN));
                }
                case 't', 'T' -> {
                    return said(out, "tie", judgment(question, first, second, Verdict.TIE));
                }
                case 's', 'S' -> {
                    return said(out, "skipped", judgment(question, first, second, Verdict.SKIPPED));
                }
                case 'q', 'Q', END, CTRL_C, CTRL_D -> {
                    out.println();
                    return false;
                }
                case '\r', '\n' -> {}
                default -> {
                    out.printf("%n%s ", KEYS);
                    out.flush();
                }
            }
        }
    }

    /** Keeps a judgment before the next question is shown. */
    private boolean said(PrintWriter out, String word, Judgment judgment) {
        judgments.add(judgment);
        out.println(word);
        return true;
    }

    private static Judgment judgment(JudgeQuestion question, String candidate, String against, Verdict verdict) {
        return new Judgment(question.place(), question.text(), candidate, against, verdict);
    }

    /** A reply must not move the cursor or colour the screen: that would tell whose it is. */
    private static String clean(String text) {
        return text.strip().replaceAll("[\\p{Cc}&&[^\\n\\t]]", "\uFFFD");
    }

    private static String text(Future<Reply> reply) {
        try {
            return reply.get().text();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CancellationException("interrupted while replies were written");
        } catch (ExecutionException e) {
            throw e.getCause() instanceof RuntimeException cause ? cause : new IllegalStateException(e.getCause());
        }
    }
}
