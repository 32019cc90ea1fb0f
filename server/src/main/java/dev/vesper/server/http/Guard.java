package dev.vesper.server.http;

import dev.vesper.server.wire.ApiException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * Who may ask. Where only this machine can reach the server, a page in the browser still could, under a name of its own
 * that resolves to this machine (DNS rebinding): so the name must be one of this machine's. Where there is an API key, every
 * request for {@code /v1} must bring it.
 */
public final class Guard {
    private static final String PROTECTED = "/v1";
    private static final String SCHEME = "bearer ";

    /** 127.0.0.0/8 in full, as browsers spell it. */
    private static final Pattern LOOPBACK = Pattern.compile("127(\\.[0-9]{1,3}){3}");

    private final boolean loopbackOnly;
    private final byte[] keyDigest;

    /**
     * @param loopbackOnly whether only names of this machine are right
     * @param apiKey empty for none
     */
    public Guard(boolean loopbackOnly, String apiKey) {
        this.loopbackOnly = loopbackOnly;
        this.keyDigest = apiKey.isEmpty() ? new byte[0] : digest(apiKey);
    }

    /**
     * Lets a request pass.
     *
     * @param host the name that the client asked for, without port
     * @param authorization the header of this name, empty where absent
     * @throws ApiException 403 or 401 that says what is wrong
     */
    public void check(String host, String path, String authorization) {
        if (loopbackOnly && !isLoopback(host)) {
            throw ApiException.refused(403, "host_not_allowed",
                    "This server is for this machine only, as localhost or 127.0.0.1, not as \"%s\".".formatted(host));
        }
        if (keyDigest.length > 0 && (path.equals(PROTECTED) || path.startsWith(PROTECTED + "/"))) {
            checkKey(authorization);
        }
    }

    private void checkKey(String authorization) {
        if (authorization.isEmpty()) {
            throw unauthorized("An API key is needed, as header \"Authorization: Bearer KEY\".");
        }
        String key = authorization.toLowerCase(Locale.ROOT).startsWith(SCHEME)
                ? authorization.substring(SCHEME.length()).strip()
                : "";
        // digests are of one length, so that the time of the comparison tells nothing about the key
        if (!MessageDigest.isEqual(keyDigest, digest(key))) {
            throw unauthorized("The API key is not the one of this server.");
        }
    }

    private static ApiException unauthorized(String message) {
        return ApiException.refused(401, "invalid_api_key", message).header("WWW-Authenticate", "Bearer");
    }

    private static boolean isLoopback(String host) {
        String name = host.toLowerCase(Locale.ROOT);
        return name.equals("localhost") || name.equals("[::1]") || name.equals("::1")
                || LOOPBACK.matcher(name).matches();
    }

    private static byte[] digest(String text) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JDK has SHA-256", e);
        }
    }
}
