/** The front door: load a model, complete a text, hold a conversation. */
@org.jspecify.annotations.NullMarked
package dev.vesper.llm;
