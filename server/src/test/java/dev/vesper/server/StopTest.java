package dev.vesper.server;

import static dev.vesper.server.TestServer.TEXT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.ConnectException;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A server that is stopped finishes what it has begun, for as long as it may. */
class StopTest {
    private static final String REQUEST = """
            {"model": "tiny", "prompt": "hello", "max_tokens": %d, "logit_bias": {"2": -100}, "stream": %s}""";

    @TempDir
    private Path folder;

    private TestServer start(Duration stopping) {
        return TestServer.start(TinyModel.write(folder), TestServer.OPTIONS.times(Duration.ofSeconds(20), stopping));
    }

    @Test
    void requestsThatRunAreFinished() throws Exception {
        try (TestServer server = start(Duration.ofSeconds(60))) {
            String whole = server.lasting(Duration.ofMillis(500), false);
            String pieces = server.lasting(Duration.ofMillis(500), true);
            var answer = CompletableFuture.supplyAsync(() -> server.post(TEXT, whole));
            var stream = CompletableFuture.supplyAsync(() -> server.post(TEXT, pieces));
            server.awaitMoreThan(TestServer.choices(whole)); // both
            int port = server.server().uri().getPort();
            assertThat(server.server().stop()).isTrue();
            assertThat(answer.get(1, TimeUnit.SECONDS).body()).contains("\"finish_reason\":\"length\"");
            assertThat(stream.get(1, TimeUnit.SECONDS).body()).endsWith("data: [DONE]\n\n");
            assertThatThrownBy(() -> new Socket("127.0.0.1", port).close()).isInstanceOf(ConnectException.class);
        }
    }

    @Test
    void requestsThatTakeTooLongAreToldSo() throws Exception {
        try (TestServer server = start(Duration.ofMillis(300))) {
            var answer = CompletableFuture.supplyAsync(() -> server.post(TEXT, REQUEST.formatted(60000, "false")));
            var stream = CompletableFuture.supplyAsync(() -> server.post(TEXT, REQUEST.formatted(60000, "true")));
            server.awaitRunning(2);
            long begin = System.nanoTime();
            assertThat(server.server().stop()).isFalse();
            assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofSeconds(4));
            HttpResponse<String> error = answer.get(1, TimeUnit.SECONDS);
            assertThat(server.error(error, 503).get("code").stringValue()).isEqualTo("stopping");
            assertThat(error.headers().firstValue("Retry-After")).isPresent();
            String events = stream.get(1, TimeUnit.SECONDS).body();
            assertThat(events).doesNotContain("[DONE]");
            assertThat(events.substring(events.lastIndexOf("data: "))).contains("\"code\":\"stopping\"");
            server.awaitRunning(0);
        }
    }

    @Test
    void newRequestsOnOpenConnectionsAreToldToGo() throws Exception {
        try (TestServer server = start(Duration.ofSeconds(60))) {
            try (Socket open = new Socket("127.0.0.1", server.server().uri().getPort())) {
                String request = server.lasting(Duration.ofMillis(1000), false);
                var running = CompletableFuture.supplyAsync(() -> server.post(TEXT, request));
                server.awaitMoreThan(0);
                var stopped = CompletableFuture.supplyAsync(() -> server.server().stop());
                while (true) {
                    try (Socket probe = new Socket("127.0.0.1", server.server().uri().getPort())) {
                        assertThat(probe.isConnected()).isTrue();
                        Thread.sleep(2);
                    } catch (ConnectException e) {
                        break;
                    }
                }
                open.getOutputStream().write(("POST /v1/completions HTTP/1.1\r\nHost: localhost\r\n"
                        + "Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}").getBytes("US-ASCII"));
                String answer = new String(open.getInputStream().readAllBytes(), "UTF-8");
                assertThat(answer).startsWith("HTTP/1.1 503").contains("Retry-After").contains("\"stopping\"");
                assertThat(running.get(60, TimeUnit.SECONDS).statusCode()).isEqualTo(200);
                assertThat(stopped.get(60, TimeUnit.SECONDS)).isTrue();
            }
        }
    }
}
