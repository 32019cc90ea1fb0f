package dev.vesper.server;

import static dev.vesper.server.TestServer.CHAT;
import static dev.vesper.server.TestServer.TEXT;
import static org.assertj.core.api.Assertions.assertThat;

import dev.vesper.llm.Load;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A client that goes away frees the model; one that is slow, or early, harms nobody. */
class DisconnectTest {
    /** Would run for minutes: the model may not end, and the context is long. */
    private static final String ENDLESS =
            """
            {"model": "tiny", "prompt": "hello", "max_tokens": 60000, "logit_bias": {"2": -100}, "stream": %s, "n": %d}""";

    private static final String SHORT = """
            {"model": "tiny", "prompt": "hello", "max_tokens": 3, "temperature": 0}""";

    @TempDir
    private static Path folder;

    private static TestServer server;

    @BeforeAll
    static void start() {
        server = TestServer.start(
                TinyModel.write(folder), TestServer.OPTIONS.times(Duration.ofSeconds(1), Duration.ofSeconds(5)));
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aClientThatClosesFreesItsSlots(boolean stream) throws Exception {
        try (Socket socket = server.connect("POST", TEXT, ENDLESS.formatted(stream, 3))) {
            server.awaitRunning(3);
            assertThat(socket.isConnected()).isTrue();
        }
        assertThat(server.awaitRunning(0)).isLessThan(Duration.ofSeconds(3));
        assertThat(server.ask(TEXT, SHORT).get("choices")).hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aClientThatResetsFreesItsSlots(boolean stream) throws Exception {
        Socket socket = server.connect("POST", TEXT, ENDLESS.formatted(stream, 1));
        server.awaitRunning(1);
        socket.setSoLinger(true, 0); // close() sends RST in place of FIN
        socket.close();
        assertThat(server.awaitRunning(0)).isLessThan(Duration.ofSeconds(3));
    }

    @Test
    void aClientThatLeavesTheQueueIsForgotten() throws Exception {
        // 64 run at a time, and the memory of the cache holds fewer of these
        try (Socket socket = server.connect("POST", TEXT, ENDLESS.formatted(false, 100))) {
            server.awaitRunning(100);
            Load load = server.llm().load();
            assertThat(load.waiting()).isPositive();
            assertThat(socket.isConnected()).isTrue();
        }
        assertThat(server.awaitRunning(0)).isLessThan(Duration.ofSeconds(5));
    }

    @Test
    void aWaitLongerThanTheIdleTimeIsNoReasonToClose() {
        Duration idle = Duration.ofMillis(250);
        try (TestServer impatient = TestServer.start(
                TinyModel.write(folder), TestServer.OPTIONS.times(idle, Duration.ofSeconds(5)))) {
            String request = impatient.lasting(idle.multipliedBy(8), false);
            long begin = System.nanoTime();
            HttpResponse<String> response = impatient.post(TEXT, request);
            assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
            assertThat(response.body()).contains("\"finish_reason\":\"length\"");
            assertThat(Duration.ofNanos(System.nanoTime() - begin)).isGreaterThan(idle);
        }
    }

    @Test
    void aSlowReaderHoldsUpNobody() throws Exception {
        try (Socket slow = server.connect("POST", TEXT, ENDLESS.formatted(true, 40))) {
            server.awaitRunning(40);
            for (int i = 0; i < 5; i++) {
                assertThat(server.ask(TEXT, SHORT).get("choices")).hasSize(1);
            }
            assertThat(slow.isConnected()).isTrue();
            // what it does not take fills the socket's buffers, and then the server gives up on it
            server.awaitRunning(0);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void requestsThatComeEarlyAreAnsweredInTurn(boolean stream) throws Exception {
        String request = """
                {"model": "tiny", "prompt": "hello", "max_tokens": 500, "logit_bias": {"2": -100}, "stream": %s}"""
                .formatted(stream);
        try (Socket socket = server.connect("POST", TEXT, request)) {
            server.awaitRunning(1);
            for (int i = 0; i < 2; i++) {
                String head = "GET /v1/models/tiny HTTP/1.1\r\nHost: localhost\r\n%s\r\n"
                        .formatted(i == 1 ? "Connection: close\r\n" : "");
                socket.getOutputStream().write(head.getBytes(StandardCharsets.US_ASCII));
            }
            String all = read(socket);
            assertThat(all.split("HTTP/1.1 200 OK", -1)).hasSize(4);
            assertThat(all.indexOf("\"text_completion\"")).isLessThan(all.indexOf("\"owned_by\":\"vesper\""));
        }
        assertThat(server.awaitRunning(0)).isLessThan(Duration.ofSeconds(3));
    }

    @Test
    void oneConnectionServesManyRequests() throws Exception {
        for (int i = 0; i < 20; i++) {
            assertThat(server.ask(TEXT, SHORT).get("choices")).hasSize(1);
            assertThat(server.stream(CHAT,
                    """
                    {"model": "tiny", "messages": [{"role": "user", "content": "x"}], "max_tokens": 2, "stream": true}"""))
                    .isNotEmpty();
        }
    }

    private static String read(Socket socket) throws IOException {
        socket.setSoTimeout(20_000);
        var reader = new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
        var all = new StringBuilder();
        for (String line = reader.readLine(); line != null; line = reader.readLine()) {
            all.append(line).append('\n');
        }
        return all.toString();
    }
}
