package dev.vesper.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.vesper.data.Data;
import dev.vesper.data.DataException;
import dev.vesper.data.DataFormat;
import dev.vesper.data.Row;
import dev.vesper.data.RowOptions;
import dev.vesper.llm.Backend;
import dev.vesper.llm.ModelFile;
import dev.vesper.llm.arch.Model;
import dev.vesper.tensor.op.Ops;
import dev.vesper.tensor.op.Parameter;
import dev.vesper.tensor.op.Tape;
import dev.vesper.train.Answers.Answer;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What the model's weights feel of an objective. */
class PreferenceLearnerTest {
    private static final Objective.Kto KTO = new Objective.Kto(0.5, 1, 1.3);

    private static final RowOptions ROWS = new RowOptions(128, false, 0.3);

    @TempDir
    private Path folder;

    private ModelFile file;
    private Backend backend;
    private Arena arena;
    private Trainee trainee;
    private Ops training;
    private Ops measuring;

    @BeforeEach
    @SuppressWarnings("MustBeClosedChecker") // closed after each test
    void open() throws IOException {
        file = ModelFile.open(TinyModel.write(folder));
        backend = Backend.of("auto", 2);
        arena = Arena.ofShared();
        trainee = Trainee.of(file, new Method.Lora(2, 4, List.of("attn_q", "ffn_down")), 1, backend, arena);
        training = backend.training(new Tape(trainee.parameters()));
        measuring = backend.inference();
    }

    @AfterEach
    void close() {
        arena.close();
        backend.close();
        file.close();
    }

    static Stream<Objective.Preferential> objectives() {
        return Stream.of(new Objective.Dpo(0.5), new Objective.Orpo(0.4), KTO);
    }

    @ParameterizedTest
    @MethodSource("objectives")
    void theGradientIsThatOfTheLoss(Objective.Preferential objective) {
        Learner learner = prepared(objective, 64);
        Random random = new Random(3);
        for (Parameter parameter : trainee.parameters()) {
            parameter.assign(noise(random, parameter.size(), 0.3f));
        }
        int[] rows = {4, 5, 0, 1, 8, 9};
        new Gradients(backend, trainee.parameters()).clear();
        Learner.Sums sums = learner.learn(rows, 1);
        assertThat(sums.count()).isEqualTo(objective.paired() ? 3 : 6);
        double z = referencePoint(objective, rows);
        assertThat(sums.loss()).isCloseTo(loss(objective, rows, z), within(1e-5 * sums.loss()));
        for (Parameter parameter : trainee.parameters()) {
            float[] gradient = parameter.gradient().clone();
            float[] values = parameter.values().clone();
            float[] direction = noise(random, parameter.size(), 1);
            double expected = 0;
            for (int i = 0; i < gradient.length; i++) {
                expected += (double) gradient[i] * direction[i];
            }
            // float32 all through: a step that is large enough to be seen, small enough to be straight
            double step = 2e-3;
            parameter.assign(moved(values, direction, step));
            double above = loss(objective, rows, z);
            parameter.assign(moved(values, direction, -step));
            double below = loss(objective, rows, z);
            parameter.assign(values);
            double norm =
                    Math.sqrt(IntStream.range(0, gradient.length).mapToDouble(i -> gradient[i] * gradient[i]).sum()
                            * gradient.length);
            assertThat((above - below) / (2 * step)).as(parameter.name())
                    .isCloseTo(expected, within(2e-2 * Math.abs(expected) + 2e-3 * norm));
        }
    }

    /** The micro-batches of a step share their reference point, and pairs are never torn apart. */
    @ParameterizedTest
    @MethodSource("objectives")
    void howRowsArePackedDoesNotMatter(Objective.Preferential objective) {
        Learner whole = prepared(objective, 1000);
        Learner parts = prepared(objective, 20);
        Random random = new Random(4);
        for (Parameter parameter : trainee.parameters()) {
            parameter.assign(noise(random, parameter.size(), 0.3f));
        }
        Gradients gradients = new Gradients(backend, trainee.parameters());
        int[] rows = {2, 3, 6, 7, 0, 1};
        gradients.clear();
        double loss = whole.learn(rows, 1).loss();
        double norm = gradients.norm();
        List<float[]> once = trainee.parameters().stream().map(Parameter::gradient).map(float[]::clone).toList();
        gradients.clear();
        assertThat(parts.learn(rows, 1).loss()).isCloseTo(loss, within(1e-12));
        for (int i = 0; i < once.size(); i++) {
            float[] gradient = trainee.parameters().get(i).gradient();
            for (int j = 0; j < gradient.length; j++) {
                assertThat((double) gradient[j]).isCloseTo(once.get(i)[j], within(1e-6 * norm));
            }
        }
        assertThat(parts.measure(1)).isEqualTo(whole.measure(1));
    }

