package dev.vesper.train.vocabulary;

import dev.vesper.llm.text.TokenType;
import dev.vesper.llm.text.Vocabulary;
import dev.vesper.llm.text.VocabularyException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Learns a vocabulary from a corpus: SentencePiece's byte-pair encoding with byte fallback (Kudo and Richardson 2018),
 * such as Llama has. The same texts in any order give the same vocabulary.
 *
 * <p>The ids: {@code <unk>}, {@code <s>}, {@code </s>}; the control tokens; 256 bytes; pieces, the most eagerly merged
 * first, with scores 0, -1, -2 ...; and the characters, the most frequent first. Characters so rare that all of them
 * together are one in two thousand, control characters and the like are spelled in bytes.
 */
public final class VocabularyTrainer {
    private static final List<String> BEGINNING = List.of("<unk>", "<s>", "</s>");
    private static final int BYTES = 256;
    private static final double COVERAGE = 0.9995;

    private final Map<String, Long> segments = new HashMap<>();
    private long texts;

    /** Takes a text into account, as one that follows a special token. */
    public void add(String text) {
        texts++;
        Segments.of(text, segment -> segments.merge(segment, 1L, Long::sum));
    }

    /**
     * What was learnt.
     *
     * @param asked tokens that were asked for; the vocabulary has fewer if no other piece occurs twice
     * @param texts that were read
     * @param tokens that these have, without control tokens and but for characters spelled in bytes
     */
    public record Result(Vocabulary vocabulary, int asked, long texts, long tokens) {}

    /**
     * Learns the vocabulary.
     *
     * @param size how many tokens
     * @param control tokens that steer the model, such as those of its chat template
     * @throws VocabularyException if the size is too small for bytes and characters, or there was no text
     */
    public Result train(int size, List<String> control) {
        if (segments.isEmpty()) {
            throw new VocabularyException("there is no text to learn a vocabulary from");
        }
        List<String> characters = characters();
        int fixed = BEGINNING.size() + control.size() + BYTES + characters.size();
        if (size < fixed) {
            throw new VocabularyException(
                    "a vocabulary of this text has at least %d tokens (%d special, %d bytes, %d characters), got %d"
                            .formatted(fixed, BEGINNING.size() + control.size(), BYTES, characters.size(), size));
        }
        PieceMerger merger = new PieceMerger(spelled(new HashSet<>(characters)));
        List<String> pieces = merger.pieces(size - fixed);
        return new Result(vocabulary(control, pieces, characters), size, texts, merger.parts());
    }

    /** The characters that get a token, the most frequent first, of equals in the order of Unicode. */
    private List<String> characters() {
        Map<Integer, Long> counts = new HashMap<>();
        segments.forEach((segment, count) -> segment.codePoints().forEach(
                character -> counts.merge(character, count, Long::sum)));
        long all = counts.values().stream().mapToLong(Long::longValue).sum();
        List<String> characters = new ArrayList<>();
        long covered = 0;
        for (var entry : counts.entrySet().stream()
                .sorted(Comparator.<Map.Entry<Integer, Long>>comparingLong(entry -> -entry.getValue())
                        .thenComparing(Map.Entry.comparingByKey()))
                .toList()) {
            if (covered >= COVERAGE * all) {
                break;
            }
            covered += entry.getValue();
            characters.add(Character.toString(entry.getKey()));
        }
        return characters;
    }

    /** The segments without characters that get no token: a segment ends before and begins after each. */
    private Map<String, Long> spelled(Set<String> characters) {
        Map<String, Long> spelled = new HashMap<>();
        segments.forEach((segment, count) -> {
            var part = new StringBuilder();
            for (String character : segment.codePoints().mapToObj(Character::toString).toList()) {
                if (characters.contains(character)) {
                    part.append(character);
                } else {
                    if (!part.isEmpty()) {
                        spelled.merge(part.toString(), count, Long::sum);
                    }
                    part.setLength(0);
                }
            }
            if (!part.isEmpty()) {
                spelled.merge(part.toString(), count, Long::sum);
            }
        });
        return spelled;
    }

    private static Vocabulary vocabulary(List<String> control, List<String> pieces, List<String> characters) {
        List<byte[]> spellings = new ArrayList<>();
        List<TokenType> types = new ArrayList<>();
        List<Float> scores = new ArrayList<>();
        for (String name : BEGINNING) {
            add(spellings, types, scores, name, name.equals("<unk>") ? TokenType.UNKNOWN : TokenType.CONTROL, 0);
        }
        for (String name : control) {
            add(spellings, types, scores, name, TokenType.CONTROL, 0);
        }
        for (int value = 0; value < BYTES; value++) {
            add(spellings, types, scores, "<0x%02X>".formatted(value), TokenType.BYTE, 0);
        }
        int rank = 0;
        for (String piece : pieces) {
            add(spellings, types, scores, piece, TokenType.NORMAL, rank--);
        }
        for (String character : characters) {
            add(spellings, types, scores, character, TokenType.NORMAL, rank--);
        }
        float[] values = new float[scores.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = scores.get(i);
        }
        return Vocabulary.of(spellings, values, types)
                .unknown(0)
                .bos(1)
                .eos(2)
                .addBos(true)
                .addSpacePrefix(true)
                .build();
    }

    private static void add(
            List<byte[]> spellings, List<TokenType> types, List<Float> scores, String name, TokenType type, int score) {
        spellings.add(name.getBytes(StandardCharsets.UTF_8));
        types.add(type);
        scores.add((float) score);
    }
}
