package dev.vesper.llm.arch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vesper.llm.Fixtures;
import dev.vesper.llm.file.Gguf;
import dev.vesper.llm.layer.Batch;
import dev.vesper.tensor.Format;
import dev.vesper.tensor.Weight;
import dev.vesper.tensor.Workers;
import dev.vesper.tensor.kernel.KernelChoice;
import dev.vesper.tensor.op.Ops;
import dev.vesper.tensor.quant.Codec;
import dev.vesper.tensor.quant.Codecs;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;

/** Files that llama-quantize wrote, in every format it was asked for: the decoded weights, and the logits that follow. */
class QuantFixturesTest {
    /** Kernels that round activations have 32639 steps for each 32 where the engine of the fixtures has 127. */
    private static final double FINER = 32639.0 / 127;

    private static final String FOLDER = "architectures/quant/";

    static Stream<Arguments> models() {
        return Stream.concat(
                Stream.of("Q2_K", "Q3_K_M", "Q4_K_M", "Q5_K_M", "Q6_K", "IQ4_XS")
                        .map(type -> Arguments.of("quant-llama", type)),
                Stream.of("Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q8_0", "IQ4_NL", "MXFP4_MOE")
                        .map(type -> Arguments.of("quant-llama-1l", type)));
    }

    @ParameterizedTest
    @MethodSource("models")
    void decodesToTheFloatsOfGgml(String base, String type) {
        JsonNode samples = Fixtures.json(FOLDER + base + ".json").get("types").get(type).get("dequant");
        try (Gguf file = Gguf.open(Fixtures.file(FOLDER + base + "-" + type + ".gguf"))) {
            assertThat(samples.propertyNames()).isNotEmpty();
            for (String format : samples.propertyNames()) {
                Weight weight = file.weight(samples.get(format).get("tensor").asString()).orElseThrow();
                assertThat(weight.format()).isEqualTo(Format.valueOf(format));
                float[] expected = Fixtures.floats(FOLDER + samples.get(format).get("values").asString());
                float[] actual = new float[expected.length];
                Codec codec = Codecs.of(weight.format());
                codec.decode(weight.data(), 0, actual, 0, actual.length);
                for (int i = 0; i < expected.length; i++) {
                    assertThat(Float.floatToRawIntBits(actual[i]))
                            .as("%s element %d: %s, expected %s", weight, i, actual[i], expected[i])
                            .isEqualTo(Float.floatToRawIntBits(expected[i]));
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("models")
    void logitsAreThoseOfTheDecodedWeights(String base, String type) {
        JsonNode golden = Fixtures.json(FOLDER + base + ".json");
        checkLogits(base + "-" + type, golden.get("tokens"), golden.get("types").get(type));
    }

    @ParameterizedTest
    @CsvSource({"F16", "BF16"})
    void logitsOfSixteenBits(String type) {
        JsonNode golden = Fixtures.json(FOLDER + "llama-gqa-half.json");
        checkLogits("llama-gqa-" + type, golden.get("tokens"), golden.get("types").get(type));
    }

    private static void checkLogits(String name, JsonNode tokens, JsonNode golden) {
        float[] expected = Fixtures.floats(FOLDER + golden.get("logits_dequant").asString());
        JsonNode tolerance = golden.get("tolerance");
        JsonNode exact = tolerance.get("logits_dequant");
        double absolute = exact.get("abs").asDouble();
        double relative = exact.get("rel").asDouble();
        JsonNode rounded = tolerance.path("logits_dequant_if_activations_are_quantised").path("rms");
        boolean rounding =
                !rounded.isMissingNode() && KernelChoice.of("auto").kernels().description().contains("VNNI");
        List<String> tiers =
                rounding ? List.of("scalar", "vector", "x86-f32", "auto") : List.of("scalar", "vector", "auto");
        try (Gguf file = Gguf.open(Fixtures.file(FOLDER + name + ".gguf"));
                Workers workers = new Workers(2)) {
            Model model = Architectures.load(file);
            for (String tier : tiers) {
                Ops ops = Ops.forInference(KernelChoice.of(tier).kernels(), workers);
                ops.begin();
                Batch batch = Batch.whole(List.of(Fixtures.integers(tokens)));
                float[] logits = model.logits(ops, model.hidden(ops, batch)).toArray();
                assertThat(logits).hasSameSizeAs(expected);
                if (rounding && tier.equals("auto")) {
                    assertThat(rootMeanSquare(logits, expected)).as("%s, %s", name, tier)
                            .isLessThanOrEqualTo(rounded.asDouble() / FINER);
                    continue;
                }
                for (int i = 0; i < expected.length; i++) {
                    assertThat((double) Math.abs(logits[i] - expected[i]))
                            .as("%s, %s: logit %d is %s, expected %s", name, tier, i, logits[i], expected[i])
                            .isLessThanOrEqualTo(absolute + relative * Math.abs(expected[i]));
                }
            }
        }
    }

    private static double rootMeanSquare(float[] actual, float[] expected) {
        double squares = 0;
        for (int i = 0; i < expected.length; i++) {
            double difference = (double) actual[i] - expected[i];
            squares += difference * difference;
        }
        return Math.sqrt(squares / expected.length);
    }
}
