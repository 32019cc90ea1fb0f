package dev.vesper.server.wire;

import java.util.LinkedHashMap;
import java.util.Map;

/** A request cannot be answered: the status and the body that say so. */
public final class ApiException extends RuntimeException {
    private static final long serialVersionUID = 1;
    private static final String INVALID = "invalid_request_error";

    private final int status;
    private final transient ApiError body;
    private final transient Map<String, String> headers;

    private ApiException(int status, ApiError body, Map<String, String> headers) {
        super(body.error().message());
        this.status = status;
        this.body = body;
        this.headers = headers;
    }

    /**
     * An error of any kind.
     *
     * @param param the member of the request that is to blame, empty for none
     * @param code what a program may tell errors apart by, empty for none
     */
    public static ApiException of(int status, String type, String param, String code, String message) {
        var detail = new ApiError.Detail(message, type, param.isEmpty() ? null : param, code.isEmpty() ? null : code);
        return new ApiException(status, new ApiError(detail), Map.of());
    }

    /** 400: the request itself is wrong. */
    public static ApiException invalid(String param, String code, String message) {
        return of(400, INVALID, param, code, message);
    }

    /** A request that is wrong in another way than its body, with the status for it. */
    public static ApiException refused(int status, String code, String message) {
        return of(status, INVALID, "", code, message);
    }

    /** 503: not now. */
    public static ApiException unavailable(String code, String message) {
        return of(503, "server_error", "", code, message).header("Retry-After", "1");
    }

    /** 500: our fault. What went wrong stands in the log under this id. */
    public static ApiException internal(String requestId) {
        return of(500, "server_error", "", "internal_error",
                "The server failed on this request; its log says why, under %s.".formatted(requestId));
    }

    /** This error with one more header of the answer. */
    public ApiException header(String name, String value) {
        var more = new LinkedHashMap<>(headers);
        more.put(name, value);
        return new ApiException(status, body, more);
    }

    /** The HTTP status. */
    public int status() {
        return status;
    }

    public ApiError body() {
        return body;
    }

    /** Headers that the answer must have besides. */
    public Map<String, String> headers() {
        return headers;
    }
}
