/** Benchmarks of the kernels, and the harnesses that measure whole models and other engines beside them. */
@org.jspecify.annotations.NullMarked
package dev.vesper.bench;
