package dev.vesper.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.vesper.data.Row;
import dev.vesper.llm.Backend;
import dev.vesper.llm.ModelFile;
import dev.vesper.tensor.op.Ops;
import dev.vesper.tensor.op.Parameter;
import dev.vesper.tensor.op.Tape;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Rows packed into one pass are learnt as if each had one to itself: nothing is padded, nothing leaks. */
class PackingTest {
    /** Sums in another order differ in the last bits of float32. */
    private static final double ROUNDING = 2e-6;

    @TempDir
    private Path folder;

    private static Row row(int seed, int length) {
        Random random = new Random(seed);
        boolean[] supervised = new boolean[length];
        Arrays.fill(supervised, length / 2, length, true);
        return new Row("row " + seed, random.ints(length, 3, 259).toArray(), supervised);
    }

    @Test
    void aPassHasNoMorePositionsThanItsRows() {
        List<Row> rows = IntStream.range(0, 5).mapToObj(i -> row(i, 4 + 7 * i)).toList();
        assertThat(MicroBatch.pack(rows, 1000)).singleElement()
                .extracting(MicroBatch::inputs)
                .isEqualTo(rows.stream().mapToInt(Row::inputs).sum());
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void lossAndGradientsOfRowsPackedAreTheSumsOfThoseAlone(boolean full) {
        List<Row> rows = List.of(row(1, 20), row(2, 9), row(3, 31));
        Method method = full ? new Method.Full() : Runs.LORA;
        Pass packed = pass(method, rows, 1000);
        Pass first = pass(method, rows.subList(0, 1), 1000);
        Pass second = pass(method, rows.subList(1, 2), 1000);
        Pass third = pass(method, rows.subList(2, 3), 1000);
        assertThat(packed.loss).isEqualTo(first.loss + second.loss + third.loss, within(ROUNDING * packed.loss));
        double norm = norm(packed.gradient);
        assertThat(norm).isPositive();
        for (int i = 0; i < packed.gradient.length; i++) {
            double sum = (double) first.gradient[i] + second.gradient[i] + third.gradient[i];
            assertThat((double) packed.gradient[i]).isCloseTo(sum, within(ROUNDING * norm));
        }
    }

    /** The gradient that comes from one row does not have another bit, whatever lies beside it. */
    @Test
    void aNeighbourChangesNothing() {
        Row row = row(1, 20);
        Row unlearnt = new Row("neighbour", row(2, 15).tokens(), lastOnly(15));
        Row other = new Row("neighbour", row(3, 15).tokens(), lastOnly(15));
        Losses beside = losses(List.of(row, unlearnt));
        Losses besideOther = losses(List.of(row, other));
        int own = row.targets();
        assertThat(Arrays.copyOf(beside.each, own)).isEqualTo(Arrays.copyOf(besideOther.each, own));
        assertThat(beside.each[own]).isNotEqualTo(besideOther.each[own]);
    }

    private static boolean[] lastOnly(int length) {
        boolean[] supervised = new boolean[length];
        supervised[length - 1] = true;
        return supervised;
    }

    @Test
    void twoSequencesAccumulatedAreOneBatch() throws IOException {
        Path model = TinyModel.write(folder);
        Path data = Files.writeString(folder.resolve("sums.txt"), Runs.text());
        TrainOptions options = Runs.options(Runs.LORA, 6);
        LossCurve together = run(model, data, "together", options.steps(new StepOptions(1, 6, 2, 1000, 3)));
        LossCurve apart = run(model, data, "apart", options.steps(new StepOptions(1, 6, 2, 1, 3)));
        for (int i = 0; i < 6; i++) {
            LossCurve.Point one = together.steps().get(i);
            LossCurve.Point two = apart.steps().get(i);
            assertThat(two.loss()).isCloseTo(one.loss(), within(1e-5 * one.loss()));
            assertThat(two.gradientNorm()).isCloseTo(one.gradientNorm(), within(1e-4 * one.gradientNorm()));
        }
        assertThat(apart.best().loss()).isCloseTo(together.best().loss(), within(1e-5));
        assertThat(together.best().loss()).isLessThan(together.start().loss());
    }

    private LossCurve run(Path model, Path data, String out, TrainOptions options) {
        return Tuner.run(Runs.request(model, data, folder.resolve(out), options, false), TrainListener.NONE).curve();
    }

    private record Pass(double loss, float[] gradient) {}

    private record Losses(double[] each) {}

    private Losses losses(List<Row> rows) {
        try (ModelFile file = ModelFile.open(TinyModel.write(folder));
                Backend backend = Backend.of("auto", 2)) {
            Ops ops = backend.inference();
            MicroBatch batch = MicroBatch.pack(rows, 1000).getFirst();
            double[] each = new double[batch.targets().length];
            ops.begin();
            file.model().loss(ops, file.model().hidden(ops, batch.batch()), batch.targets(), each);
            return new Losses(each);
        }
    }

    private Pass pass(Method method, List<Row> rows, int budget) {
        try (ModelFile file = ModelFile.open(TinyModel.write(folder));
                Backend backend = Backend.of("auto", 2);
                Arena arena = Arena.ofShared()) {
            Trainee trainee = Trainee.of(file, method, 1, backend, arena);
            Ops ops = backend.training(new Tape(trainee.parameters()));
            double loss = 0;
            for (MicroBatch batch : MicroBatch.pack(rows, budget)) {
                ops.begin();
                loss += trainee.model().loss(
                        ops, trainee.model().hidden(ops, batch.batch()), batch.targets(),
                        new double[batch.targets().length]);
                ops.backward();
            }
            int size = trainee.parameters().stream().mapToInt(Parameter::size).sum();
            float[] all = new float[size];
            int at = 0;
            for (Parameter parameter : trainee.parameters()) {
                System.arraycopy(parameter.gradient(), 0, all, at, parameter.size());
                at += parameter.size();
            }
            return new Pass(loss, all);
        }
    }

    private static double norm(float[] values) {
        double sum = 0;
        for (float value : values) {
            sum += (double) value * value;
        }
        return Math.sqrt(sum);
    }
}
