package dev.vesper.llm;

/** Receives a reply as it is written, on the caller's thread: whole characters, never a part of a stop text. */
@FunctionalInterface
public interface TextListener {
    /** Takes the next piece. Returns whether to go on. */
    boolean text(String piece);
}
