package dev.vesper.server;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;

/**
 * Where to serve, to whom, and how much.
 *
 * @param host a name or address of this machine; one that others can reach needs an API key
 * @param port 0 for any that is free
 * @param apiKey what clients must know; empty for none
 * @param maximumBodyBytes of one request
 * @param maximumChoices that are written or wait at a time, over all requests; what comes beyond is told to come again
 * @param idle how long a connection may be silent while the client is to send or to take something
 * @param stopping how long requests may go on when the server is stopped
 */
public record ServerOptions(
        String host, int port, String apiKey, int maximumBodyBytes, int maximumChoices, Duration idle,
        Duration stopping) {

    public ServerOptions {
        if (port < 0 || port > 65535) {
            throw new IllegalArgumentException("port must be 0 (any) to 65535, got " + port);
        }
        if (maximumBodyBytes < 1 || maximumChoices < 1) {
            throw new IllegalArgumentException("body bytes and choices must be at least 1, got %d and %d"
                    .formatted(maximumBodyBytes, maximumChoices));
        }
        if (!apiKey.chars().allMatch(c -> c > ' ' && c < 0x7f)) {
            throw new IllegalArgumentException("an API key is made of visible ASCII characters");
        }
        if (idle.isNegative() || idle.isZero() || stopping.isNegative()) {
            throw new IllegalArgumentException(
                    "idle time must be positive and stopping time not negative, got %s and %s"
                            .formatted(idle, stopping));
        }
    }

    /** This machine only, port 8080, no key, bodies of 4 MiB, 512 choices, a minute's silence, ten seconds to stop. */
    public static ServerOptions defaults() {
        return new ServerOptions("127.0.0.1", 8080, "", 4 << 20, 512, Duration.ofMinutes(1), Duration.ofSeconds(10));
    }

    /**
     * The address that the host names.
     *
     * @throws IllegalArgumentException if it names none, or others can reach it and there is no API key
     */
    public InetAddress address() {
        InetAddress address;
        try {
            address = InetAddress.getByName(host);
        } catch (UnknownHostException e) {
            throw new IllegalArgumentException("host %s is no address, and no name of one".formatted(host), e);
        }
        if (!address.isLoopbackAddress() && apiKey.isEmpty()) {
            throw new IllegalArgumentException(
                    "host %s can be reached from other machines, which needs an API key; without one, only 127.0.0.1 and its like"
                            .formatted(host));
        }
        return address;
    }

    /** These options on another address. */
    public ServerOptions at(String newHost, int newPort) {
        return new ServerOptions(newHost, newPort, apiKey, maximumBodyBytes, maximumChoices, idle, stopping);
    }

    /** These options with another API key, empty for none. */
    public ServerOptions apiKey(String value) {
        return new ServerOptions(host, port, value, maximumBodyBytes, maximumChoices, idle, stopping);
    }

    /** These options with other limits. */
    public ServerOptions limits(int bodyBytes, int choices) {
        return new ServerOptions(host, port, apiKey, bodyBytes, choices, idle, stopping);
    }

    /** These options with other times. */
    public ServerOptions times(Duration newIdle, Duration newStopping) {
        return new ServerOptions(host, port, apiKey, maximumBodyBytes, maximumChoices, newIdle, newStopping);
    }
}
