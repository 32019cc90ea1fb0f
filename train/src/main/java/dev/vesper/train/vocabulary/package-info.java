/** Learns the pieces that text is cut into: byte-pair encoding as SentencePiece does it, from a corpus to a vocabulary. */
@org.jspecify.annotations.NullMarked
package dev.vesper.train.vocabulary;
