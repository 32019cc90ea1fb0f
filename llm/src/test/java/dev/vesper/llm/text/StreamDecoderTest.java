package dev.vesper.llm.text;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class StreamDecoderTest {
    private static Tokenizer bytesOnly() {
        return new SmallVocabulary().bytes().add("▁", -1).tokenizer();
    }

    private static int[] byteTokens(int... bytes) {
        int[] tokens = new int[bytes.length];
        for (int i = 0; i < bytes.length; i++) {
            tokens[i] = 3 + bytes[i];
        }
        return tokens;
    }

    private static List<String> pieces(StreamDecoder decoder, int... tokens) {
        List<String> pieces = new ArrayList<>();
        for (int token : tokens) {
            pieces.add(decoder.next(token));
        }
        pieces.add(decoder.finish());
        return pieces;
    }

    @Test
    void charactersAppearOnlyWhenTheyAreComplete() {
        Tokenizer tokenizer = bytesOnly();
        assertThat(pieces(tokenizer.streamDecoder(false, false), byteTokens(0xF0, 0x9F, 0xA6, 0x99, 'a', 0xC3, 0xA9)))
                .containsExactly("", "", "", "🦙", "a", "", "é", "");
    }

    @Test
    void brokenCharactersBecomeReplacementsOnceThatIsSure() {
        Tokenizer tokenizer = bytesOnly();
        assertThat(pieces(tokenizer.streamDecoder(false, false), byteTokens(0xF0, 0x9F, 'a', 0xFF, 0x80, 0xE2, 0x82)))
                .containsExactly("", "", "\uFFFDa", "\uFFFD", "\uFFFD", "", "", "\uFFFD");
        // A surrogate and an overlong form are wrong from their second byte on.
        assertThat(pieces(tokenizer.streamDecoder(false, false), byteTokens(0xED, 0xA0, 0xC0, 0xAF)))
                .containsExactly("", "\uFFFD\uFFFD", "\uFFFD", "\uFFFD", "");
    }

    @Test
    void theSpaceBeforeATextIsLeftOutOnlyAtTheStartOfOne() {
        Tokenizer tokenizer = TokenizerFixtures.stories();
        int[] tokens = tokenizer.encode("Once upon", false);
        assertThat(String.join("", pieces(tokenizer.streamDecoder(true, false), tokens))).isEqualTo("Once upon");
        assertThat(String.join("", pieces(tokenizer.streamDecoder(false, false), tokens))).isEqualTo(" Once upon");
    }

    @Test
    void controlTokensAppearOnlyWhenAskedFor() {
        Tokenizer tokenizer = TokenizerFixtures.stories();
        int[] tokens = tokenizer.encode("<s>Once</s>", true);
        assertThat(String.join("", pieces(tokenizer.streamDecoder(true, true), tokens))).isEqualTo("<s>Once</s>");
        assertThat(String.join("", pieces(tokenizer.streamDecoder(true, false), tokens))).isEqualTo("Once");
    }

    @Test
    void aStreamGivesWhatDecodingAllAtOnceGives() {
        for (Tokenizer tokenizer : List
                .of(bytesOnly(), TokenizerFixtures.stories(), TokenizerFixtures.tokenizer("tokenizers/phi-3.gguf"))) {
            Random random = new Random(43);
            for (int i = 0; i < 2000; i++) {
                int[] tokens = i % 2 == 0
                        ? tokenizer.encode(RandomText.next(random, i % 3), true)
                        : random.ints(random.nextInt(30), 0, tokenizer.vocabulary().size()).toArray();
                String whole = tokenizer.text(tokens);
                assertThat(String.join("", pieces(tokenizer.streamDecoder(true, true), tokens))).isEqualTo(whole);
            }
        }
    }

    @Test
    void noPieceEndsInsideACharacter() {
        Tokenizer tokenizer = bytesOnly();
        Random random = new Random(47);
        for (int i = 0; i < 500; i++) {
            byte[] text = RandomText.next(random, i % 2);
            for (String piece : pieces(tokenizer.streamDecoder(true, true), tokenizer.encode(text, false))) {
                assertThat(piece).doesNotContain("\uFFFD");
                assertThat(StandardCharsets.UTF_8.newEncoder().canEncode(piece)).isTrue();
            }
        }
    }
}
