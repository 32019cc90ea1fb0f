package dev.vesper.server.wire;

import org.jspecify.annotations.Nullable;

/** The body of every answer that is an error. */
public record ApiError(Detail error) {
    /**
     * @param type the kind of error, such as {@code invalid_request_error}
     * @param param the member of the request that is to blame, where there is one
     * @param code what a program may tell errors apart by
     */
    public record Detail(String message, String type, @Nullable String param, @Nullable String code) {}
}
