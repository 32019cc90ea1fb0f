package dev.vesper.train.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vesper.data.DataException;
import dev.vesper.data.DataFormat;
import dev.vesper.data.RowOptions;
import dev.vesper.llm.LoadOptions;
import dev.vesper.tensor.Format;
import dev.vesper.train.AdamWOptions;
import dev.vesper.train.CheckpointPace;
import dev.vesper.train.Fixtures;
import dev.vesper.train.Method;
import dev.vesper.train.Schedule;
import dev.vesper.train.ScheduleOptions;
import dev.vesper.train.StepOptions;
import dev.vesper.train.TrainListener;
import dev.vesper.train.TrainOptions;
import dev.vesper.train.TuneRequest;
import dev.vesper.train.Tuner;
import dev.vesper.train.eval.report.Figure;
import dev.vesper.train.eval.report.Section;
import dev.vesper.train.eval.task.AskOptions;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A small model that was tuned until it knows eight rows by heart, beside what it was before. */
class EvaluationTest {
    private static final String[] THINGS = {"ball", "cat", "dog", "cake", "car", "book", "hat", "tree"};
    private static final String[] PLACES = {"park", "house", "garden", "shop", "beach", "box", "bag", "sea"};
    private static final Bootstrap BOOTSTRAP = new Bootstrap(1000, 0.95, 1);

    @TempDir
    private static Path folder;

    private static Path model = Path.of("");
    private static Path training = Path.of("");
    private static Path control = Path.of("");
    private static Subjects subjects;

    @BeforeAll
    static void tune() throws IOException {
        model = Fixtures.file("stories260k/stories260k.gguf");
        training = Files.writeString(folder.resolve("training.jsonl"), rows("Tom", 0));
        control = Files.writeString(folder.resolve("control.jsonl"), rows("Lily", 3));
        // each row several times, so that the rows that are held out have been learnt too and the last weights are the best
        Path often = Files.writeString(folder.resolve("often.jsonl"), rows("Tom", 0).repeat(6));
        TrainOptions options = new TrainOptions(
                new Method.Lora(16, 32, Method.Lora.ALL), new RowOptions(128, false, 0.1),
                new StepOptions(1, 90, 8, 1024, 30), new ScheduleOptions(Schedule.Kind.COSINE, 1e-2, 0.05),
                AdamWOptions.defaults(), 1, 5);
        Tuner.run(
                new TuneRequest(
                        model, often, DataFormat.CHAT, folder.resolve("adapter"), options,
                        new CheckpointPace(1000, Duration.ofHours(1)), "auto", 2, false),
                TrainListener.NONE);
        subjects = Subjects.open(
                List.of(new SubjectSpec(model, List.of(new SubjectSpec.Part(folder.resolve("adapter"), 1))),
                        new SubjectSpec(model, List.of())),
                new LoadOptions("auto", 2, 0, 0, 64, Format.F32));
    }

    @AfterAll
    static void close() {
        if (subjects != null) {
            subjects.close();
        }
    }

    private static String answer(String name, int row, int shift) {
        return "%s put the %s in the %s.".formatted(name, THINGS[row], PLACES[(row + shift) % 8]);
    }

    private static String rows(String name, int shift) {
        StringBuilder rows = new StringBuilder();
        for (int i = 0; i < 8; i++) {
            rows.append("""
                    {"messages":[{"role":"user","content":"Where is the %s of %s?"},{"role":"assistant","content":"%s"}]}
                    """.formatted(THINGS[i], name, answer(name, i, shift)));
        }
        return rows.toString();
    }

    private static List<Section> run(List<Path> data, List<Path> general, List<Path> tasks, List<Path> recited) {
        return Evaluation.prepare(
                subjects,
                new EvalRequest(data, general, tasks, recited, new AskOptions(AskOptions.Style.CHAT, 32), BOOTSTRAP))
                .run(EvalListener.NONE);
    }

    @Test
    void whatItLearntIsRecitedAndTheControlIsNot() {
        List<Section> sections = run(List.of(control), List.of(), List.of(), List.of(training));
        Section recitation = sections.getLast();
        Figure learnt = recitation.figures().get(0);
        Figure others = recitation.figures().get(1);
        assertThat(learnt.label()).isEqualTo("training rows recited exactly");
        assertThat(learnt.estimate().value()).isGreaterThanOrEqualTo(7 / 8.0);
        assertThat(others.estimate().value()).isLessThanOrEqualTo(1 / 8.0);
        assertThat(recitation.summary().get(0).text()).contains("recites training rows more often than control rows");
        assertThat(recitation.summary().get(1).text())
                .startsWith("stories260k.gguf: no difference shown between training and control rows");
    }

    @Test
    void whatIsRecitedIsWhatItWrites() {
        Subject tuned = subjects.all().getFirst();
        List<EvalRow> rows = EvalRows.read(training, DataFormat.CHAT, List.of(tuned.file())).getFirst();
        Recitation recitation = Recitation.of(tuned, rows, "rows", EvalListener.NONE);
        for (int i = 0; i < rows.size(); i++) {
            int[] tokens = rows.get(i).sequence().tokens();
            int prompt = 1;
            while (!rows.get(i).sequence().marked()[prompt]) {
                prompt++;
            }
            int[] before = Arrays.copyOf(tokens, prompt);
            String written = tuned.llm().generate(before, tuned.greedy(recitation.lengths()[i]), piece -> true).text();
            boolean exact = recitation.common()[i] == recitation.lengths()[i];
            assertThat(written.strip().startsWith(answer("Tom", i, 0))).as("row %d: %s", i, written).isEqualTo(exact);
        }
    }

