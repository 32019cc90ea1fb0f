package dev.vesper.server.http;

import dev.vesper.server.wire.ApiException;
import dev.vesper.server.wire.Ids;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.io.EofException;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/**
 * Takes a request from Jetty, asks the guard, finds the endpoint, and makes an answer of whatever happens. Jetty wants a
 * handler to extend a class of its own; this is the only one.
 */
public final class ApiHandler extends Handler.Abstract {
    private static final Logger LOG = System.getLogger(ApiHandler.class.getName());

    private final Guard guard;
    private final Routes routes;
    private final long maximumBodyBytes;

    public ApiHandler(Guard guard, Routes routes, long maximumBodyBytes) {
        this.guard = guard;
        this.routes = routes;
        this.maximumBodyBytes = maximumBodyBytes;
    }

    @Override
    public boolean handle(Request request, Response response, Callback callback) {
        String id = Ids.next("req_");
        response.getHeaders().put("x-request-id", id);
        response.getHeaders().put("X-Content-Type-Options", "nosniff");
        // how long the model takes is not the connection's fault; reads and writes that are stuck still end
        request.addIdleTimeoutListener(timeout -> false);
        try {
            answer(request, response, id);
            callback.succeeded();
        } catch (DisconnectedException e) {
            LOG.log(Level.DEBUG, () -> id + ": " + e.getMessage());
            callback.failed(new EofException(e)); // of this kind, Jetty makes no fuss
        }
        return true;
    }

    private void answer(Request request, Response response, String id) {
        var exchange = new Exchange(request, response, "", maximumBodyBytes);
        try {
            String path = request.getHttpURI().getDecodedPath();
            if (path == null) {
                path = ""; // OPTIONS * has none
            }
            guard.check(Request.getServerName(request), path, header(request, HttpHeader.AUTHORIZATION));
            Routes.Match match = routes.find(request.getMethod(), path);
            exchange = new Exchange(request, response, match.rest(), maximumBodyBytes);
            match.route().endpoint().handle(exchange);
        } catch (ApiException e) {
            exchange.fail(e);
        } catch (DisconnectedException e) {
            throw e;
        } catch (RuntimeException | Error e) {
            LOG.log(Level.ERROR, id + ": " + request.getMethod() + " " + request.getHttpURI().getPath(), e);
            exchange.fail(ApiException.internal(id));
        } finally {
            exchange.finish();
        }
    }

    private static String header(Request request, HttpHeader name) {
        String value = request.getHeaders().get(name);
        return value == null ? "" : value;
    }
}
