/** Generation for many sequences at once; speaks token ids only, never text. */
@org.jspecify.annotations.NullMarked
package dev.vesper.llm.engine;
