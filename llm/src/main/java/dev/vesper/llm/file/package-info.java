/** Model files: reading and writing GGUF and safetensors, and the names that tensors have in each. */
@org.jspecify.annotations.NullMarked
package dev.vesper.llm.file;
