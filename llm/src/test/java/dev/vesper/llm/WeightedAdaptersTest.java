package dev.vesper.llm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.vesper.llm.arch.Model;
import dev.vesper.llm.arch.SyntheticModel;
import dev.vesper.llm.layer.DenseLinear;
import dev.vesper.llm.layer.Linear;
import dev.vesper.llm.layer.Weights;
import dev.vesper.llm.lora.Adapter;
import dev.vesper.llm.lora.AdapterException;
import dev.vesper.llm.lora.RandomAdapters;
import dev.vesper.llm.lora.WeightedAdapter;
import dev.vesper.tensor.Format;
import dev.vesper.tensor.Weight;
import dev.vesper.tensor.quant.Codecs;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Several adapters at once, each with a weight, chosen by each request. */
class WeightedAdaptersTest {
    private static final int[] TOKENS = {1, 403, 407, 261, 378, 432};

    @TempDir
    private static Path folder;

    private static Path model = Path.of("");

    @BeforeAll
    static void writeModel() {
        model = folder.resolve("tiny.gguf");
        SyntheticModel.LLAMA_TINY.write(model, Format.F32);
    }

    private static Adapter first(ModelFile file) {
        return RandomAdapters.of(file, 1, 4, 2, "attn_q", "attn_output", "ffn_down");
    }

    private static Adapter second(ModelFile file) {
        return RandomAdapters.of(file, 2, 6, 9, "attn_q", "attn_v", "ffn_up");
    }

    @Test
    void twoWeightedAdaptersAreWhatTheirSumGivesByHand() {
        try (ModelFile file = ModelFile.open(model); Backend backend = Backend.of("auto", 1)) {
            List<WeightedAdapter> parts =
                    List.of(new WeightedAdapter(first(file), 0.5), new WeightedAdapter(second(file), -0.25));
            float[] logits = logits(file.weighted(parts), backend);
            float[] byHand = logits(file.model(new Summed(file.weights(), parts)), backend);
            float[] base = logits(file.model(), backend);
            for (int i = 0; i < logits.length; i++) {
                assertThat(logits[i]).isEqualTo(byHand[i], within(2e-4f));
            }
            assertThat(distance(logits, base)).isGreaterThan(1);
            List<WeightedAdapter> nothing = List.of(new WeightedAdapter(first(file), 0));
            assertThat(logits(file.weighted(nothing), backend)).isEqualTo(base);
        }
    }

    /** The base with {@code W + Σ w · s · B A} in place of each matrix, summed in float64. */
    private record Summed(Weights base, List<WeightedAdapter> parts) implements Weights {
        @Override
        public boolean has(String name) {
            return base.has(name);
        }

        @Override
        public Weight weight(String name, int rows, int columns) {
            return base.weight(name, rows, columns);
        }

        @Override
        public Linear linear(String name, int inputs, int outputs) {
            Weight weight = base.weight(name, outputs, inputs);
            double[] delta = RandomAdapters.delta(parts, name, outputs, inputs);
            float[] values = new float[delta.length];
            Codecs.of(weight.format()).decode(weight.data(), 0, values, 0, values.length);
            for (int i = 0; i < values.length; i++) {
                values[i] = (float) (values[i] + delta[i]);
            }
            MemorySegment data = Arena.ofAuto().allocate(4L * values.length, 64);
            Codecs.of(Format.F32).encode(values, 0, values.length, data, 0);
            return new DenseLinear(new Weight(name, Format.F32, data, outputs, inputs));
        }
    }

    private static float[] logits(Model model, Backend backend) {
        List<Float> all = new ArrayList<>();
        new Scorer(model, backend).logits(TOKENS, (logits, offset, vocabulary) -> {
            for (int i = 0; i < vocabulary; i++) {
                all.add(logits[offset + i]);
            }
        });
        float[] values = new float[all.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = all.get(i);
        }
        return values;
    }

    private static double distance(float[] a, float[] b) {
        double largest = 0;
        for (int i = 0; i < a.length; i++) {
            largest = Math.max(largest, Math.abs(a[i] - b[i]));
        }
        return largest;
    }

