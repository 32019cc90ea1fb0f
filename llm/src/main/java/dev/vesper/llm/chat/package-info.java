/** Chat templates. */
@org.jspecify.annotations.NullMarked
package dev.vesper.llm.chat;
