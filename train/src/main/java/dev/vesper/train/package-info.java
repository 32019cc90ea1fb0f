/** Fits adapters, or whole models, to rows of text: data, optimiser, loop, and the folder that a run leaves behind. */
@org.jspecify.annotations.NullMarked
package dev.vesper.train;
