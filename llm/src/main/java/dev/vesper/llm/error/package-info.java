/** What can be wrong with a request, as types that every layer may throw and every caller may catch. */
@org.jspecify.annotations.NullMarked
package dev.vesper.llm.error;
