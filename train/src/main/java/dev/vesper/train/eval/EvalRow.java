package dev.vesper.train.eval;

import dev.vesper.llm.BatchScorer.Marked;

/**
 * A row to measure on, as one model sees it.
 *
 * @param place where it comes from, such as {@code chats.jsonl:12}; a conversation that the template splits gives several
 *     rows of the same place
 * @param bytes of text that the marked tokens spell, without control tokens
 */
public record EvalRow(String place, Marked sequence, int bytes) {}
