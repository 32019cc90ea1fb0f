package dev.vesper.server.http;

import dev.vesper.server.wire.ApiException;
import dev.vesper.server.wire.Json;
import java.nio.ByteBuffer;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.handler.ErrorHandler;
import org.eclipse.jetty.util.Callback;

/** The errors that Jetty finds itself, such as a request that is no HTTP, in the same form as all others. */
public final class JettyErrors implements Request.Handler {
    @Override
    public boolean handle(Request request, Response response, Callback callback) {
        int status = response.getStatus();
        Object message = request.getAttribute(ErrorHandler.ERROR_MESSAGE);
        // what Jetty says about a server's error is about its inside
        String text = status < 500 && message != null ? message.toString() : HttpStatus.getMessage(status);
        ApiException error = status < 500
                ? ApiException.refused(status, "bad_request", text)
                : ApiException.of(status, "server_error", "", "internal_error", text);
        byte[] body = Json.bytes(error.body());
        response.getHeaders().put(HttpHeader.CONTENT_TYPE, "application/json");
        response.getHeaders().put(HttpHeader.CONTENT_LENGTH, body.length);
        response.write(true, ByteBuffer.wrap(body), callback);
        return true;
    }
}
