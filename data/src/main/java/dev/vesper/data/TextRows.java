package dev.vesper.data;

import dev.vesper.llm.text.Tokenizer;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CoderResult;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;

/**
 * Rows from raw text. The file is one stream of tokens that begins with the beginning-of-text token, where the
 * vocabulary has one. Row k holds the tokens {@code k·n} to {@code (k + 1)·n}, both included: neighbours share one
 * token, which ends one row as a target and begins the next as an input, so that every token but the first is learnt
 * exactly once. The last row is shorter. Spellings of special tokens are ordinary text.
 */
final class TextRows {
    private TextRows() {}

    static List<Row> read(Path file, byte[] text, Tokenizer tokenizer, int maxSequence) {
        requireUtf8(file, text);
        int[] stream = stream(text, tokenizer);
        if (stream.length < 2) {
            throw new DataException(file.toString(), "at least two tokens of text", "%d bytes".formatted(text.length));
        }
        List<Row> rows = new ArrayList<>();
        for (int from = 0; from + 1 < stream.length; from += maxSequence) {
            int to = Math.min(stream.length, from + maxSequence + 1);
            int[] tokens = Arrays.copyOfRange(stream, from, to);
            boolean[] supervised = new boolean[tokens.length];
            Arrays.fill(supervised, 1, supervised.length, true);
            rows.add(new Row("%s, tokens %d to %d".formatted(file.getFileName(), from, to - 1), tokens, supervised));
        }
        return rows;
    }

    private static int[] stream(byte[] text, Tokenizer tokenizer) {
        int[] tokens = tokenizer.encode(text, false);
        OptionalInt bos = tokenizer.vocabulary().bos();
        if (bos.isEmpty()) {
            return tokens;
        }
        int[] all = new int[tokens.length + 1];
        all[0] = bos.getAsInt();
        System.arraycopy(tokens, 0, all, 1, tokens.length);
        return all;
    }

    static void requireUtf8(Path file, byte[] text) {
        ByteBuffer in = ByteBuffer.wrap(text);
        CharBuffer out = CharBuffer.allocate(1 << 16);
        var decoder = StandardCharsets.UTF_8.newDecoder();
        while (true) {
            CoderResult result = decoder.decode(in, out, true);
            if (result.isError()) {
                throw new DataException(
                        "%s, byte %d".formatted(file, in.position()),
                        "text in UTF-8",
                        "byte 0x%02x".formatted(text[in.position()]));
            }
            if (result.isUnderflow()) {
                return;
            }
            out.clear();
        }
    }
}
