package dev.vesper.llm.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BytePairTokenizerTest {
    private static final List<String> MERGES = List.of("b c", "a b", "ab c", "Ġ a", "Ġa bc", "x y", "xy z");

    /**
     * Tokens for a, b, c, x, y, z, a space and line end, what {@link #MERGES} make except xy, and two special tokens.
     */
    private static VocabularyBuilder small() {
        List<String> names = new ArrayList<>(List.of("a", "b", "c", "x", "y", "z", "Ġ", "Ċ"));
        names.addAll(List.of("bc", "ab", "abc", "Ġa", "Ġabc", "xyz", "<|end|>", "<user>"));
        List<TokenType> types = new ArrayList<>(Collections.nCopies(names.size() - 2, TokenType.NORMAL));
        types.add(TokenType.CONTROL);
        types.add(TokenType.USER_DEFINED);
        return Vocabulary.of(bytes(names), new float[0], types);
    }

    private static List<byte[]> bytes(List<String> texts) {
        return texts.stream().map(BytePairTokenizerTest::utf8).toList();
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static List<String> names(Tokenizer tokenizer, String text, boolean special) {
        return Arrays.stream(tokenizer.encode(text, special))
                .mapToObj(tokenizer.vocabulary()::name)
                .toList();
    }

    @Test
    void mergesFollowTheOrderOfTheListWithinWords() {
        Tokenizer tokenizer = BytePairTokenizer.of(small().build(), bytes(MERGES), "gpt-2");
        // bc is first in the list, so that ab and abc never form from these letters.
        assertThat(names(tokenizer, "abc abcab", false)).containsExactly("a", "bc", "Ġabc", "ab");
        assertThat(names(tokenizer, "a\nb", false)).containsExactly("a", "Ċ", "b");
    }

    @Test
    void aWordThatIsATokenNeedsNoMergesWhereThePreTokenizerSaysSo() {
        Tokenizer tokenizer = BytePairTokenizer.of(small().build(), bytes(MERGES), "llama-bpe");
        assertThat(names(tokenizer, "abc abc abcab", false)).containsExactly("abc", "Ġabc", "Ġabc", "ab");
    }

    @Test
    void mergesMayPassThroughSpellingsThatAreNoToken() {
        Tokenizer tokenizer = BytePairTokenizer.of(small().build(), bytes(MERGES), "gpt-2");
        assertThat(names(tokenizer, "xyzxyx", false)).containsExactly("xyz", "x", "y", "x");
    }

    @Test
    void specialTokensAreRecognisedAsForAnyTokenizer() {
        Tokenizer tokenizer = BytePairTokenizer.of(small().unknown(0).build(), bytes(MERGES), "gpt-2");
        assertThat(names(tokenizer, "a<|end|>bc<user> a", true)).containsExactly("a", "<|end|>", "bc", "<user>", "Ġa");
        assertThat(names(tokenizer, "bc<user>", false)).containsExactly("bc", "<user>");
        assertThat(tokenizer.encode("<|end|>", false)).doesNotContain(14);
    }

    @Test
    void aByteThatCannotBeSpelledIsAnErrorUnlessThereIsAnUnknownToken() {
        Tokenizer tokenizer = BytePairTokenizer.of(small().build(), bytes(MERGES), "gpt-2");
        assertThatThrownBy(() -> tokenizer.encode("aé", false))
                .isInstanceOf(VocabularyException.class)
                .hasMessageContaining("0xC3");
        Tokenizer tolerant = BytePairTokenizer.of(small().unknown(15).build(), bytes(MERGES), "gpt-2");
        assertThat(names(tolerant, "aé", false)).containsExactly("a", "<user>", "<user>");
        // GPT-2's heirs name the end of a text as unknown token; a byte that is missing must not end the text.
        Tokenizer strict = BytePairTokenizer.of(small().unknown(14).build(), bytes(MERGES), "gpt-2");
        assertThatThrownBy(() -> strict.encode("aé", false)).isInstanceOf(VocabularyException.class);
    }

    @ParameterizedTest
    @ValueSource(strings = {"ab", "a ", " a", "", "a é日", "a \n"})
    void mergesThatAreNotWellSpelledAreRefused(String merge) {
        assertThatThrownBy(() -> BytePairTokenizer.of(small().build(), bytes(List.of("a b", merge)), "gpt-2"))
                .isInstanceOf(VocabularyException.class)
                .hasMessageStartingWith("merge 1 is '" + merge + "'");
    }

    @Test
    void unknownPreTokenizersAreRefusedWithAListOfTheKnown() {
        assertThatThrownBy(() -> BytePairTokenizer.of(small().build(), List.of(), "tomorrow"))
                .isInstanceOf(VocabularyException.class)
                .hasMessageContaining("'tomorrow'")
                .hasMessageContaining("llama-bpe")
                .hasMessageContaining("qwen2");
    }

    @Test
    void anyTextAndAnyBytesSurviveTheRoundTrip() {
        for (String name : List.of("gpt-2", "starcoder", "deepseek-coder")) {
            Tokenizer tokenizer = TokenizerFixtures.tokenizer("tokenizers/" + name + ".gguf");
            // DeepSeek's vocabulary has no tokens for bytes that UTF-8 never uses, StarCoder's neither for 0xF1.
            int kinds = name.equals("gpt-2") ? 3 : name.equals("deepseek-coder") ? 2 : 1;
            Random random = new Random(61);
            for (int i = 0; i < 1000; i++) {
                byte[] text = RandomText.next(random, i % kinds);
                for (boolean special : new boolean[] {false, true}) {
                    int[] tokens = tokenizer.encode(text, special);
                    assertThat(tokenizer.decode(tokens)).isEqualTo(text);
                    assertThat(streamed(tokenizer, tokens)).isEqualTo(tokenizer.text(tokens));
                }
            }
        }
    }

    private static String streamed(Tokenizer tokenizer, int... tokens) {
        StreamDecoder decoder = tokenizer.streamDecoder(true, true);
        StringBuilder text = new StringBuilder();
        for (int token : tokens) {
            text.append(decoder.next(token));
        }
        return text.append(decoder.finish()).toString();
    }

    @ParameterizedTest
    @ValueSource(strings = {"a", " ", "\n", " \n", "1", "!", "日", "🦙", "a1 ", "'s", "\u0301"})
    void longRunsOfAnyKindTakeTimeInProportion(String piece) {
        List<byte[]> alphabet = new ArrayList<>();
        for (int character = 0; character < 0x144; character++) {
            byte[] text = utf8(Character.toString(character));
            if (ByteAlphabet.bytes(text, 0, text.length) != null) {
                alphabet.add(text);
            }
        }
        assertThat(alphabet).hasSize(256);
        Vocabulary vocabulary = Vocabulary.of(
                alphabet, new float[0], Collections.nCopies(256, TokenType.NORMAL))
                .build();
        byte[] text = utf8(piece.repeat(300_000) + "x");
        for (String name : List.of("gpt-2", "starcoder", "llama-bpe", "qwen2", "deepseek-coder", "default")) {
            Tokenizer tokenizer = BytePairTokenizer.of(vocabulary, bytes(List.of("a a", "Ġ Ġ")), name);
            long start = System.nanoTime();
            int[] tokens = tokenizer.encode(text, false);
            double seconds = (System.nanoTime() - start) / 1e9;
            assertThat(tokenizer.decode(tokens)).isEqualTo(text);
            assertThat(seconds).as("seconds for %s", name).isLessThan(30);
        }
    }
}
