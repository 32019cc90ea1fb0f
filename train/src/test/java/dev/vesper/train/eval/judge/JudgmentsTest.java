package dev.vesper.train.eval.judge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vesper.data.DataException;
import dev.vesper.llm.Message;
import dev.vesper.train.eval.judge.Judgment.Verdict;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JudgmentsTest {
    private static final Map<String, String> SETTINGS = Map.of("candidate", "a", "against", "b");

    @TempDir
    private Path folder;

    private Path file = Path.of("");

    @BeforeEach
    void name() {
        file = folder.resolve("judgments.jsonl");
    }

    private static JudgeQuestion question(int number) {
        return new JudgeQuestion("q.txt:" + number, List.of(Message.user("question " + number)));
    }

    private static Judgment judgment(int number, Verdict verdict) {
        return new Judgment("q.txt:" + number, "question " + number, "yes \"é\"\n", "no", verdict);
    }

    @Test
    void whatIsJudgedIsThereAgain() {
        Judgments first = Judgments.open(file, SETTINGS, 1);
        first.add(judgment(1, Verdict.WIN));
        first.add(judgment(2, Verdict.SKIPPED));
        Judgments again = Judgments.open(file, SETTINGS, 1);
        assertThat(again.all()).containsExactly(judgment(1, Verdict.WIN), judgment(2, Verdict.SKIPPED));
        assertThat(again.has(question(2))).isTrue();
        assertThat(again.has(question(3))).isFalse();
    }

    @Test
    void aLineThatWasCutIsTakenBackAndTheNextIsWhole() throws IOException {
        Judgments first = Judgments.open(file, SETTINGS, 1);
        first.add(judgment(1, Verdict.LOSS));
        first.add(judgment(2, Verdict.TIE));
        byte[] bytes = Files.readAllBytes(file);
        Files.write(file, java.util.Arrays.copyOf(bytes, bytes.length - 7));
        Judgments again = Judgments.open(file, SETTINGS, 1);
        assertThat(again.all()).containsExactly(judgment(1, Verdict.LOSS));
        again.add(judgment(3, Verdict.SAME));
        assertThat(Judgments.open(file, SETTINGS, 1).all())
                .containsExactly(judgment(1, Verdict.LOSS), judgment(3, Verdict.SAME));
    }

    @Test
    void judgmentsOfSomethingElseAreRefused() throws IOException {
        Judgments.open(file, SETTINGS, 1).add(judgment(1, Verdict.WIN));
        assertThatThrownBy(() -> Judgments.open(file, Map.of("candidate", "c", "against", "b"), 1))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("judgments with candidate c, found \"a\"; another folder begins anew");
        assertThatThrownBy(() -> Judgments.open(file, SETTINGS, 2)).hasMessageContaining("seed 2");
        Files.writeString(file, Files.readString(file).replace("\"win\"", "\"won\""));
        assertThatThrownBy(() -> Judgments.open(file, SETTINGS, 1))
                .hasMessageContaining("judgments.jsonl:2: expected a verdict of win")
                .hasMessageContaining("\"won\"");
    }

    @Test
    void theOrderIsDrawnByTheSeed() {
        Judgments one = Judgments.open(file, SETTINGS, 1);
        Judgments other = Judgments.open(folder.resolve("other"), SETTINGS, 2);
        long first = IntStream.range(0, 1000).filter(i -> one.candidateFirst(question(i))).count();
        long same = IntStream.range(0, 1000)
                .filter(i -> one.candidateFirst(question(i)) == other.candidateFirst(question(i)))
                .count();
        // 500 with a standard deviation of 16
        assertThat(first).isBetween(440L, 560L);
        assertThat(same).isBetween(440L, 560L);
    }

    @Test
    void theSameRepliesCountAsTies() {
        Judgment.Tally tally = Judgment.Tally.of(List.of(
                judgment(1, Verdict.WIN), judgment(2, Verdict.WIN), judgment(3, Verdict.LOSS), judgment(4, Verdict.TIE),
                judgment(5, Verdict.SAME), judgment(6, Verdict.SKIPPED)));
        assertThat(tally).isEqualTo(new Judgment.Tally(2, 1, 2, 1, 1));
        assertThat(tally.decided()).isEqualTo(3);
    }

    @Test
    void questionsInAllForms() throws IOException {
        Path text = Files.writeString(folder.resolve("q.txt"), "One?\n\n Two? \n");
        assertThat(JudgeQuestion.read(text)).extracting(JudgeQuestion::place, JudgeQuestion::text)
                .containsExactly(org.assertj.core.groups.Tuple.tuple("q.txt:1", "One?"),
                        org.assertj.core.groups.Tuple.tuple("q.txt:3", "Two?"));
        Path json = Files.writeString(folder.resolve("q.jsonl"), """
                {"prompt":"One?"}
                {"question":"Two?","answer":"2"}
                {"messages":[{"role":"system","content":"s"},{"role":"user","content":"Three?"},{"role":"assistant","content":"3"}]}
                """);
        List<JudgeQuestion> questions = JudgeQuestion.read(json);
        assertThat(questions).extracting(JudgeQuestion::text).containsExactly("One?", "Two?", "Three?");
        assertThat(questions.get(2).messages()).containsExactly(Message.system("s"), Message.user("Three?"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{\"text\":\"x\"}", "{\"prompt\":7}", "{\"messages\":[{\"role\":\"assistant\",\"content\":\"x\"}]}",
                "{\"messages\":[{\"role\":\"cat\",\"content\":\"x\"}]}"
            })
    void questionsThatAreNone(String line) throws IOException {
        Path json = Files.writeString(folder.resolve("q.jsonl"), line);
        assertThatThrownBy(() -> JudgeQuestion.read(json))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("q.jsonl:1");
    }
}
