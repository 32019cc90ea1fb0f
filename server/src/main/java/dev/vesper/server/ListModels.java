package dev.vesper.server;

import dev.vesper.server.http.Endpoint;
import dev.vesper.server.http.Exchange;
import dev.vesper.server.wire.ModelList;

/** {@code GET /v1/models}: what may be asked. */
final class ListModels implements Endpoint {
    private final Models models;

    ListModels(Models models) {
        this.models = models;
    }

    @Override
    public void handle(Exchange exchange) {
        exchange.respond(200, new ModelList(models.cards()));
    }
}