    @Test
    void requestsWithDifferentMixturesRunTogetherAndGetWhatTheyGetAlone() throws Exception {
        try (Llm llm = load(); var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            addBoth(llm);
            GenerateOptions plain = GenerateOptions.defaults().temperature(0).maxTokens(12).endTokens(false);
            List<GenerateOptions> options = List.of(
                    plain,
                    plain.model("first"),
                    plain.adapters(List.of(new Weighted("first", 0.5))),
                    plain.adapters(List.of(new Weighted("first", 0.5), new Weighted("second", 1))),
                    plain.adapters(List.of(new Weighted("second", -1))));
            List<String> alone = options.stream().map(own -> llm.complete("w300", own).text()).toList();
            assertThat(alone).doesNotHaveDuplicates();
            List<Future<String>> together = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                GenerateOptions own = options.get(i % options.size());
                together.add(threads.submit(() -> llm.complete("w300", own).text()));
            }
            for (int i = 0; i < 20; i++) {
                assertThat(together.get(i).get()).isEqualTo(alone.get(i % options.size()));
            }
            Weighted one = new Weighted("first", 1);
            assertThat(llm.complete("w300", plain.adapters(List.of(one))).text()).isEqualTo(alone.get(1));
        }
    }

    @Test
    void mixturesShareAModelWhateverTheirOrderAndOnlySomeAreRemembered() {
        try (ModelFile file = ModelFile.open(model)) {
            AdapterShelf shelf = new AdapterShelf(file);
            shelf.put("first", List.of(new WeightedAdapter(first(file), 1)));
            shelf.put("second", List.of(new WeightedAdapter(second(file), 1)));
            Weighted a = new Weighted("first", 0.5);
            Weighted b = new Weighted("second", 2);
            Model both = shelf.model(List.of(a, b));
            assertThat(shelf.model(List.of(b, a))).isSameAs(both);
            assertThat(shelf.model(List.of(a))).isNotSameAs(both);
            assertThat(shelf.model(List.of(new Weighted("first", 0)))).isSameAs(file.model());
            assertThat(shelf.model(List.of(a, new Weighted("second", 0)))).isSameAs(shelf.model(List.of(a)));
            for (int i = 1; i <= 1000; i++) {
                shelf.model(List.of(new Weighted("first", i / 999.0)));
            }
            assertThat(shelf.mixtures()).isEqualTo(32);
            assertThat(shelf.model(List.of(b, a))).isNotSameAs(both);
            // what is replaced or removed must not be kept alive
            shelf.put("first", List.of(new WeightedAdapter(first(file), 1)));
            assertThat(shelf.mixtures()).isZero();
            shelf.model(List.of(a, b));
            assertThat(shelf.remove("second")).isTrue();
            assertThat(shelf.mixtures()).isZero();
            assertThat(shelf.remove("second")).isFalse();
        }
    }

    @Test
    void theRevisionTellsWhatIsRun() {
        try (Llm llm = load()) {
            addBoth(llm);
            GenerateOptions plain = GenerateOptions.defaults();
            int named = llm.adapterRevision(plain.model("first"));
            assertThat(llm.adapterRevision(plain)).isZero();
            assertThat(llm.adapterRevision(plain.adapters(List.of(new Weighted("first", 1))))).isEqualTo(named);
            assertThat(llm.adapterRevision(plain.adapters(List.of(new Weighted("first", 0.5))))).isNotEqualTo(named);
            assertThat(llm.adapterRevision(plain.model("second"))).isNotEqualTo(named);
            llm.addAdapters("second", List.of(first(llm.file())));
            assertThat(llm.adapterRevision(plain.model("second"))).isEqualTo(named);
        }
    }

    @Test
    void whatCannotBeAskedForIsRefused() {
        GenerateOptions plain = GenerateOptions.defaults();
        Weighted one = new Weighted("first", 1);
        assertThatThrownBy(() -> plain.adapters(List.of(one, new Weighted("first", 2))))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("twice");
        assertThatThrownBy(() -> plain.model("first").adapters(List.of(one)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("not both");
        assertThatThrownBy(() -> new Weighted("first", Double.POSITIVE_INFINITY)).hasMessageContaining("Infinity");
        assertThatThrownBy(() -> new Weighted("", 1)).isInstanceOf(IllegalArgumentException.class);
        try (Llm llm = load()) {
            addBoth(llm);
            assertThatThrownBy(() -> llm.complete("x", plain.adapters(List.of(one, new Weighted("third", 1)))))
                    .isInstanceOf(UnknownModelException.class)
                    .hasMessageContaining("\"third\"")
                    .hasMessageContaining("first, second");
            assertThatThrownBy(() -> llm.addAdapters("", List.of())).isInstanceOf(IllegalArgumentException.class);
            Adapter other = RandomAdapters.of(llm.file(), 1, 2, 2, "token_embd");
            assertThatThrownBy(() -> llm.addAdapters("embedding", List.of(other)))
                    .isInstanceOf(AdapterException.class)
                    .hasMessageContaining("does not have or cannot adapt, such as token_embd");
        }
    }

    private static Llm load() {
        return Llm.load(model, new LoadOptions("auto", 1, 256, 64L << 20, 16, Format.F32));
    }

    private static void addBoth(Llm llm) {
        llm.addAdapters("first", List.of(first(llm.file())));
        llm.addAdapters("second", List.of(second(llm.file())));
    }
}
