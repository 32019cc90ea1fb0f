package dev.vesper.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.vesper.data.Row;
import dev.vesper.llm.Backend;
import dev.vesper.llm.ModelFile;
import dev.vesper.tensor.op.Ops;
import dev.vesper.tensor.op.Parameter;
import dev.vesper.tensor.op.Tape;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Rows packed end to end: nothing of one leaks into another, and how they are packed does not matter. */
class MicroBatchTest {
    private static final List<Row> ROWS =
            IntStream.range(0, 7).mapToObj(i -> row(i, 5 + 3 * i)).toList();

    @TempDir
    private static Path folder;

    private static Row row(int seed, int length) {
        Random random = new Random(seed);
        int[] tokens = random.ints(length, 3, 259).toArray();
        boolean[] supervised = new boolean[length];
        for (int i = 1; i < length; i++) {
            supervised[i] = i == length - 1 || random.nextInt(3) > 0;
        }
        return new Row("row " + seed, tokens, supervised);
    }

    @Test
    void rowsArePackedInOrderUpToTheBudgetWithoutPadding() {
        List<MicroBatch> batches = MicroBatch.pack(ROWS, 30);
        assertThat(batches).extracting(MicroBatch::inputs).containsExactly(4 + 7 + 10, 13 + 16, 19, 22);
        assertThat(batches.stream().flatMap(batch -> batch.rows().stream())).containsExactlyElementsOf(ROWS);
        assertThat(MicroBatch.pack(ROWS, 1)).hasSameSizeAs(ROWS);
        MicroBatch first = batches.getFirst();
        assertThat(first.batch().positions()).startsWith(0, 1, 2, 3, 0, 1, 2, 3, 4, 5, 6, 0);
        assertThat(first.batch().wanted()).hasSameSizeAs(first.targets());
        for (int i = 0; i < first.targets().length; i++) {
            Row row = first.rows().get(first.origins()[i]);
            int position = first.batch().positions()[first.batch().wanted()[i]];
            assertThat(row.supervised()[position + 1]).isTrue();
            assertThat(first.targets()[i]).isEqualTo(row.tokens()[position + 1]);
        }
    }

    @Test
    void aRowHasTheSameLossesPackedOrAlone() {
        try (ModelFile file = ModelFile.open(TinyModel.write(folder));
                Backend backend = Backend.of("auto", 2)) {
            Ops ops = backend.inference();
            double[] packed = losses(ops, file, MicroBatch.pack(ROWS, 1000).getFirst());
            int at = 0;
            for (MicroBatch alone : MicroBatch.pack(ROWS, 1)) {
                double[] losses = losses(ops, file, alone);
                assertThat(Arrays.copyOfRange(packed, at, at + losses.length)).isEqualTo(losses);
                at += losses.length;
            }
            assertThat(at).isEqualTo(packed.length);
        }
    }

    @Test
    void gradientsSummedOverMicroBatchesAreThoseOfOneBatch() {
        try (ModelFile file = ModelFile.open(TinyModel.write(folder));
                Backend backend = Backend.of("auto", 2);
                Arena arena = Arena.ofShared()) {
            Trainee trainee = Trainee.of(file, new Method.Full(), 1, backend, arena);
            Gradients gradients = new Gradients(backend, trainee.parameters());
            Ops ops = backend.training(new Tape(trainee.parameters()));
            float[][] once = gradients(ops, trainee, gradients, 1000);
            double norm = gradients.norm();
            float[][] summed = gradients(ops, trainee, gradients, 20);
            assertThat(gradients.norm()).isCloseTo(norm, within(1e-6 * norm));
            for (int i = 0; i < once.length; i++) {
                for (int j = 0; j < once[i].length; j++) {
                    assertThat((double) summed[i][j]).isCloseTo(once[i][j], within(1e-6 * norm));
                }
            }
        }
    }

    private static double[] losses(Ops ops, ModelFile file, MicroBatch batch) {
        double[] losses = new double[batch.targets().length];
        ops.begin();
        file.model().loss(ops, file.model().hidden(ops, batch.batch()), batch.targets(), losses);
        return losses;
    }

    private static float[][] gradients(Ops ops, Trainee trainee, Gradients gradients, int budget) {
        gradients.clear();
        for (MicroBatch batch : MicroBatch.pack(ROWS, budget)) {
            ops.begin();
            double[] losses = new double[batch.targets().length];
            trainee.model().loss(ops, trainee.model().hidden(ops, batch.batch()), batch.targets(), losses);
            ops.backward();
        }
        return trainee.parameters().stream()
                .map(Parameter::gradient)
                .map(float[]::clone)
                .toArray(float[][]::new);
    }
}
