package dev.vesper.server.http;

/** Answers the requests of one route. */
@FunctionalInterface
public interface Endpoint {
    /**
     * Answers, on a thread that may block.
     *
     * @throws dev.vesper.server.wire.ApiException for an answer that is an error
     * @throws DisconnectedException if the client went away
     */
    void handle(Exchange exchange);
}
