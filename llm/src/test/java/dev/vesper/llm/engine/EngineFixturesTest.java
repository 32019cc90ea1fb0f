package dev.vesper.llm.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vesper.llm.Fixtures;
import dev.vesper.llm.arch.Architectures;
import dev.vesper.llm.arch.Model;
import dev.vesper.llm.file.Gguf;
import dev.vesper.tensor.Workers;
import dev.vesper.tensor.kernel.KernelChoice;
import dev.vesper.tensor.op.Ops;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A trained model gives each sequence the same tokens, whatever runs beside it. */
class EngineFixturesTest {
    private static final int SEQUENCES = 16;

    @ParameterizedTest
    @ValueSource(strings = {"scalar", "vector", "auto"})
    void oneAtATimeIsSixteenAtATime(String tier) {
        try (Gguf file = Gguf.open(Fixtures.file("stories260k/stories260k.gguf")); Workers workers = new Workers(2)) {
            Model model = Architectures.load(file);
            Ops ops = Ops.forInference(KernelChoice.of(tier).kernels(), workers);
            List<List<Integer>> alone = generate(ops, model, 1);
            assertThat(alone).doesNotHaveDuplicates().allMatch(tokens -> tokens.size() >= 20);
            assertThat(generate(ops, model, SEQUENCES)).isEqualTo(alone);
        }
    }

    private static List<List<Integer>> generate(Ops ops, Model model, int atATime) {
        var options = new EngineOptions(512, 64 << 20, atATime, 24, dev.vesper.tensor.Format.F32);
        List<Collected> all = new ArrayList<>();
        try (Engine engine = new Engine(ops, model.shape(), options)) {
            for (int i = 0; i < SEQUENCES; i++) {
                all.add(new Collected());
                engine.submit(request(model, i), all.get(i));
            }
            engine.start();
            return all.stream().map(one -> one.ended().tokens()).toList();
        }
    }

    /** Prompts of all lengths up to two pages, half of them greedy. */
    private static GenerationRequest request(Model model, int index) {
        int[] prompt = new Random(index).ints(1 + 8 * index, 3, 512).toArray();
        prompt[0] = 1;
        SamplerOptions sampling = new SamplerOptions(
                index % 2 == 0 ? 0 : 1, index % 3 * 20, 0.95, 0, 1.1, 16, 0.1, 0.1, Map.of(), index);
        return new GenerationRequest(model, prompt, 20 + index, Set.of(), sampling);
    }
}
