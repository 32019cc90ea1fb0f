package dev.vesper.llm.text;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vesper.llm.text.TokenizerFixtures.Example;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Token ids as other engines compute them for the same vocabularies. */
class ReferenceTokensTest {
    @ParameterizedTest
    @ValueSource(strings = {"llama-spm", "phi-3", "gpt-2", "starcoder", "deepseek-coder"})
    void everyExampleHasTheExpectedTokensAndDecodesToItself(String name) {
        Tokenizer tokenizer = TokenizerFixtures.tokenizer("tokenizers/" + name + ".gguf");
        List<Example> examples = TokenizerFixtures.examples("tokenizers/" + name + ".gguf");
        assertThat(examples).hasSize(46);
        for (Example example : examples) {
            int[] tokens = tokenizer.encode(example.text(), false);
            assertThat(tokens).as("tokens of '%s'", example.text()).containsExactly(example.tokens());
            assertThat(new String(tokenizer.decode(tokens), StandardCharsets.UTF_8)).isEqualTo(example.text());
        }
    }

    @Test
    void trainingTextHasTheTokensThatTheReferenceRunWasTrainedOn() {
        JsonNode reference = JsonMapper.shared().readTree(TokenizerFixtures.bytes("training/reference-20-steps.json"));
        int[] expected = StreamSupport.stream(reference.get("token_ids").spliterator(), false)
                .flatMap(step -> StreamSupport.stream(step.spliterator(), false))
                .flatMap(sequence -> StreamSupport.stream(sequence.spliterator(), false))
                .mapToInt(JsonNode::intValue)
                .toArray();
        // The sequences lie end to end in one text, which begins with the token for the beginning of a text.
        assertThat(expected).hasSize(20 * 4 * 65);
        Tokenizer tokenizer = TokenizerFixtures.stories();
        int[] tokens = tokenizer.encode(TokenizerFixtures.bytes("text/tinyshakespeare.txt"), false);
        assertThat(expected[0]).isEqualTo(tokenizer.vocabulary().bos().orElseThrow());
        assertThat(Arrays.copyOf(tokens, expected.length - 1))
                .containsExactly(Arrays.copyOfRange(expected, 1, expected.length));
    }

    @Test
    void greedyStoryDecodesToItsTokensAndBack() {
        Tokenizer tokenizer = TokenizerFixtures.stories();
        byte[] story = TokenizerFixtures.bytes("stories260k/golden-greedy-200.txt");
        assertThat(tokenizer.decode(tokenizer.encode(story, false))).isEqualTo(story);
    }
}
