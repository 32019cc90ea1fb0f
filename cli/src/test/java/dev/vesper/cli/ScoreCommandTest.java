package dev.vesper.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class ScoreCommandTest {
    private static final int[] TOKENS = {1, 300, 17, 301, 44, 302, 511};

    @TempDir
    private Path folder;

    private Path tiny = Path.of("");

    @BeforeEach
    void write() {
        tiny = TinyModel.write(folder);
    }

    @Test
    void theMeanIsThatOfTheLogits() throws IOException {
        Path file = folder.resolve("logits.f32");
        JsonNode json = Commands.run(
                "score", "--model", tiny, "--tokens", joined(TOKENS), "--logits-out", file, "--json").json();
        float[] logits = floats(file);
        assertThat(logits).hasSize(TOKENS.length * TinyModel.VOCABULARY);
        double sum = 0;
        for (int i = 0; i + 1 < TOKENS.length; i++) {
            sum += loss(Arrays.copyOfRange(logits, i * TinyModel.VOCABULARY, (i + 1) * TinyModel.VOCABULARY),
                    TOKENS[i + 1]);
        }
        double mean = sum / (TOKENS.length - 1);
        assertThat(json.get("mean_negative_log_likelihood").asDouble()).isCloseTo(mean, within(1e-6));
        assertThat(json.get("perplexity").asDouble()).isCloseTo(Math.exp(mean), within(1e-3));
        assertThat(json.get("tokens").asInt()).isEqualTo(TOKENS.length);
        assertThat(json.get("predicted").asInt()).isEqualTo(TOKENS.length - 1);
        assertThat(json.get("windows").asInt()).isEqualTo(1);
    }

    @Test
    void theTextSaysTheSame() {
        JsonNode json = Commands.run("score", "--model", tiny, "--tokens", joined(TOKENS), "--json").json();
        Commands.Result text = Commands.run("score", "--model", tiny, "--tokens", joined(TOKENS)).done();
        assertThat(text.out()).contains(
                "mean negative log-likelihood %.6f".formatted(json.get("mean_negative_log_likelihood").asDouble()),
                "tokens 7 (6 predicted, in 1 windows)");
        assertThat(text.err()).isEmpty();
    }

    @Test
    void logitsAreThoseOfTheReference() throws IOException {
        Path model = Fixtures.file("architectures/gguf/llama-gqa.gguf");
        JsonNode golden = JsonMapper.shared().readTree(Fixtures.file("architectures/gguf/llama-gqa.json"));
        float[] expected = floats(Fixtures.file("architectures/gguf/llama-gqa.logits.f32"));
        double absolute = golden.get("tolerance").get("logits").get("abs").asDouble();
        double relative = golden.get("tolerance").get("logits").get("rel").asDouble();
        String tokens = golden.get("tokens").valueStream().map(JsonNode::asString).collect(Collectors.joining(","));
        Path file = folder.resolve("logits.f32");
        Commands.run("score", "--model", model, "--tokens", tokens, "--logits-out", file).done();
        float[] logits = floats(file);
        assertThat(logits).hasSameSizeAs(expected);
        for (int i = 0; i < expected.length; i++) {
            assertThat((double) logits[i])
                    .as("logit " + i)
                    .isCloseTo(expected[i], within(absolute + relative * Math.abs(expected[i])));
        }
    }

    @Test
    void aLongTextIsCutIntoWindowsThatAreScoredOneByOne() throws IOException {
        String letters = "abcdefghijklmnopqrs";
        int[] tokens = (" " + letters).chars().map(letter -> 3 + letter).toArray(); // byte tokens
        Path text = Files.writeString(folder.resolve("text.txt"), letters);
        Path file = folder.resolve("logits.f32");
        JsonNode json = Commands.run(
                "score", "--model", tiny, "--file", text, "--context", 8, "--logits-out", file, "--json").json();
        assertThat(json.get("windows").asInt()).isEqualTo(3);
        assertThat(json.get("tokens").asInt()).isEqualTo(20 + 3);
        assertThat(json.get("predicted").asInt()).isEqualTo(20);
        assertThat(floats(file)).hasSize(23 * TinyModel.VOCABULARY);
        double sum = 0;
        for (int from = 0; from < 20; from += 7) {
            int[] piece = Arrays.copyOfRange(tokens, from, Math.min(20, from + 7));
            int[] window = IntStream.concat(IntStream.of(1), Arrays.stream(piece)).toArray();
            JsonNode one = Commands.run("score", "--model", tiny, "--tokens", joined(window), "--json").json();
            sum += one.get("mean_negative_log_likelihood").asDouble() * (window.length - 1);
        }
        assertThat(json.get("mean_negative_log_likelihood").asDouble()).isCloseTo(sum / 20, within(1e-9));
    }

    @Test
    void whatCannotBeScoredIsSaid() throws IOException {
        assertThat(score("--tokens", joined(TOKENS), "--context", 6).failure())
                .isEqualTo("vesper: --tokens: expected at most 6 ids, the context, found 7");
        assertThat(score("--tokens", joined(IntStream.range(0, 2049).map(i -> 5).toArray())).failure())
                .contains("expected at most 2048 ids").contains("found 2049");
        assertThat(score("--tokens", "1,2,512").failure()).contains("id 3").contains("found 512");
        assertThat(score("--tokens", "1").failure()).contains("at least two tokens");
        Path empty = Files.createFile(folder.resolve("empty.txt"));
        assertThat(score("--file", empty).failure()).contains("at least two tokens");
        assertThat(score("--file", folder.resolve("none.txt")).failure()).contains("none.txt").contains("no such file");
        assertThat(score("--file", empty, "--context", 1).wrongUsage()).contains("--context: expected 2 to 2048");
        assertThat(score("--file", empty, "--context", 2049).wrongUsage()).contains("found 2049");
        assertThat(score("--tokens", "1,x").wrongUsage()).contains("--tokens").contains("x");
        assertThat(score("--tokens", "1,2", "--file", empty).wrongUsage()).contains("--tokens").contains("--file");
    }

    private Commands.Result score(Object... more) {
        Object[] arguments = new Object[3 + more.length];
        System.arraycopy(new Object[] {"score", "--model", tiny}, 0, arguments, 0, 3);
        System.arraycopy(more, 0, arguments, 3, more.length);
        return Commands.run(arguments);
    }

    private static double loss(float[] logits, int target) {
        double highest = Float.NEGATIVE_INFINITY;
        for (float logit : logits) {
            highest = Math.max(highest, logit);
        }
        double sum = 0;
        for (float logit : logits) {
            sum += Math.exp(logit - highest);
        }
        return Math.log(sum) + highest - logits[target];
    }

    private static float[] floats(Path file) throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
        float[] values = new float[bytes.remaining() / Float.BYTES];
        bytes.asFloatBuffer().get(values);
        return values;
    }

    private static String joined(int[] tokens) {
        return Arrays.stream(tokens).mapToObj(Integer::toString).collect(Collectors.joining(","));
    }
}
