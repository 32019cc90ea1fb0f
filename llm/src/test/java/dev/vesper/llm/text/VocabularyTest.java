package dev.vesper.llm.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vesper.llm.file.Gguf;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

class VocabularyTest {
    private static final List<byte[]> TEXTS = List.of(utf8("<s>"), utf8("a"));
    private static final List<TokenType> TYPES = List.of(TokenType.CONTROL, TokenType.NORMAL);

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static void refused(VocabularyBuilder builder, String message) {
        assertThatThrownBy(builder::build).isInstanceOf(VocabularyException.class).hasMessage(message);
    }

    @Test
    void partsThatDoNotFitTogetherAreRefusedByName() {
        float[] scores = {0, -1};
        refused(Vocabulary.of(List.of(), new float[0], List.of()), "a vocabulary without tokens");
        refused(Vocabulary.of(TEXTS, new float[3], TYPES), "3 scores for 2 tokens");
        refused(Vocabulary.of(TEXTS, scores, List.of(TokenType.NORMAL)), "1 token types for 2 tokens");
        refused(Vocabulary.of(TEXTS, new float[] {0, Float.NaN}, TYPES), "the score of token 1 is not a number");
        refused(
                Vocabulary.of(TEXTS, scores, TYPES).bos(2),
                "the beginning of a text (bos) is token 2 of a vocabulary of 2");
        refused(
                Vocabulary.of(TEXTS, scores, TYPES).eos(-2),
                "the end of a text (eos) is token -2 of a vocabulary of 2");
        refused(Vocabulary.of(TEXTS, scores, TYPES).eot(9), "the end of a turn (eot) is token 9 of a vocabulary of 2");
        refused(Vocabulary.of(TEXTS, scores, TYPES).unknown(2), "the unknown token is token 2 of a vocabulary of 2");
        refused(Vocabulary.of(TEXTS, scores, TYPES).padding(2), "the padding token is token 2 of a vocabulary of 2");
        refused(
                Vocabulary.of(TEXTS, scores, TYPES).addBos(true),
                "a beginning of text (bos) is to be added, but no token is named for it");
        refused(
                Vocabulary.of(TEXTS, scores, TYPES).addEos(true),
                "an end of text (eos) is to be added, but no token is named for it");
        assertThatThrownBy(() -> TokenType.ofCode(7, 12))
                .isInstanceOf(VocabularyException.class)
                .hasMessageStartingWith("token 12 has type 7; known are");
    }

    @Test
    void byteTokensMustBeWellSpelledSingleAndComplete() {
        refused(
                new SmallVocabulary().add("<0x4G>", 0, TokenType.BYTE).builder(),
                "byte token 3 is spelled '<0x4G>'; expected a form like '<0x0A>'");
        refused(
                new SmallVocabulary().add("<0x41>", 0, TokenType.BYTE).builder(),
                "1 of 256 byte tokens; there is none for byte 0x00");
        refused(
                new SmallVocabulary()
                        .bytes()
                        .add("<0x0a>", 0, TokenType.BYTE)
                        .builder(),
                "token 259 is a second token for byte 0x0A");
    }

    @Test
    void sentencePieceNeedsScoresAndKeepsWhiteSpace() {
        assertThatThrownBy(
                () -> SentencePieceTokenizer.of(
                        Vocabulary.of(TEXTS, new float[0], TYPES).build()))
                .isInstanceOf(VocabularyException.class)
                .hasMessageContaining("needs scores");
        assertThatThrownBy(
                () -> SentencePieceTokenizer.of(
                        new SmallVocabulary().builder().removeExtraWhitespaces(true).build()))
                .isInstanceOf(VocabularyException.class)
                .hasMessageContaining("remove_extra_whitespaces");
    }

    @Test
    void ofEqualTextsTheLastCountsAndEmptyTextsNever() {
        Tokenizer tokenizer =
                new SmallVocabulary().add("a", -1).add("", -1).add("a", -2).add("▁", -3).tokenizer();
        assertThat(tokenizer.encode("aa", false)).containsExactly(6, 5, 5);
        assertThat(tokenizer.decode(6, 3, 4, 5)).isEqualTo(utf8("aa"));
    }

    @Test
    void tokensThatEndATurnAreKnownByNumberAndByName() {
        Vocabulary vocabulary = new SmallVocabulary()
                .add("<|im_end|>", 0, TokenType.CONTROL)
                .add("<end_of_turn>", 0, TokenType.USER_DEFINED)
                .add("<|eot_id|>", 0, TokenType.NORMAL)
                .add("stop", 0)
                .builder()
                .eot(6)
                .build();
        assertThat(vocabulary.endOfGeneration()).containsExactly(2, 3, 4, 6);
        assertThat(vocabulary.endsGeneration(5)).as("ordinary text that looks alike").isFalse();
        assertThat(vocabulary.find("<|im_end|>")).hasValue(3);
        assertThat(vocabulary.find("nothing")).isEmpty();
    }

    @Test
    void inHarmonyTheEndOfAMessageIsNotTheEndOfTheTurn() {
        Vocabulary vocabulary = new SmallVocabulary()
                .add("<|end|>", 0, TokenType.CONTROL)
                .add("<|return|>", 0, TokenType.CONTROL)
                .add("<|call|>", 0, TokenType.CONTROL)
                .builder()
                .build();
        assertThat(vocabulary.endOfGeneration()).containsExactly(2, 4, 5);
    }

    @Test
    void changesToWhatAVocabularyWasMadeOfDoNotReachIt() {
        byte[] text = utf8("a");
        float[] scores = {-1};
        VocabularyBuilder builder = Vocabulary.of(List.of(text), scores, List.of(TokenType.NORMAL));
        Vocabulary vocabulary = builder.build();
        text[0] = 'b';
        scores[0] = 5;
        vocabulary.text(0)[0] = 'c';
        builder.bos(0).stripsWhitespaceAfter(0);
        assertThat(vocabulary.name(0)).isEqualTo("a");
        assertThat(vocabulary.score(0)).isEqualTo(-1);
        assertThat(vocabulary.bos()).isEmpty();
        assertThat(vocabulary.stripsWhitespaceAfter(0)).isFalse();
    }

    @Test
    void aKindThatIsNotSupportedIsRefusedWithTheFileAndWhatIs() {
        try (Gguf file = Gguf.open(TokenizerFixtures.path("tokenizers/bert-bge.gguf"))) {
            assertThatThrownBy(() -> Tokenizer.of(file.metadata()))
                    .isInstanceOf(VocabularyException.class)
                    .hasMessageContaining("bert-bge.gguf")
                    .hasMessageContaining("'bert'")
                    .hasMessageContaining("supported: llama (SentencePiece by scores), gpt2 (byte-level BPE)");
        }
    }
}