    @Test
    void theLossOnRowsAndOnATextIsComparedInPairs() throws IOException {
        Path text = Files.writeString(
                folder.resolve("general.txt"), "One day, a girl went to the park. She saw a big dog.\n".repeat(60));
        List<Section> sections = run(List.of(training), List.of(text), List.of(), List.of());
        assertThat(sections.get(0).key()).isEqualTo("held_out");
        assertThat(sections.get(0).summary().getFirst().verdicts()).containsExactly(Verdict.BETTER);
        assertThat(sections.get(1).key()).isEqualTo("general");
        assertThat(sections.get(1).summary().getFirst().verdicts()).containsExactly(Verdict.WORSE);
        assertThat(sections.get(1).figures().getFirst().estimate().n()).isEqualTo(7);
    }

    @Test
    void tasksOfBothKindsAreAnswered() throws IOException {
        StringBuilder choices = new StringBuilder();
        StringBuilder open = new StringBuilder();
        for (int i = 0; i < 8; i++) {
            String asked = "Where is the %s of Tom?".formatted(THINGS[i]);
            choices.append("""
                    {"question":"%s","choices":["%s","%s","%s"],"answer":%d}
                    """.formatted(asked, answer("Tom", i, (3 - i % 3) % 3), answer("Tom", i, (4 - i % 3) % 3),
                    answer("Tom", i, (5 - i % 3) % 3), i % 3));
            open.append("{\"prompt\":\"%s\",\"answer\":\"%s\"}%n".formatted(asked, answer("Tom", i, 0)));
        }
        Path choice = Files.writeString(folder.resolve("choices.jsonl"), choices);
        Path written = Files.writeString(folder.resolve("open.jsonl"), open);
        List<Section> sections = run(List.of(), List.of(choice), List.of(written), List.of());
        assertThat(sections.get(0).key()).isEqualTo("general");
        Section tasks = sections.get(1);
        assertThat(sections.get(0).figures().getFirst().estimate().value()).isGreaterThanOrEqualTo(7 / 8.0);
        assertThat(tasks.figures().get(0).estimate().value()).isGreaterThanOrEqualTo(7 / 8.0);
        assertThat(tasks.figures().get(1).estimate().value()).isZero();
        assertThat(tasks.summary().getFirst().verdicts()).containsExactly(Verdict.BETTER);
    }

    @Test
    void aModelIsNoBetterThanItself() {
        SubjectSpec base = new SubjectSpec(model, List.of());
        try (Subjects same = Subjects.open(List.of(base, base), new LoadOptions("auto", 2, 0, 0, 64, Format.F32))) {
            Section section = Evaluation.prepare(
                    same,
                    new EvalRequest(
                            List.of(control), List.of(), List.of(), List.of(),
                            new AskOptions(AskOptions.Style.AUTO, 8), BOOTSTRAP))
                    .run(EvalListener.NONE)
                    .getFirst();
            assertThat(section.summary().getFirst().text()).contains("no difference shown (0.0000 nats per token");
        }
    }

    @Test
    void textIsCutAtLinesIntoPiecesThatFit() throws IOException {
        String line = "Tom sät on a mät with 3 cats.\n";
        Path text = Files.writeString(folder.resolve("pieces.txt"), line.repeat(50) + "x".repeat(1200));
        List<EvalRow> rows =
                EvalRows.read(text, DataFormat.TEXT, List.of(subjects.all().getFirst().file())).getFirst();
        // 510 bytes, two less than the context of 512, hold 15 lines of 32 bytes
        assertThat(rows.getFirst().place()).isEqualTo("pieces.txt, bytes 0 to 480");
        assertThat(rows.getLast().place()).endsWith("to 2800");
        assertThat(rows).allMatch(row -> row.sequence().inputs() <= 512);
        assertThat(rows.stream().mapToInt(EvalRow::bytes).sum()).isBetween(2790, 2800);
    }

    @Test
    void mistakesAreToldBeforeAnythingIsComputed() throws IOException {
        Path bad = Files.writeString(folder.resolve("bad.jsonl"), "{\"question\":\"q\"}\n");
        assertThatThrownBy(() -> run(List.of(control), List.of(), List.of(bad), List.of()))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("bad.jsonl:1");
        assertThatThrownBy(() -> run(List.of(), List.of(), List.of(), List.of(training)))
                .hasMessageContaining("held-out rows are needed");
        Path tooLong = Files.writeString(
                folder.resolve("long.jsonl"),
                "{\"question\":\"q\",\"choices\":[\"a\",\"%s\"],\"answer\":0}\n".formatted("b ".repeat(600)));
        assertThatThrownBy(() -> run(List.of(), List.of(), List.of(tooLong), List.of()))
                .hasMessageContaining("long.jsonl:1: expected at most 512 tokens");
    }
}
