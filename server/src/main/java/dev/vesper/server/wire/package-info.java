/** OpenAI's wire format: what requests say and answers look like, as records; null stands for JSON's null, where marked. */
@org.jspecify.annotations.NullMarked
package dev.vesper.server.wire;
