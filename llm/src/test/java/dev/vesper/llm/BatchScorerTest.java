package dev.vesper.llm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vesper.llm.BatchScorer.Marked;
import dev.vesper.llm.arch.SyntheticModel;
import dev.vesper.tensor.Format;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BatchScorerTest {
    @TempDir
    private static Path folder;

    private static ModelFile file;
    private static Backend backend;

    @BeforeAll
    static void open() {
        Path model = folder.resolve("tiny.gguf");
        SyntheticModel.LLAMA_TINY.write(model, Format.Q8_0);
        file = ModelFile.open(model);
        backend = Backend.of("auto", 2);
    }

    @AfterAll
    static void close() {
        backend.close();
        file.close();
    }

    private static int[] tokens(int count, long seed) {
        int vocabulary = file.model().shape().vocabulary();
        return new Random(seed).ints(count, 3, vocabulary).toArray();
    }

    @Test
    void aSequenceAmongOthersIsJudgedAsAlone() {
        List<int[]> sequences = List.of(tokens(9, 1), tokens(2, 2), tokens(70, 3));
        List<double[]> together = new BatchScorer(file.model(), backend)
                .losses(sequences.stream().map(tokens -> Marked.from(tokens, 1)).toList());
        Scorer alone = new Scorer(file.model(), backend);
        for (int i = 0; i < sequences.size(); i++) {
            assertThat(together.get(i)).containsExactly(alone.losses(sequences.get(i)));
        }
    }

    @Test
    void onlyMarkedTokensAreAnsweredFor() {
        int[] tokens = tokens(12, 4);
        boolean[] marked = new boolean[12];
        marked[3] = true;
        marked[11] = true;
        BatchScorer scorer = new BatchScorer(file.model(), backend);
        double[] all = scorer.losses(List.of(Marked.from(tokens, 1))).getFirst();
        List<double[]> some = scorer.losses(
                List.of(new Marked(tokens, marked), new Marked(tokens, new boolean[12]), Marked.from(tokens, 10)));
        assertThat(some.get(0)).containsExactly(all[2], all[10]);
        assertThat(some.get(1)).isEmpty();
        assertThat(some.get(2)).containsExactly(all[9], all[10]);
    }

    @Test
    void theLikeliestAreWhatGreedyGenerationWrites() {
        int[] prompt = tokens(6, 5);
        int[] sequence = Arrays.copyOf(prompt, 14);
        int vocabulary = file.model().shape().vocabulary();
        int[] best = new int[14];
        Scorer scorer = new Scorer(file.model(), backend);
        for (int length = 6; length < 14; length++) {
            scorer.logits(Arrays.copyOf(sequence, length), new Scorer.LogitsSink() {
                private int row;

                @Override
                public void row(float[] logits, int offset, int count) {
                    int top = 0;
                    for (int i = 1; i < vocabulary; i++) {
                        top = logits[offset + i] > logits[offset + top] ? i : top;
                    }
                    best[++row] = top;
                }
            });
            sequence[length] = best[length];
        }
        int[] other = sequence.clone();
        other[9] = (other[9] + 1) % vocabulary;
        List<boolean[]> hits = new BatchScorer(file.model(), backend)
                .likeliest(List.of(Marked.from(other, 6), Marked.from(sequence, 6)));
        assertThat(hits.get(1)).containsOnly(true).hasSize(8);
        assertThat(Arrays.copyOf(hits.get(0), 4)).containsExactly(true, true, true, false);
    }

    @Test
    void whatCannotBeScoredIsRefused() {
        assertThatThrownBy(() -> Marked.from(new int[] {1}, 1)).hasMessageContaining("1 tokens");
        assertThatThrownBy(() -> Marked.from(new int[] {1, 2}, 0)).hasMessageContaining("first unmarked");
        int context = file.model().shape().contextLength();
        BatchScorer scorer = new BatchScorer(file.model(), backend);
        List<Marked> tooLong = List.of(Marked.from(tokens(context + 2, 6), 1));
        assertThatThrownBy(() -> scorer.losses(tooLong)).hasMessageContaining("up to %d tokens".formatted(context));
    }
}
