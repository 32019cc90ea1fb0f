package dev.vesper.server;

import dev.vesper.llm.Llm;
import dev.vesper.server.http.ApiHandler;
import dev.vesper.server.http.Guard;
import dev.vesper.server.http.HttpListener;
import dev.vesper.server.http.Route;
import dev.vesper.server.http.Routes;
import dev.vesper.server.wire.ModelCard;
import java.net.InetAddress;
import java.net.URI;
import java.time.Duration;
import java.util.List;

/**
 * Serves a model, and the adapters that were added to it under names, over OpenAI's API.
 *
 * @see <a href="https://platform.openai.com/docs/api-reference">OpenAI's API reference</a>
 */
public final class VesperServer implements AutoCloseable {
    /** For requests that were given up to say so to their clients. */
    private static final Duration LAST_WORDS = Duration.ofSeconds(2);

    private final Models models;
    private final Slots slots;
    private final HttpListener listener;
    private final Duration stopping;

    private VesperServer(Models models, Slots slots, HttpListener listener, Duration stopping) {
        this.models = models;
        this.slots = slots;
        this.listener = listener;
        this.stopping = stopping;
    }

    /**
     * Starts to serve. The model stays the caller's to close, after this server.
     *
     * @param name what the model without adapters is called
     * @throws IllegalArgumentException if others can reach the host and there is no API key, or an adapter has the name
     * @throws java.io.UncheckedIOException if the address cannot be had
     */
    public static VesperServer start(Llm llm, String name, ServerOptions options) {
        if (name.isEmpty() || llm.adapterNames().contains(name)) {
            throw new IllegalArgumentException(
                    "the model needs a name that no adapter has, got \"%s\"".formatted(name));
        }
        InetAddress address = options.address();
        var models = new Models(llm, name);
        var slots = new Slots(options.maximumChoices());
        var guard = new Guard(address.isLoopbackAddress(), options.apiKey());
        var handler = new ApiHandler(guard, routes(models, slots), options.maximumBodyBytes());
        HttpListener listener = HttpListener.open(address, options.port(), options.idle(), handler);
        return new VesperServer(models, slots, listener, options.stopping());
    }

    /** Every endpoint there is. */
    static Routes routes(Models models, Slots slots) {
        return new Routes(List.of(
                new Route("GET", "/health", new Health(models, slots)),
                new Route("GET", "/v1/models", new ListModels(models)),
                new Route("GET", "/v1/models/*", new ShowModel(models)),
                new Route("POST", "/v1/chat/completions", new ChatCompletions(models, slots)),
                new Route("POST", "/v1/completions", new TextCompletions(models, slots))));
    }

    /** Where it listens, with the port that it took. */
    public URI uri() {
        return listener.uri();
    }

    /** The names that requests may give as their model, the base first. */
    public List<String> models() {
        return models.cards().stream().map(ModelCard::id).toList();
    }

    /**
     * Stops: takes no new requests, lets those that run go on for the time that the options give, then gives up on what is
     * left and closes all connections. Returns whether all had come to their end.
     */
    public boolean stop() {
        slots.stop();
        listener.stopAccepting();
        boolean done = slots.awaitEmpty(stopping);
        if (!done) {
            slots.cancelAll();
            slots.awaitEmpty(LAST_WORDS);
        }
        listener.close();
        return done;
    }

    @Override
    public void close() {
        stop();
    }
}
