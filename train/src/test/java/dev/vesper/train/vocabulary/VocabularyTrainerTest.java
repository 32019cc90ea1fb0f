package dev.vesper.train.vocabulary;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vesper.llm.file.Metadata;
import dev.vesper.llm.file.MetadataBuilder;
import dev.vesper.llm.text.TokenType;
import dev.vesper.llm.text.Tokenizer;
import dev.vesper.llm.text.Vocabulary;
import dev.vesper.llm.text.VocabularyException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class VocabularyTrainerTest {
    private static final List<String> CONTROL = List.of("<|user|>", "<|end|>");
    private static final int FIXED = 3 + 2 + 256;

    private static VocabularyTrainer.Result learn(int size, List<String> texts) {
        VocabularyTrainer trainer = new VocabularyTrainer();
        texts.forEach(trainer::add);
        return trainer.train(size, CONTROL);
    }

    /** The tokenizer that a model file with this vocabulary has. */
    private static Tokenizer tokenizer(Vocabulary vocabulary) {
        MetadataBuilder metadata = Metadata.builder("a test");
        VocabularyMetadata.write(vocabulary, vocabulary.find("<|end|>").orElseThrow(), metadata);
        return Tokenizer.of(metadata.build());
    }

    private static List<String> names(Tokenizer tokenizer, String text) {
        return Arrays.stream(tokenizer.encode(text.getBytes(StandardCharsets.UTF_8), false))
                .mapToObj(tokenizer.vocabulary()::name)
                .toList();
    }

    private static List<String> corpus() {
        List<String> texts = new ArrayList<>();
        Random random = new Random(7);
        String[] words =
                {"the", "evening", "star", "was", "over", "water", "schön", "heißt", "naïve", "один", "\"yes\""};
        for (int i = 0; i < 400; i++) {
            StringBuilder text = new StringBuilder();
            for (int word = 0; word < 12; word++) {
                text.append(word == 0 ? "" : " ").append(words[random.nextInt(words.length)]);
                text.append(random.nextInt(6) == 0 ? " " + random.nextInt(1000) : "");
            }
            texts.add(text.append(".\n").toString());
        }
        return texts;
    }

    @Test
    void theMostFrequentPairIsMergedFirstAndTiesAreByLengthAndThenByText() {
        // In ▁ab ▁ab ▁ab ▁cb: ab and ▁a occur three times, of which ab is first in Unicode; then ▁ab; then nothing twice.
        Vocabulary vocabulary = learn(FIXED + 4 + 2, List.of("ab ab ab cb")).vocabulary();
        assertThat(List.of(vocabulary.name(FIXED), vocabulary.name(FIXED + 1))).containsExactly("ab", "▁ab");
        assertThat(vocabulary.score(FIXED)).isEqualTo(0f);
        assertThat(vocabulary.score(FIXED + 1)).isEqualTo(-1f);
        // then the characters, the most frequent first
        assertThat(List.of(vocabulary.name(FIXED + 2), vocabulary.name(FIXED + 3), vocabulary.name(FIXED + 4),
                vocabulary.name(FIXED + 5))).containsExactly("b", "▁", "a", "c");
    }

    @Test
    void fewerTokensThanAskedForIfNothingElseOccursTwice() {
        VocabularyTrainer.Result result = learn(5000, List.of("ab ab ab cb"));
        assertThat(result.vocabulary().size()).isEqualTo(FIXED + 6);
        assertThat(result.asked()).isEqualTo(5000);
    }

    @Test
    void theSameTextsInAnyOrderGiveTheSameVocabulary() {
        List<String> texts = corpus();
        Vocabulary first = learn(400, texts).vocabulary();
        Collections.reverse(texts);
        Vocabulary second = learn(400, texts).vocabulary();
        assertThat(second.size()).isEqualTo(first.size()).isGreaterThan(FIXED + 60);
        for (int token = 0; token < first.size(); token++) {
            assertThat(second.text(token)).isEqualTo(first.text(token));
            assertThat(second.score(token)).isEqualTo(first.score(token));
            assertThat(second.type(token)).isEqualTo(first.type(token));
        }
    }

    @Test
    void frequentWordsAreSinglePieces() {
        Tokenizer tokenizer = tokenizer(learn(500, corpus()).vocabulary());
        assertThat(names(tokenizer, "the evening star was over water schön heißt один"))
                .containsExactly("▁the", "▁evening", "▁star", "▁was", "▁over", "▁water", "▁schön", "▁heißt", "▁один");
    }

    @Test
    void numbersAreSpelledDigitByDigit() {
        Vocabulary vocabulary = learn(500, corpus()).vocabulary();
        assertThat(names(tokenizer(vocabulary), "was 1024."))
                .containsExactly("▁was", "▁", "1", "0", "2", "4", ".");
        for (int token = FIXED; token < vocabulary.size(); token++) {
            String name = vocabulary.name(token);
            assertThat(name.length() > 1 && name.chars().anyMatch(Character::isDigit)).as(name).isFalse();
        }
    }

    @Test
    void theNumberOfTokensIsThatOfTheTokenizer() {
        List<String> texts = corpus();
        VocabularyTrainer.Result result = learn(400, texts);
        Tokenizer tokenizer = tokenizer(result.vocabulary());
        long tokens = 0;
        for (String text : texts) {
            for (int token : tokenizer.encode(text.getBytes(StandardCharsets.UTF_8), false)) {
                tokens += tokenizer.vocabulary().type(token) == TokenType.BYTE ? 0 : 1;
            }
        }
        assertThat(result.tokens()).isEqualTo(tokens);
        assertThat(result.texts()).isEqualTo(texts.size());
    }

    @Test
    void everyTextOfTheCorpusComesBack() {
        List<String> texts = corpus();
        Tokenizer tokenizer = tokenizer(learn(400, texts).vocabulary());
        for (String text : texts) {
            byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
            assertThat(tokenizer.decode(tokenizer.encode(bytes, false))).isEqualTo(bytes);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "", " ", "   two  and three   ", "\t\n\r\n", "▁ is not a space", "👩‍👩‍👧 🇳🇱 e\u0301\u0327 a\u0308",
                "日本語 العربية हिन्दी",
                "x\u0000y\u007f\u200b", "<|end|><s></s><0x41>", "½ ² ٣ ３ Ⅷ", "\uFFFD \uE000 \uDBFF\uDFFF"
            })
    void awkwardTextComesBack(String text) {
        Tokenizer tokenizer = tokenizer(learn(400, corpus()).vocabulary());
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        assertThat(tokenizer.decode(tokenizer.encode(bytes, false))).isEqualTo(bytes);
    }

    @ParameterizedTest
    @ValueSource(strings = {"👩‍👩‍👧 🇳🇱", "日本語 日本語", "▁▁ x ▁▁ x", "\uE000\uE000", "e\u0301 e\u0301"})
    void awkwardTextIsLearntFrom(String text) {
        List<String> texts = Collections.nCopies(5, text);
        Tokenizer tokenizer = tokenizer(learn(400, texts).vocabulary());
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        assertThat(tokenizer.decode(tokenizer.encode(bytes, false))).isEqualTo(bytes);
    }

    @Test
    void piecesStayWithinAWordAndAScript() {
        Vocabulary vocabulary =
                learn(2000, Collections.nCopies(9, "you don't, (really) один-two a1b x  y \n z")).vocabulary();
        for (int token = FIXED; token < vocabulary.size(); token++) {
            String name = vocabulary.name(token);
            assertThat(name).matches("▁?(\\p{IsLatin}+|\\p{IsCyrillic}+|[^\\p{L}\\p{N}▁]+)?|\\d");
        }
        assertThat(vocabulary.find("▁really").isPresent()).as("brackets are no letters").isFalse();
        assertThat(vocabulary.find("really").isPresent()).isTrue();
        assertThat(vocabulary.find("don").isPresent() || vocabulary.find("▁don").isPresent()).isTrue();
    }

    @Test
    void aVocabularyWithoutRoomForCharactersIsRefusedWithTheNumbers() {
        assertThatThrownBy(() -> learn(FIXED + 3, List.of("ab ab ab cb")))
                .isInstanceOf(VocabularyException.class)
                .hasMessageContaining("at least 265 tokens (5 special, 256 bytes, 4 characters), got 264");
        assertThatThrownBy(() -> learn(1000, List.of()))
                .isInstanceOf(VocabularyException.class)
                .hasMessageContaining("no text");
    }
}
