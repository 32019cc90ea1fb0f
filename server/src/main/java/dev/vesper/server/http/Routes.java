package dev.vesper.server.http;

import dev.vesper.server.wire.ApiException;
import java.util.List;
import java.util.stream.Collectors;

/** The routing table. */
public final class Routes {
    private final List<Route> routes;

    public Routes(List<Route> routes) {
        this.routes = List.copyOf(routes);
    }

    /** A route that was found, and what stands in the place of its wildcard. */
    record Match(Route route, String rest) {}

    /**
     * The route of a request.
     *
     * @param path decoded
     * @throws ApiException 404 if no route has the path, 405 if one has, but for other methods
     */
    Match find(String method, String path) {
        List<Route> samePath = routes.stream().filter(route -> route.matches(path)).toList();
        if (samePath.isEmpty()) {
            throw ApiException.refused(404, "unknown_url",
                    "Unknown URL: %s %s. There is %s.".formatted(method, path, describe()));
        }
        for (Route route : samePath) {
            if (route.method().equals(method)) {
                return new Match(route, route.rest(path));
            }
        }
        String allowed = samePath.stream().map(Route::method).distinct().collect(Collectors.joining(", "));
        throw ApiException.refused(405, "method_not_allowed",
                "%s cannot be asked by %s, but by %s.".formatted(path, method, allowed)).header("Allow", allowed);
    }

    private String describe() {
        return routes.stream().map(route -> route.method() + " " + route.path()).collect(Collectors.joining(", "));
    }
}
