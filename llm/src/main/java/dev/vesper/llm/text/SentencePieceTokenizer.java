package dev.vesper.llm.text;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * SentencePiece's byte-pair encoding by scores, which GGUF files call {@code llama}: characters are merged to the token
 * of the highest score as long as two neighbours form one, the leftmost of equals first. Spaces are spelled {@code ▁};
 * what has no token is spelled in byte tokens. Kudo and Richardson, "SentencePiece", EMNLP 2018; the details follow
 * llama.cpp, which GGUF files are made for, with two exceptions that keep the text intact: ordinary text never becomes
 * a control or byte token, even if it is spelled like one, and the character {@code ▁} in a text is spelled in bytes,
 * so that it is not taken for a space.
 */
public final class SentencePieceTokenizer implements Tokenizer {
    /** U+2581, which stands for a space. */
    static final byte[] SPACE = "▁".getBytes(StandardCharsets.UTF_8);

    private final Vocabulary vocabulary;
    private final SentencePieceTables tables;
    private final SpecialTokens userDefined;
    private final SpecialTokens special;

    private SentencePieceTokenizer(
            Vocabulary vocabulary,
            SentencePieceTables tables,
            SpecialTokens userDefined,
            SpecialTokens special) {
        this.vocabulary = vocabulary;
        this.tables = tables;
        this.userDefined = userDefined;
        this.special = special;
    }

    /**
     * A tokenizer for a vocabulary with scores.
     *
     * @throws VocabularyException if it has no scores, or asks for what this tokenizer does not do
     */
    public static SentencePieceTokenizer of(Vocabulary vocabulary) {
        if (!vocabulary.hasScores()) {
            throw new VocabularyException("a SentencePiece vocabulary needs scores; " + vocabulary + " has none");
        }
        if (vocabulary.removeExtraWhitespaces()) {
            throw new VocabularyException(
                    "remove_extra_whitespaces is set, which SentencePiece by scores does not support: it loses text");
        }
        return new SentencePieceTokenizer(
                vocabulary,
                SentencePieceTables.of(vocabulary),
                SpecialTokens.userDefined(vocabulary),
                SpecialTokens.all(vocabulary));
    }

    @Override
    public byte[] bytes(int token) {
        byte[] text = vocabulary.texts()[vocabulary.check(token)];
        return switch (vocabulary.type(token)) {
            case CONTROL, USER_DEFINED, UNKNOWN -> text.clone();
            case BYTE -> new byte[] {(byte) VocabularyBuilder.byteValue(text, token)};
            case NORMAL, UNUSED -> withSpaces(text);
        };
    }

    private static byte[] withSpaces(byte[] text) {
        byte[] spaced = new byte[text.length];
        int size = 0;
        for (int i = 0; i < text.length; i++) {
            if (isSpaceMark(text, i, text.length)) {
                spaced[size++] = ' ';
                i += SPACE.length - 1;
            } else {
                spaced[size++] = text[i];
            }
        }
        return Arrays.copyOf(spaced, size);
    }

    static boolean isSpaceMark(byte[] text, int at, int end) {
        return at + 3 <= end && text[at] == SPACE[0] && text[at + 1] == SPACE[1] && text[at + 2] == SPACE[2];
    }

    @Override
    public Vocabulary vocabulary() {
        return vocabulary;
    }

    @Override
    public boolean addsSpace() {
        return vocabulary.addSpacePrefix();
    }

    @Override
    public int[] encode(byte[] utf8, boolean special) {
        return encode(utf8, 0, special, true);
    }

    @Override
    public int[] encodeAfter(int previous, byte[] utf8, boolean special) {
        return encode(
                utf8, special ? afterWhitespace(previous, utf8, 0) : 0, special, vocabulary.type(previous).special());
    }

    /** @param start whether the text at {@code from} begins a text or follows a special token */
    private int[] encode(byte[] utf8, int from, boolean special, boolean start) {
        SpecialTokens recognised = special ? this.special : userDefined;
        var encoding = new SentencePieceEncoding(tables);
        boolean begins = start;
        int at = from;
        while (at < utf8.length) {
            SpecialTokens.Match match = recognised.find(utf8, at);
            if (match.start() > at) {
                encoding.encode(utf8, at, match.start(), begins && addsSpace());
            }
            at = match.end();
            if (match.token() >= 0) {
                encoding.add(match.token());
                begins = true;
                at = special ? afterWhitespace(match.token(), utf8, at) : at;
            }
        }
        return encoding.tokens();
    }

    /** Where the text after a token goes on, which may take white space along. */
    private int afterWhitespace(int token, byte[] utf8, int from) {
        int at = from;
        while (vocabulary.stripsWhitespaceAfter(token) && isWhitespace(utf8, at)) {
            at++;
        }
        return at;
    }

    private static boolean isWhitespace(byte[] text, int at) {
        return at < text.length && (text[at] == ' ' || text[at] >= '\t' && text[at] <= '\r');
    }

    @Override
    public byte[] decode(int... tokens) {
        var reader = new PieceReader(this, true, true);
        var text = new ByteArrayOutputStream();
        for (int token : tokens) {
            text.writeBytes(reader.next(token));
        }
        return text.toByteArray();
    }
}
