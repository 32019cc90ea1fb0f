package dev.vesper.llm.text;

import static dev.vesper.llm.text.TokenType.CONTROL;
import static dev.vesper.llm.text.TokenType.USER_DEFINED;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class SentencePieceTokenizerTest {
    /** 3 ▁, 4 a, 5 b, 6 ab, 7 ba, 8 ▁a, then the marks. */
    private static SmallVocabulary small() {
        return new SmallVocabulary()
                .add("▁", -10)
                .add("a", -11)
                .add("b", -12)
                .add("ab", -2)
                .add("ba", -2)
                .add("▁a", -5);
    }

    private static List<String> names(Tokenizer tokenizer, String text, boolean special) {
        return Arrays.stream(tokenizer.encode(text, special))
                .mapToObj(tokenizer.vocabulary()::name)
                .toList();
    }

    @Test
    void bestScoreMergesFirstAndTheLeftmostOfEquals() {
        Tokenizer tokenizer = small().tokenizer();
        assertThat(names(tokenizer, "abab", false)).containsExactly("▁", "ab", "ab");
        assertThat(names(tokenizer, "baba", false)).containsExactly("▁", "ba", "ba");
        assertThat(names(tokenizer, "bab", false)).containsExactly("▁", "ba", "b");
        assertThat(names(tokenizer, "aa b", false)).containsExactly("▁a", "a", "▁", "b");
        assertThat(tokenizer.encode("", true)).isEmpty();
    }

    @Test
    void textBehindATextHasNoSpaceOfItsOwn() {
        Tokenizer tokenizer = small().tokenizer();
        assertThat(tokenizer.encodeAfter(5, "ab</s>a", true)).containsExactly(6, 2, 8);
        assertThat(tokenizer.encodeAfter(1, "ab", true)).isEqualTo(tokenizer.encode("ab", true));
        assertThat(tokenizer.encodeAfter(4, "b", true)).containsExactly(5);
        assertThatThrownBy(() -> tokenizer.encodeAfter(9, "b", true)).isInstanceOf(IndexOutOfBoundsException.class);
    }

    @Test
    void aMergeThatTheFirstOneOvertookIsNotMade() {
        // ab (best) takes the b that bc also wanted; abc then forms from ab and c.
        Tokenizer tokenizer = new SmallVocabulary()
                .add("▁", -10)
                .add("a", -11)
                .add("b", -11)
                .add("c", -11)
                .add("bc", -3)
                .add("ab", -2)
                .add("abc", -9)
                .tokenizer();
        assertThat(names(tokenizer, "abcbc", false)).containsExactly("▁", "abc", "bc");
    }

    @Test
    void negativeAndPositiveScoresAndInfinitiesKeepTheirOrder() {
        Tokenizer tokenizer = new SmallVocabulary()
                .add("▁", -1)
                .add("x", 0)
                .add("y", 0)
                .add("z", 0)
                .add("xy", 0.5)
                .add("yz", Double.POSITIVE_INFINITY)
                .add("zz", -0.0)
                .add("zx", 0.0)
                .tokenizer();
        assertThat(names(tokenizer, "xyz", false)).containsExactly("▁", "x", "yz");
        assertThat(names(tokenizer, "zzx", false)).containsExactly("▁", "zz", "x");
        assertThat(names(tokenizer, "zxy", false)).containsExactly("▁", "z", "xy");
    }

    @Test
    void tokensWithASpaceInsideAreFoundAcrossWords() {
        Tokenizer tokenizer =
                small().add("b▁", -1).add("ab▁a", -1.5).tokenizer();
        assertThat(names(tokenizer, "b a", false)).containsExactly("▁", "b▁", "a");
        assertThat(names(tokenizer, "ab ab", false)).containsExactly("▁a", "b▁", "ab");
    }

    @Test
    void charactersWithoutATokenAreSpelledInBytes() {
        Tokenizer tokenizer = small().bytes().tokenizer();
        assertThat(names(tokenizer, "aé", false)).containsExactly("▁a", "<0xC3>", "<0xA9>");
        assertThat(names(tokenizer, "▁", false)).containsExactly("▁", "<0xE2>", "<0x96>", "<0x81>");
        assertThat(tokenizer.encode(new byte[] {'a', (byte) 0xE2, 'a'}, false)).hasSize(3);
        assertThat(tokenizer.decode(tokenizer.encode("▁a ▁▁ b", false))).isEqualTo(utf8("▁a ▁▁ b"));
    }

    @Test
    void aRunOfUnknownCharactersIsOneUnknownToken() {
        Tokenizer tokenizer = small().tokenizer();
        assertThat(names(tokenizer, "aéöb", false)).containsExactly("▁a", "<unk>", "b");
        assertThatThrownBy(
                () -> SentencePieceTokenizer.of(
                        small().builder().unknown(-1).build())
                        .encode("aé", false))
                .isInstanceOf(VocabularyException.class)
                .hasMessageContaining("c3 a9");
    }

    @Test
    void controlTokensAreRecognisedOnlyWhereAllowedAndUserDefinedOnesAlways() {
        Tokenizer tokenizer =
                small().bytes().add("<|user|>", 0, USER_DEFINED).add("<|im_end|>", 0, CONTROL).tokenizer();
        assertThat(names(tokenizer, "<s>a<|im_end|> a<|user|>b", true))
                .containsExactly("<s>", "▁a", "<|im_end|>", "▁", "▁a", "<|user|>", "▁", "b");
        assertThat(Arrays.stream(tokenizer.encode("<s></s><unk><|im_end|>", false)))
                .isNotEmpty()
                .noneMatch(token -> tokenizer.vocabulary().type(token).special());
        assertThat(names(tokenizer, "a<|user|>", false)).containsExactly("▁a", "<|user|>");
        for (boolean special : new boolean[] {false, true}) {
            String text = "<s>a<|user|> b<|user|><|im_end|>  a</s>";
            assertThat(tokenizer.decode(tokenizer.encode(text, special))).isEqualTo(utf8(text));
        }
    }

    @Test
    void ordinaryTextNeverMergesToControlOrByteTokens() {
        Tokenizer tokenizer = new SmallVocabulary()
                .bytes()
                .add("▁", -1)
                .add("<", -1)
                .add("s", -1)
                .add(">", -1)
                .add("<s", -1)
                .add("<0x4", -1)
                .add("1>", -1)
                .add("<0x", -1)
                .add("0", -1)
                .add("x", -1)
                .add("4", -1)
                .add("<0", -1)
                .add("1", -1)
                .tokenizer();
        assertThat(names(tokenizer, "<s>", false)).containsExactly("▁", "<s", ">");
        assertThat(names(tokenizer, "<0x41>", false)).containsExactly("▁", "<0x4", "1>");
    }

    @Test
    void theLongestOfSpecialTokensAtOnePlaceWins() {
        Tokenizer tokenizer = small().add("<x>", 0, CONTROL)
                .add("<x><y>", 0, CONTROL)
                .add("\n\n", 0, USER_DEFINED)
                .add("\n", 0, USER_DEFINED)
                .tokenizer();
        assertThat(names(tokenizer, "<x><y><x>\n\n\n", true)).containsExactly("<x><y>", "<x>", "\n\n", "\n");
    }

    @Test
    void noSpaceIsAddedWhereTheVocabularySaysSo() {
        Tokenizer tokenizer =
                SentencePieceTokenizer.of(small().bytes().builder().addSpacePrefix(false).build());
        assertThat(names(tokenizer, "a b", false)).containsExactly("a", "▁", "b");
        assertThat(tokenizer.decode(tokenizer.encode(" a b", false))).isEqualTo(utf8(" a b"));
    }

    @Test
    void aVocabularyWithoutASpaceMarkSpellsSpacesInBytes() {
        Tokenizer tokenizer = new SmallVocabulary().bytes().add("a", -1).tokenizer();
        assertThat(names(tokenizer, "a a", false)).containsExactly("<0x20>", "a", "<0x20>", "a");
        assertThat(tokenizer.decode(tokenizer.encode("  a ", false))).isEqualTo(utf8("  a "));
    }

    @Test
    void whiteSpaceAfterSomeSpecialTokensOfPhi3IsLeftOut() {
        Tokenizer tokenizer = TokenizerFixtures.tokenizer("tokenizers/phi-3.gguf");
        assertThat(names(tokenizer, "<s>\n<|user|>\n \tHello<|end|>\n<|assistant|>", true))
                .containsExactly("<s>", "▁", "<0x0A>", "<|user|>", "▁Hello", "<|end|>", "<|assistant|>");
        String quoted = "a</s> \n<|end|>\n";
        assertThat(tokenizer.decode(tokenizer.encode(quoted, false))).isEqualTo(utf8(quoted));
        assertThat(tokenizer.vocabulary().endsGeneration(32007)).as("<|end|>").isTrue();
        assertThat(tokenizer.vocabulary().endOfGeneration()).containsExactly(32000, 32007);
    }

    @Test
    void anyTextAndAnyBytesSurviveTheRoundTrip() {
        for (Tokenizer tokenizer : List
                .of(TokenizerFixtures.stories(), TokenizerFixtures.tokenizer("tokenizers/phi-3.gguf"))) {
            Random random = new Random(41);
            for (int i = 0; i < 3000; i++) {
                byte[] text = RandomText.next(random, i % 3);
                assertThat(tokenizer.decode(tokenizer.encode(text, false))).isEqualTo(text);
            }
        }
    }

    @Test
    void textOfAMegabyteIsEncodedInWellUnderASecond() {
        Tokenizer tokenizer = TokenizerFixtures.tokenizer("tokenizers/llama-spm.gguf");
        byte[] play = TokenizerFixtures.bytes("text/tinyshakespeare.txt");
        byte[] letters = "a".repeat(1 << 20).getBytes(StandardCharsets.US_ASCII);
        byte[] spaces = " ".repeat(1 << 20).getBytes(StandardCharsets.US_ASCII);
        for (byte[] text : List.of(play, letters, spaces)) {
            long start = System.nanoTime();
            int[] tokens = tokenizer.encode(text, true);
            double seconds = (System.nanoTime() - start) / 1e9;
            assertThat(tokenizer.decode(tokens)).isEqualTo(text);
            // A hundred times what an idle machine needs; anything quadratic takes many minutes.
            assertThat(seconds).as("seconds for %s bytes", text.length).isLessThan(30);
        }
    }

    @Test
    void halfASurrogatePairIsRefused() {
        Tokenizer tokenizer = small().tokenizer();
        assertThatThrownBy(() -> tokenizer.encode("ab\uD83D", false))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("half of a surrogate pair, U+D83D, at char 2 of a text");
    }

    @Test
    void tokensOutsideTheVocabularyAreRefused() {
        Tokenizer tokenizer = small().tokenizer();
        assertThatThrownBy(() -> tokenizer.decode(3, 9))
                .isInstanceOf(IndexOutOfBoundsException.class)
                .hasMessage("token 9 of a vocabulary of 9");
        assertThatThrownBy(() -> tokenizer.bytes(-1)).isInstanceOf(IndexOutOfBoundsException.class);
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
