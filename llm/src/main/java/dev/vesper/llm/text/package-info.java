/** Text to token ids and back: vocabularies, tokenizers, and decoders for text that arrives a token at a time. */
@org.jspecify.annotations.NullMarked
package dev.vesper.llm.text;
