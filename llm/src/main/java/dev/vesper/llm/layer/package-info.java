/** What models are made of: layers over the operations, the weights they ask for, batches and the key-value cache. */
@org.jspecify.annotations.NullMarked
package dev.vesper.llm.layer;
