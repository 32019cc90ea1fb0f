package dev.vesper.llm.chat;

import java.util.List;
import java.util.stream.Collectors;

/**
 * One row of training text: the rendered conversation in pieces, in order, each of which the model either is shown or
 * has to learn to write.
 */
public record SupervisedText(List<Segment> segments) {

    /**
     * A piece of the rendered text.
     *
     * @param text not empty
     * @param supervised whether the model writes this: an answer with the end of its turn
     */
    public record Segment(String text, boolean supervised) {}

    public SupervisedText {
        segments = List.copyOf(segments);
    }

    /** The whole text. */
    public String text() {
        return segments.stream().map(Segment::text).collect(Collectors.joining());
    }
}
