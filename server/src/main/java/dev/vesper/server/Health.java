package dev.vesper.server;

import dev.vesper.llm.Load;
import dev.vesper.server.http.Endpoint;
import dev.vesper.server.http.Exchange;
import dev.vesper.server.wire.HealthReport;

/** {@code GET /health}: whether the server takes requests, and how busy the model is; 503 when it stops. */
final class Health implements Endpoint {
    private final Models models;
    private final Slots slots;

    Health(Models models, Slots slots) {
        this.models = models;
        this.slots = slots;
    }

    @Override
    public void handle(Exchange exchange) {
        Load load = models.llm().load();
        boolean stopping = slots.stopping();
        exchange.respond(stopping ? 503 : 200,
                new HealthReport(stopping ? "stopping" : "ok", load.running(), load.waiting()));
    }
}
