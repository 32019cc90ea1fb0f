/** Jinja, as much of it as chat templates use: source text to syntax tree to rendered text, with Python's semantics. */
@org.jspecify.annotations.NullMarked
package dev.vesper.llm.chat.jinja;
