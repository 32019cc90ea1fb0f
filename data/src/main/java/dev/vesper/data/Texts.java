package dev.vesper.data;

import dev.vesper.llm.Message;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.function.Consumer;

/**
 * The texts of a file, without a model: what a vocabulary is learnt from.
 *
 * @param sha256 of the file
 * @param rows conversations, or 1 for running text
 * @param texts messages of all conversations, or 1
 */
public record Texts(String sha256, long rows, long texts) {

    /**
     * Reads a file, and gives the content of each message of each conversation, or the whole of a running text.
     *
     * @param skipBad whether conversations that cannot be used are left out
     * @throws DataException if it is not well-formed
     */
    public static Texts read(Path file, DataFormat format, boolean skipBad, Consumer<String> consumer) {
        byte[] bytes = Data.bytes(file);
        long[] counts = new long[2];
        switch (format) {
            case TEXT -> {
                TextRows.requireUtf8(file, bytes);
                consumer.accept(new String(bytes, StandardCharsets.UTF_8));
                counts[0] = 1;
                counts[1] = 1;
            }
            case CHAT, SHAREGPT, ALPACA -> counts[0] = ConversationJson.each(file, bytes, format, skipBad, messages -> {
                for (Message message : messages) {
                    counts[1]++;
                    consumer.accept(message.content());
                }
            });
            case PAIRS, JUDGED -> throw ConversationJson.notConversations(file.toString(), format);
        }
        return new Texts(Hashes.sha256(bytes), counts[0], counts[1]);
    }
}
