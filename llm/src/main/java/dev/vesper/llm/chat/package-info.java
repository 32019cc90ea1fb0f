/** Conversations as the text that a model was trained on: chat templates, for serving and for training alike. */
@org.jspecify.annotations.NullMarked
package dev.vesper.llm.chat;
