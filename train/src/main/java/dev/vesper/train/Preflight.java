package dev.vesper.train;

import dev.vesper.data.Data;
import dev.vesper.data.Row;
import dev.vesper.llm.text.StreamDecoder;
import dev.vesper.llm.text.Tokenizer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * What a run is about to do, need and take, found out before its first step.
 *
 * @param example a row as the model sees it
 * @param memory needed at the peak
 * @param room memory that there is
 * @param time that is left to the end
 * @param stepsLeft steps to make, without those of before a resumption
 * @param before positions that the model goes through before the first step, for objectives that ask what it was
 * @param positions to learn from in these
 * @param measurements on the held-out rows to make
 */
public record Preflight(
        Data data,
        Example example,
        Memory memory,
        Memory.Room room,
        Pace pace,
        Duration time,
        int stepsLeft,
        long before,
        long positions,
        int measurements) {

    /**
     * A row in text.
     *
     * @param place where it comes from
     * @param pieces in order; those that are learnt alternate with those that are only shown
     */
    public record Example(String place, List<Piece> pieces) {
        /** A stretch of text, special tokens spelled out. */
        public record Piece(String text, boolean learnt) {}

        public Example {
            pieces = List.copyOf(pieces);
        }

        /** The row of middling length: neither an oddity nor the longest. */
        static Example of(List<Row> rows, Tokenizer tokenizer) {
            List<Row> sorted = rows.stream().sorted(Comparator.comparingInt(Row::inputs)).toList();
            return of(sorted.get(sorted.size() / 2), tokenizer);
        }

        static Example of(Row row, Tokenizer tokenizer) {
            StreamDecoder decoder = tokenizer.streamDecoder(true, true);
            List<Piece> pieces = new ArrayList<>();
            StringBuilder text = new StringBuilder();
            for (int i = 0; i < row.tokens().length; i++) {
                if (i > 0 && row.supervised()[i] != row.supervised()[i - 1]) {
                    pieces.add(new Piece(text.toString(), row.supervised()[i - 1]));
                    text.setLength(0);
                }
                text.append(decoder.next(row.tokens()[i]));
            }
            text.append(decoder.finish());
            pieces.add(new Piece(text.toString(), row.supervised()[row.tokens().length - 1]));
            return new Example(row.place(), pieces);
        }
    }
}
