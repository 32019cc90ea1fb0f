/** Serves a model over OpenAI's API: the endpoints, the limits, and the way from a request to its answer. */
@org.jspecify.annotations.NullMarked
package dev.vesper.server;
