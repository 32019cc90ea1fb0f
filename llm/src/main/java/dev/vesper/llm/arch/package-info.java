/** Model families, one file each: the wiring of layers and nothing else. */
@org.jspecify.annotations.NullMarked
package dev.vesper.llm.arch;
