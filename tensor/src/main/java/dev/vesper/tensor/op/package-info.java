/** The operations that models are written in, each with its forward and its backward in one file, and the tape. */
@org.jspecify.annotations.NullMarked
package dev.vesper.tensor.op;
