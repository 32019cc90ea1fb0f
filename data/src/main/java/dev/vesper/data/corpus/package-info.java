/** Makes the conversations that a very small model learns from: worlds small enough to be learnt, written by this project. */
@org.jspecify.annotations.NullMarked
package dev.vesper.data.corpus;
