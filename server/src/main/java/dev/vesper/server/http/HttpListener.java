package dev.vesper.server.http;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.URI;
import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.thread.QueuedThreadPool;

/** Listens on an address and hands requests to a handler, each on a virtual thread. */
public final class HttpListener implements AutoCloseable {
    private static final int MAXIMUM_PLATFORM_THREADS = 16;
    private static final int MAXIMUM_HEADER_BYTES = 16 << 10;

    private final URI uri;
    private final Server server;
    private final ServerConnector connector;
    private final ExecutorService requests;

    private HttpListener(URI uri, Server server, ServerConnector connector, ExecutorService requests) {
        this.uri = uri;
        this.server = server;
        this.connector = connector;
        this.requests = requests;
    }

    /**
     * Starts to listen.
     *
     * @param port 0 for any that is free
     * @param idle how long a connection may be silent while the client is to send or to take something
     * @throws UncheckedIOException if the address is taken, or not this machine's
     */
    public static HttpListener open(InetAddress address, int port, Duration idle, Handler handler) {
        ExecutorService requests =
                Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("vesper-request-", 0).factory());
        var threads = new QueuedThreadPool(MAXIMUM_PLATFORM_THREADS);
        threads.setName("vesper-http");
        threads.setDaemon(true);
        threads.setVirtualThreadsExecutor(requests);
        var server = new Server(threads);
        var connector = new ServerConnector(server, 1, 1, new HttpConnectionFactory(configuration()));
        connector.setHost(address.getHostAddress());
        connector.setPort(port);
        connector.setIdleTimeout(idle.toMillis());
        server.addConnector(connector);
        server.setHandler(handler);
        server.setErrorHandler(new JettyErrors());
        try {
            server.start();
            return new HttpListener(uri(address, connector.getLocalPort()), server, connector, requests);
        } catch (Exception e) {
            stop(server, requests);
            String reason = e.getCause() instanceof IOException cause ? cause.getMessage() : e.getMessage();
            throw new UncheckedIOException(
                    new IOException("cannot listen on %s port %d: %s".formatted(address.getHostAddress(), port, reason),
                            e));
        }
    }

    private static HttpConfiguration configuration() {
        var configuration = new HttpConfiguration();
        configuration.setSendServerVersion(false);
        configuration.setRequestHeaderSize(MAXIMUM_HEADER_BYTES);
        return configuration;
    }

    private static URI uri(InetAddress address, int port) {
        String host = address.getHostAddress();
        return URI.create("http://%s:%d".formatted(address instanceof Inet6Address ? "[" + host + "]" : host, port));
    }

    /** Where it listens, with the port that it took. */
    public URI uri() {
        return uri;
    }

    /** Takes no new connections; those that are open are served on. */
    public void stopAccepting() {
        connector.close();
    }

    /** Closes all connections, whatever goes on there. */
    @Override
    public void close() {
        stop(server, requests);
    }

    private static void stop(Server server, ExecutorService requests) {
        try {
            server.stop();
        } catch (Exception e) {
            throw new IllegalStateException("the HTTP server does not stop: " + e.getMessage(), e);
        } finally {
            requests.shutdown();
        }
    }
}
