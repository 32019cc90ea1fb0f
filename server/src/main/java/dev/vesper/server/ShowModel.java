package dev.vesper.server;

import dev.vesper.server.http.Endpoint;
import dev.vesper.server.http.Exchange;

/** {@code GET /v1/models/NAME}: one model of the list. */
final class ShowModel implements Endpoint {
    private final Models models;

    ShowModel(Models models) {
        this.models = models;
    }

    @Override
    public void handle(Exchange exchange) {
        exchange.respond(200, models.card(exchange.pathRest()));
    }
}