    @Test
    void beforeTheFirstStepDpoHasTheLossOfATossedCoin() {
        Learner learner = prepared(new Objective.Dpo(0.1), 64);
        Learner.Sums one = learner.learn(new int[] {0, 1}, 1);
        assertThat(one.loss()).isEqualTo(Math.log(2));
        assertThat(one.margin()).isZero();
        assertThat(learner.measure(1).margin(0)).isEqualTo(new LossCurve.Margin(0, 0, 0.5));
    }

    @Test
    void mismatchesAreThePromptsWithOtherAnswers() {
        Data data = data();
        List<Row> mismatches = Mismatches.of("file", data.train(), ROWS);
        for (int i = 0; i < mismatches.size(); i++) {
            Row row = data.train().get(i);
            // neighbours share a prompt, so the answer is that of the next pair or the one after it
            Row other = data.train().get((i % 2 == 0 ? i + 2 : i + 1) % mismatches.size());
            int[] expected = IntStream.concat(
                    Arrays.stream(row.tokens()).limit(row.tokens().length - row.targets()),
                    Arrays.stream(other.tokens()).skip(other.tokens().length - other.targets()))
                    .toArray();
            assertThat(mismatches.get(i).tokens()).isEqualTo(expected);
            assertThat(mismatches.get(i).targets()).isEqualTo(other.targets());
        }
        assertThatThrownBy(() -> Mismatches.of("file", data.train().subList(0, 2), ROWS))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("file: expected for kto, to each of 2 rows")
                .hasMessageContaining("found none to pairs.jsonl:");
    }

    @Test
    void anAnswerOfAnotherThatIsTooLongIsCutIfThatWasAskedFor() {
        List<Row> rows = data().train();
        int prompt = rows.getFirst().tokens().length - rows.getFirst().targets();
        RowOptions narrow = new RowOptions(prompt, true, 0.3);
        assertThatThrownBy(() -> Mismatches.of("file", rows, new RowOptions(prompt, false, 0.3)))
                .isInstanceOf(DataException.class);
        for (Row mismatch : Mismatches.of("file", rows, narrow)) {
            assertThat(mismatch.inputs()).isEqualTo(prompt);
            assertThat(mismatch.targets()).isEqualTo(1);
        }
    }

    private Data data() {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < 8; i++) {
            text.append("{\"prompt\":\"%s\",\"chosen\":\"%s\",\"rejected\":\"no%d\"}%n"
                    .formatted("q" + i, "y".repeat(1 + i % 3), i));
        }
        try {
            Path path = Files.writeString(folder.resolve("pairs.jsonl"), text);
            return Data.read(path, DataFormat.PAIRS, file, ROWS, 1);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private Learner prepared(Objective.Preferential objective, int budget) {
        TrainOptions options = Runs.options(Runs.LORA, 1).objective(objective);
        Learner learner = PreferenceLearner.of(
                objective, trainee.model(), data(), options.rows().maxSequence(options.rows().maxSequence() * 4),
                budget, training, measuring);
        try {
            learner.prepare(
                    new RunDirectory(Files.createTempDirectory(folder, "run")), Map.of(), TrainListener.NONE);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
        return learner;
    }

    /** The loss once more, row by row, with the base model itself for what was before training. */
    private double loss(Objective.Preferential objective, int[] rows, double referencePoint) {
        List<Answer> answers = new ArrayList<>();
        for (int index : rows) {
            Row row = data().train().get(index);
            answers.add(new Answer(
                    logProbability(trainee.model(), row), logProbability(file.model(), row), row.targets(),
                    row.preference()));
        }
        return objective.judge(new Answers(answers, referencePoint)).loss();
    }

    private double referencePoint(Objective.Preferential objective, int[] rows) {
        if (objective != KTO) {
            return 0;
        }
        List<Row> mismatches = Mismatches.of("file", data().train(), ROWS);
        double mean = Arrays.stream(rows)
                .mapToObj(mismatches::get)
                .mapToDouble(row -> logProbability(trainee.model(), row) - logProbability(file.model(), row))
                .average()
                .orElseThrow();
        return Math.max(0, mean);
    }

    private double logProbability(Model model, Row row) {
        MicroBatch batch = MicroBatch.pack(List.of(row), 1).getFirst();
        double[] losses = new double[batch.targets().length];
        return -model.loss(measuring, Learner.hidden(measuring, model, batch), batch.targets(), losses);
    }

    private static float[] noise(Random random, int size, float scale) {
        float[] values = new float[size];
        for (int i = 0; i < size; i++) {
            values[i] = (float) (scale * random.nextGaussian());
        }
        return values;
    }

    private static float[] moved(float[] values, float[] direction, double step) {
        float[] moved = new float[values.length];
        for (int i = 0; i < moved.length; i++) {
            moved[i] = (float) (values[i] + step * direction[i]);
        }
        return moved;
    }
}
