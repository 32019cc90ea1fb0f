package dev.vesper.server.http;

import dev.vesper.server.wire.ApiException;
import dev.vesper.server.wire.Json;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletionException;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.thread.Invocable.InvocationType;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/** A request and its answer, which is given once: as a whole or as a stream of events. */
public final class Exchange {
    /**
     * So much of a body that is refused is read before the answer: a client that is still sending when the connection is
     * closed loses the answer, too (RFC 9112, section 9.6).
     */
    private static final int DISCARDED_BYTES = 16 << 20;

    private final Request request;
    private final Response response;
    private final String pathRest;
    private final long maximumBodyBytes;
    private final EventStream events = new EventStream(this);
    private final List<Runnable> whenAnswered = new ArrayList<>();
    private @Nullable Departure departure;

    Exchange(Request request, Response response, String pathRest, long maximumBodyBytes) {
        this.request = request;
        this.response = response;
        this.pathRest = pathRest;
        this.maximumBodyBytes = maximumBodyBytes;
    }

    /** What the path of the request has in the place of the route's wildcard. */
    public String pathRest() {
        return pathRest;
    }

    /**
     * The body, which must be a JSON object. Read once.
     *
     * @throws ApiException 415, 413 or 400 if it is something else
     * @throws DisconnectedException if it does not come to its end
     */
    public ObjectNode json() {
        String type = request.getHeaders().get(HttpHeader.CONTENT_TYPE);
        if (!isJson(type == null ? "" : type)) {
            // a page of another origin can send any type but this one without asking first, and it may not ask
            throw ApiException.refused(415, "unsupported_media_type",
                    "The body must be sent as Content-Type: application/json, found %s."
                            .formatted(type == null ? "none" : "\"" + type + "\""));
        }
        return Json.object(body());
    }

    private static boolean isJson(String type) {
        String[] parts = type.toLowerCase(Locale.ROOT).split(";", -1);
        for (int i = 1; i < parts.length; i++) {
            String parameter = parts[i].strip();
            if (parameter.startsWith("charset=")
                    && !parameter.equals("charset=utf-8") && !parameter.equals("charset=\"utf-8\"")) {
                return false;
            }
        }
        return parts[0].strip().equals("application/json");
    }

    private byte[] body() {
        try (InputStream in = Content.Source.asInputStream(request)) {
            if (request.getLength() > maximumBodyBytes) {
                discard(in);
                throw tooLarge("%d bytes".formatted(request.getLength()));
            }
            byte[] bytes = in.readNBytes((int) maximumBodyBytes);
            if (in.read() >= 0) {
                discard(in);
                throw tooLarge("more");
            }
            return bytes;
        } catch (IOException e) {
            throw new DisconnectedException(e);
        }
    }

    private static void discard(InputStream in) throws IOException {
        byte[] buffer = new byte[1 << 13];
        for (int left = DISCARDED_BYTES; left > 0;) {
            int read = in.read(buffer, 0, Math.min(left, buffer.length));
            if (read < 0) {
                return;
            }
            left -= read;
        }
    }

    private ApiException tooLarge(String found) {
        return ApiException.refused(413, "request_too_large",
                "The body may have %d bytes at most, found %s.".formatted(maximumBodyBytes, found))
                .header("Connection", "close");
    }

    /**
     * Calls {@code action}, on another thread, if the client goes away before the answer's last byte. The body must have
     * been read.
     */
    public void onDeparture(Runnable action) {
        departure = Departure.watch(request, action);
    }

    /** Calls {@code action} once when the answer was given, or cannot be given. */
    public void whenAnswered(Runnable action) {
        whenAnswered.add(action);
    }

    /** Answers with JSON as a whole. */
    public void respond(int status, Object json) {
        byte[] bytes = Json.bytes(json);
        response.setStatus(status);
        response.getHeaders().put(HttpHeader.CONTENT_TYPE, "application/json");
        response.getHeaders().put(HttpHeader.CONTENT_LENGTH, bytes.length);
        write(bytes, true);
    }

    /** Answers with the error: as the last event where a stream has begun. */
    void fail(ApiException error) {
        if (response.isCommitted()) {
            events.endWith(error.body());
        } else {
            error.headers().forEach((name, value) -> response.getHeaders().put(name, value));
            respond(error.status(), error.body());
        }
    }

    /** Answers piece by piece. */
    public EventStream events() {
        return events;
    }

    /** Ends what outlives the answer. */
    void finish() {
        if (departure != null) {
            departure.close();
        }
        whenAnswered.forEach(Runnable::run);
    }

    void write(byte[] bytes, boolean last) {
        if (!response.isCommitted() && !last) {
            response.setStatus(200);
            response.getHeaders().put(HttpHeader.CONTENT_TYPE, "text/event-stream; charset=utf-8");
            response.getHeaders().put(HttpHeader.CACHE_CONTROL, "no-cache");
        }
        if (last && departure != null) {
            departure.close(); // before the client may send its next request
        }
        var written = new Callback.Completable(InvocationType.NON_BLOCKING);
        response.write(last, ByteBuffer.wrap(bytes), written);
        try {
            written.join(); // not to be interrupted: half a write cannot be followed by another
        } catch (CompletionException e) {
            throw new DisconnectedException(e.getCause() == null ? e : e.getCause());
        }
    }
}
