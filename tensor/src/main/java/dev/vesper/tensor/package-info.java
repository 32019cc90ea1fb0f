/** Matrices and what holds them: tensors, weights in their file formats, reusable buffers and worker threads. */
@org.jspecify.annotations.NullMarked
package dev.vesper.tensor;
