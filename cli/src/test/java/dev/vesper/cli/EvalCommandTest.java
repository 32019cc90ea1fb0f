package dev.vesper.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vesper.llm.LoadOptions;
import dev.vesper.train.eval.SubjectSpec;
import dev.vesper.train.eval.Subjects;
import dev.vesper.train.eval.judge.JudgeQuestion;
import dev.vesper.train.eval.judge.Judgment;
import dev.vesper.train.eval.judge.Judgment.Verdict;
import dev.vesper.train.eval.judge.Judgments;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jline.terminal.impl.DumbTerminal;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class EvalCommandTest {
    @TempDir
    private static Path folder;

    private static Path tiny = Path.of("");
    private static Path adapter = Path.of("");
    private static Path rows = Path.of("");

    @BeforeAll
    static void write() throws IOException {
        tiny = TinyModel.write(folder);
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < 10; i++) {
            text.append("""
                    {"messages":[{"role":"user","content":"w%d"},{"role":"assistant","content":"w40 w41 w%d"}]}
                    """.formatted(300 + i, 310 + i));
        }
        rows = Files.writeString(folder.resolve("rows.jsonl"), text);
        adapter = folder.resolve("adapter");
        Commands.run("tune", "--model", tiny, "--data", rows, "--out", adapter, "--steps", 12, "--rank", 4,
                "--learning-rate", "1e-2", "--json").done();
    }

    @Test
    void anAdapterIsComparedWithItsBaseAndReportedInThreeForms() throws IOException {
        Path out = folder.resolve("report");
        Commands.Result result = Commands.run("eval", "--model", tiny, "--adapter", adapter, "--data", rows,
                "--training", rows, "--out", out, "--resamples", 500).done();
        assertThat(result.out()).contains("tiny.gguf + adapter against tiny.gguf: better", "n = 10",
                out.resolve("report.html").toString());
        JsonNode json = JsonMapper.shared().readTree(Files.readString(out.resolve("report.json")));
        assertThat(json.get("command").asString()).startsWith("vesper eval --model ").contains("--resamples 500");
        assertThat(json.get("sections").valueStream().map(section -> section.get("key").asString()))
                .containsExactly("held_out", "recitation");
        assertThat(out.resolve("report.html")).content().startsWith("<!DOCTYPE html>").contains("<svg");
        assertThat(out.resolve("report.md")).content().contains("# tiny.gguf + adapter against tiny.gguf");
        assertThat(Commands.run("eval", "--model", tiny, "--data", rows, "--out", out).failure())
                .contains("expected an empty or new folder, found one with report.html");
    }

    @Test
    void theSameIsPrintedAsJsonAndTheSameSeedGivesTheSame() {
        JsonNode first = Commands.run("eval", "--model", tiny, "--data", rows, "--json", "--resamples", 500).json();
        JsonNode again = Commands.run(
                "eval", "--model", tiny, "--data", rows, "--json", "--resamples", 500, "--threads", 1).json();
        assertThat(again.get("sections")).isEqualTo(first.get("sections"));
        assertThat(first.get("sections").get(0).get("figures")).hasSize(1);
    }

    @Test
    void whatCannotBeMeasuredIsWrongUsage() {
        assertThat(Commands.run("eval", "--model", tiny).wrongUsage()).contains("nothing to measure");
        assertThat(Commands.run("eval", "--model", tiny, "--training", rows).wrongUsage()).contains("needs --data");
        assertThat(Commands.run("eval", "--model", tiny, "--adapter", adapter, "--judge", rows).wrongUsage())
                .contains("--judge needs --out");
        assertThat(Commands.run("eval", "--model", tiny, "--judge", rows, "--out", folder.resolve("x")).wrongUsage())
                .contains("--judge needs two models");
        assertThat(Commands.run("eval", "--model", tiny, "--data", rows, "--confidence", 1).wrongUsage())
                .contains("confidence");
        assertThat(Commands.run("eval", "--model", tiny, "--data", rows, "--ask", "nicely").wrongUsage())
                .contains("--ask");
    }

    @Test
    void aPersonJudgesBlindStopsAndGoesOn() throws IOException {
        Path out = Files.createDirectory(folder.resolve("judged"));
        List<JudgeQuestion> questions = JudgeQuestion.read(
                Files.writeString(folder.resolve("q.txt"), "w300\nw301\nw302\nw303\nw304\n"));
        Judgments judgments = Judgments.open(out.resolve("judgments.jsonl"), Map.of(), 1);
        // x is no key; the end of the input stops like q
        String screen = judge(questions, judgments, "xat\nq");
        assertThat(screen).contains("[1 of 5]", "w300", "A -----", "B -----", "a: A is better", "[3 of 5]")
                .doesNotContain("[4 of 5]", "adapter", "tiny");
        assertThat(judgments.all()).hasSize(2);
        Judgment first = judgments.all().getFirst();
        assertThat(first.verdict()).isEqualTo(
                judgments.candidateFirst(questions.getFirst()) ? Verdict.WIN : Verdict.LOSS);
        int candidate = screen.indexOf(first.candidate().strip());
        int against = screen.indexOf(first.against().strip());
        assertThat(candidate < against).isEqualTo(judgments.candidateFirst(questions.getFirst()));
        assertThat(judgments.all().get(1).verdict()).isEqualTo(Verdict.TIE);
        Judgments again = Judgments.open(out.resolve("judgments.jsonl"), Map.of(), 1);
        assertThat(judge(questions, again, "bs")).contains("[3 of 5]", "[5 of 5]").doesNotContain("[1 of 5]");
        assertThat(again.all()).extracting(Judgment::verdict).containsExactly(
                first.verdict(), Verdict.TIE,
                again.candidateFirst(questions.get(2)) ? Verdict.LOSS : Verdict.WIN, Verdict.SKIPPED);
        assertThat(judge(questions, again, "t")).contains("[5 of 5]");
        assertThat(Judgments.open(out.resolve("judgments.jsonl"), Map.of(), 1).all()).hasSize(5);
        assertThat(judge(questions, again, "")).isEmpty();
    }

    @Test
    void theSameRepliesAreATieThatNobodyIsAskedAbout() throws IOException {
        List<JudgeQuestion> questions =
                JudgeQuestion.read(Files.writeString(folder.resolve("same.txt"), "w300\nw301\n"));
        Judgments judgments = Judgments.open(folder.resolve("same.jsonl"), Map.of(), 1);
        SubjectSpec base = new SubjectSpec(tiny, List.of());
        assertThat(judge(List.of(base, base), questions, judgments, "")).contains("Both reply the same");
        assertThat(judgments.all()).extracting(Judgment::verdict).containsExactly(Verdict.SAME, Verdict.SAME);
    }

    @Test
    void withoutATerminalThereIsNobodyToJudge() throws IOException {
        Path questions = Files.writeString(folder.resolve("nobody.txt"), "w300\n");
        assertThat(Commands.run("eval", "--model", tiny, "--adapter", adapter, "--judge", questions, "--out",
                folder.resolve("nobody")).failure()).contains("expected a terminal");
    }

    private static String judge(List<JudgeQuestion> questions, Judgments judgments, String keys) throws IOException {
        return judge(
                List.of(new SubjectSpec(tiny, List.of(new SubjectSpec.Part(adapter, 1))),
                        new SubjectSpec(tiny, List.of())),
                questions,
                judgments, keys);
    }

    /** What is on the screen after these keys. */
    private static String judge(
            List<SubjectSpec> specs, List<JudgeQuestion> questions, Judgments judgments, String keys)
            throws IOException {
        ByteArrayInputStream in = new ByteArrayInputStream(keys.getBytes(StandardCharsets.UTF_8));
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        try (Subjects subjects = Subjects.open(specs, LoadOptions.defaults());
                DumbTerminal terminal = new DumbTerminal("test", "dumb", in, out, StandardCharsets.UTF_8)) {
            new JudgeSession(subjects.all().get(0), subjects.all().get(1), questions, judgments, 8).run(terminal);
            terminal.flush();
        }
        return out.toString(StandardCharsets.UTF_8);
    }
}
