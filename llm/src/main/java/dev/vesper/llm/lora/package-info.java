/** Low-rank adapters: a source of weights that wraps another. */
@org.jspecify.annotations.NullMarked
package dev.vesper.llm.lora;
