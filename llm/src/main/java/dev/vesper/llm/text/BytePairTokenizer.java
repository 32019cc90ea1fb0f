package dev.vesper.llm.text;

import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Byte-level byte-pair encoding, which GGUF files call {@code gpt2}: text is cut into words, and the bytes of each are
 * merged in the order of a list. Sennrich et al., "Neural Machine Translation of Rare Words with Subword Units", ACL
 * 2016; Radford et al., "Language Models are Unsupervised Multitask Learners", 2019. Ordinary text never becomes a
 * control token, even if it is spelled like one.
 */
public final class BytePairTokenizer implements Tokenizer {
    private final Vocabulary vocabulary;
    private final PreTokenizer preTokenizer;
    private final byte[][] bytes;
    private final ByteIndex pieces;
    private final BytePairTables tables;
    private final int[] byteTokens;
    private final SpecialTokens userDefined;
    private final SpecialTokens special;

    private BytePairTokenizer(
            Vocabulary vocabulary,
            PreTokenizer preTokenizer,
            byte[][] bytes,
            ByteIndex pieces,
            BytePairTables tables,
            int[] byteTokens,
            SpecialTokens userDefined,
            SpecialTokens special) {
        this.vocabulary = vocabulary;
        this.preTokenizer = preTokenizer;
        this.bytes = bytes;
        this.pieces = pieces;
        this.tables = tables;
        this.byteTokens = byteTokens;
        this.userDefined = userDefined;
        this.special = special;
    }

    /**
     * A tokenizer for a vocabulary whose ordinary tokens are spelled in GPT-2's byte alphabet.
     *
     * @param merges pairs of spellings with a space between, the first merges first
     * @param preTokenizer how text is cut into words, by the name that GGUF files use
     * @throws VocabularyException if a merge is not well spelled or the pre-tokenizer is not supported
     */
    public static BytePairTokenizer of(Vocabulary vocabulary, List<byte[]> merges, String preTokenizer) {
        int size = vocabulary.size();
        byte[][] bytes = new byte[size][];
        byte[][] pieces = new byte[size][];
        int[] byteTokens = new int[256];
        Arrays.fill(byteTokens, -1);
        for (int token = 0; token < size; token++) {
            byte[] text = vocabulary.texts()[token];
            byte[] spelled = ByteAlphabet.bytes(text, 0, text.length);
            boolean special = vocabulary.type(token).special();
            bytes[token] = special || spelled == null ? text : spelled;
            pieces[token] = special || spelled == null ? new byte[0] : spelled;
            // DeepSeek's vocabularies have user-defined tokens in place of the bytes that UTF-8 never uses.
            if (spelled != null
                    && spelled.length == 1
                    && (!special || vocabulary.type(token) == TokenType.USER_DEFINED)
                    && (!special || byteTokens[spelled[0] & 0xFF] < 0)) {
                byteTokens[spelled[0] & 0xFF] = token;
            }
        }
        return new BytePairTokenizer(
                vocabulary,
                PreTokenizer.named(preTokenizer),
                bytes,
                ByteIndex.of(pieces, IntStream.range(0, size).toArray()),
                BytePairTables.of(pieces, merges),
                byteTokens,
                SpecialTokens.userDefined(vocabulary),
                SpecialTokens.all(vocabulary));
    }

    @Override
    public Vocabulary vocabulary() {
        return vocabulary;
    }

    @Override
    public boolean addsSpace() {
        return false;
    }

    @Override
    public int[] encode(byte[] utf8, boolean special) {
        SpecialTokens recognised = special ? this.special : userDefined;
        var merger = new WordMerger(tables);
        var tokens = new Ids();
        int at = 0;
        while (at < utf8.length) {
            SpecialTokens.Match match = recognised.find(utf8, at);
            if (match.start() > at) {
                encode(Arrays.copyOfRange(utf8, at, match.start()), merger, tokens);
            }
            if (match.token() >= 0) {
                tokens.add(match.token());
            }
            at = match.end();
        }
        return tokens.toArray();
    }

    @Override
    public int[] encodeAfter(int previous, byte[] utf8, boolean special) {
        vocabulary.check(previous);
        return encode(utf8, special);
    }

    private void encode(byte[] text, WordMerger merger, Ids tokens) {
        String characters = Utf8.escape(text);
        int[] place = {0};
        preTokenizer.split(characters, (from, to) -> {
            int begin = place[0];
            place[0] += Utf8.escapedLength(characters, from, to);
            encodeWord(text, begin, place[0], merger, tokens);
        });
    }

    private void encodeWord(byte[] text, int from, int to, WordMerger merger, Ids tokens) {
        int whole = preTokenizer.wholeWords() || to - from == 1 ? pieces.find(text, from, to) : -1;
        if (whole >= 0) {
            tokens.add(whole);
            return;
        }
        byte[] word = Arrays.copyOfRange(text, from, to);
        merger.begin(word, word.length);
        for (byte value : word) {
            merger.append(1, tables.symbol(value));
        }
        merger.merge();
        for (int at = 0; at < word.length; at += merger.length(at)) {
            if (merger.symbol(at) < vocabulary.size()) {
                tokens.add(merger.symbol(at));
            } else {
                spell(word, at, at + merger.length(at), tokens);
            }
        }
    }

    /** Bytes that merges joined to what is no token, or that have none. */
    private void spell(byte[] word, int from, int to, Ids tokens) {
        for (int i = from; i < to; i++) {
            int token = byteTokens[word[i] & 0xFF];
            tokens.add(token >= 0 ? token : unknown(word[i]));
        }
    }

    /**
     * GPT-2 and its heirs name the end of text as unknown token, which a stray byte in ordinary text must not become.
     */
    private int unknown(byte value) {
        int unknown = vocabulary.unknown().orElse(-1);
        if (unknown < 0 || vocabulary.type(unknown) == TokenType.CONTROL) {
            throw new VocabularyException(String.format(
                    "no token for byte 0x%02X of a text, and none for unknown text other than a control token", value));
        }
        return unknown;
    }

    @Override
    public byte[] decode(int... tokens) {
        var text = new ByteArrayOutputStream();
        for (int token : tokens) {
            text.writeBytes(bytes[vocabulary.check(token)]);
        }
        return text.toByteArray();
    }

    @Override
    public byte[] bytes(int token) {
        return bytes[vocabulary.check(token)].clone();
    }
}
