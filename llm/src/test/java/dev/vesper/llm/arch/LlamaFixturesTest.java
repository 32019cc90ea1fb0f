package dev.vesper.llm.arch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vesper.llm.Fixtures;
import dev.vesper.llm.file.Gguf;
import dev.vesper.llm.layer.Batch;
import dev.vesper.llm.layer.KvCache;
import dev.vesper.tensor.Format;
import dev.vesper.tensor.Tensor;
import dev.vesper.tensor.Workers;
import dev.vesper.tensor.kernel.KernelChoice;
import dev.vesper.tensor.op.Ops;
import dev.vesper.tensor.op.Span;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;

/** Logits of tiny random models against the reference: at once, token by token, and two sequences batched. */
class LlamaFixturesTest {
    private static final List<String> MODELS =
            List.of("llama-mha", "llama-gqa", "llama-tied", "llama3-rope", "mistral");

    private Format cacheFormat = Format.F32;

    static Stream<Arguments> cases() {
        return MODELS.stream()
                .flatMap(model -> Stream.of("scalar", "vector", "auto").map(tier -> Arguments.of(model, tier)));
    }

    @ParameterizedTest
    @MethodSource("cases")
    void logitsAgree(String name, String tier) {
        JsonNode golden = Fixtures.json("architectures/gguf/" + name + ".json");
        int[] tokens = Fixtures.integers(golden.get("tokens"));
        float[] expected = Fixtures.floats("architectures/gguf/" + name + ".logits.f32");
        JsonNode tolerance = golden.get("tolerance").get("logits");
        double absolute = tolerance.get("abs").asDouble();
        double relative = tolerance.get("rel").asDouble();
        try (Gguf file = Gguf.open(Fixtures.file("architectures/gguf/" + name + ".gguf"));
                Workers workers = new Workers(2)) {
            Model model = Architectures.load(file);
            Ops ops = Ops.forInference(KernelChoice.of(tier).kernels(), workers);
            float[] atOnce = logits(ops, model, Batch.whole(List.of(tokens)));
            for (int i = 0; i < expected.length; i++) {
                assertThat((double) Math.abs(atOnce[i] - expected[i]))
                        .as("logit %d of position %d: %s, expected %s", i % 512, i / 512, atOnce[i], expected[i])
                        .isLessThanOrEqualTo(absolute + relative * Math.abs(expected[i]));
            }
            // rows depend on their own inputs only, so the other ways agree bit for bit
            assertThat(stepByStep(ops, model, tokens, 1)).isEqualTo(atOnce);
            assertThat(stepByStep(ops, model, tokens, 7)).isEqualTo(atOnce);
            assertThat(batched(ops, model, tokens)).isEqualTo(atOnce);
        }
    }

    @ParameterizedTest
    @CsvSource({"scalar,F16", "scalar,Q8_0", "vector,F16", "vector,Q8_0"})
    void aCacheInBlocksGivesTheSameBitsHoweverItIsFilled(String tier, Format format) {
        int[] tokens = IntStream.range(0, 40).map(i -> 5 + i * 37 % 480).toArray();
        try (Gguf file = Gguf.open(Fixtures.file("stories260k/stories260k.gguf"));
                Workers workers = new Workers(2)) {
            Model model = Architectures.load(file);
            Ops ops = Ops.forInference(KernelChoice.of(tier).kernels(), workers);
            float[] floats = stepByStep(ops, model, tokens, tokens.length);
            cacheFormat = format;
            float[] whole = stepByStep(ops, model, tokens, tokens.length);
            assertThat(whole).isNotEqualTo(floats);
            assertThat(stepByStep(ops, model, tokens, 1)).isEqualTo(whole);
            assertThat(stepByStep(ops, model, tokens, 7)).isEqualTo(whole);
            assertThat(batched(ops, model, tokens)).isEqualTo(whole);
        }
    }

    private static float[] logits(Ops ops, Model model, Batch batch) {
        ops.begin();
        Tensor logits = model.logits(ops, model.hidden(ops, batch));
        return logits.toArray();
    }

    private float[] stepByStep(Ops ops, Model model, int[] tokens, int step) {
        KvCache cache = cache(model, 64);
        float[] all = new float[0];
        for (int from = 0; from < tokens.length; from += step) {
            int[] piece = Arrays.copyOfRange(tokens, from, Math.min(from + step, tokens.length));
            int[] wanted = IntStream.range(0, piece.length).toArray();
            Batch batch = new Batch(piece, List.of(new Span(0, piece.length, from, cache)), wanted);
            float[] some = logits(ops, model, batch);
            all = Arrays.copyOf(all, all.length + some.length);
            System.arraycopy(some, 0, all, all.length - some.length, some.length);
        }
        return all;
    }

    /** The sequence behind another one; its rows only. */
    private float[] batched(Ops ops, Model model, int[] tokens) {
        int[] other = IntStream.range(0, 9).map(i -> 300 + i).toArray();
        List<Integer> both = new ArrayList<>();
        IntStream.concat(Arrays.stream(other), Arrays.stream(tokens)).forEach(both::add);
        Batch batch = new Batch(
                both.stream().mapToInt(i -> i).toArray(),
                List.of(
                        new Span(0, other.length, 0, cache(model, other.length)),
                        new Span(other.length, tokens.length, 0, cache(model, tokens.length))),
                IntStream.range(other.length, both.size()).toArray());
        return logits(ops, model, batch);
    }

    private KvCache cache(Model model, int positions) {
        ModelShape shape = model.shape();
        KvCache.Layout layout = KvCache.Layout.of(cacheFormat, shape.layers(), shape.attention());
        KvCache cache = new KvCache(layout, positions);
        while (cache.capacity() < positions) {
            cache.addPage(layout.page());
        }
        return cache;
    }
}
