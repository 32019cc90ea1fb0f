package dev.vesper.llm.file;

import java.lang.foreign.MemorySegment;

/** Produces a tensor row by row while it is written, so that a file may be larger than memory. */
@FunctionalInterface
public interface RowSource {
    /**
     * Fills the bytes of one row, in the tensor's format; rows are asked for in order, each once.
     *
     * @param destination exactly the bytes of a row, the same memory at each call, contents undefined
     */
    void row(long row, MemorySegment destination);
}
