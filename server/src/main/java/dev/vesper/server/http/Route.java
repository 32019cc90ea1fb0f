package dev.vesper.server.http;

/**
 * A line of the routing table.
 *
 * @param path begins with a slash; one that ends in {@code /*} matches any end that is not empty
 */
public record Route(String method, String path, Endpoint endpoint) {
    private static final String WILDCARD = "*";

    /** Whether the path of a request is this route's. */
    boolean matches(String requested) {
        return path.endsWith("/" + WILDCARD)
                ? requested.startsWith(prefix()) && requested.length() > prefix().length()
                : requested.equals(path);
    }

    /** What stands in the place of the wildcard; empty where there is none. */
    String rest(String requested) {
        return path.endsWith(WILDCARD) ? requested.substring(prefix().length()) : "";
    }

    private String prefix() {
        return path.substring(0, path.length() - WILDCARD.length());
    }
}
