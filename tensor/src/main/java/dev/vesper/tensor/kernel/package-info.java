/** Single-threaded arithmetic over row ranges: the scalar reference and the Vector API implementation. */
@org.jspecify.annotations.NullMarked
package dev.vesper.tensor.kernel;
