package dev.vesper.data;

import java.nio.file.Path;
import java.util.Locale;

/** What a data file holds. */
public enum DataFormat {
    /** Raw text: the model learns every token. */
    TEXT,
    /** A conversation in each line, as {@code {"messages": [{"role": …, "content": …}, …]}}: it learns the answers. */
    CHAT;

    /**
     * By the ending of the name: {@code .jsonl} for conversations, {@code .txt} or {@code .md} for text.
     *
     * @throws DataException if the ending is another
     */
    public static DataFormat of(Path file) {
        String name = file.getFileName().toString().toLowerCase(Locale.ROOT);
        if (name.endsWith(".jsonl")) {
            return CHAT;
        }
        if (name.endsWith(".txt") || name.endsWith(".md")) {
            return TEXT;
        }
        throw new DataException(
                file.toString(),
                "a name ending in .jsonl (conversations), .txt or .md (text), or the format to be named", name);
    }
}
