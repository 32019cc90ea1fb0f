package dev.vesper.server;

import static dev.vesper.server.TestServer.CHAT;
import static dev.vesper.server.TestServer.TEXT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.UncheckedIOException;
import java.net.Socket;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** Whatever is wrong with a request, the answer is OpenAI's error body with the right status. */
class ErrorsTest {
    private static final String GOOD = "{\"model\": \"tiny\", \"prompt\": \"x\", \"max_tokens\": 1}";

    @TempDir
    private static Path folder;

    private static TestServer server;

    @BeforeAll
    static void start() {
        server = TestServer.start(TinyModel.write(folder), TestServer.OPTIONS.limits(20_000, 8));
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private static HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(server.uri(path));
    }

    /** The answer to bytes that need not be HTTP, up to the end of the connection. */
    private static String raw(String bytes) throws Exception {
        try (Socket socket = new Socket("127.0.0.1", server.server().uri().getPort())) {
            socket.setSoTimeout(10_000);
            socket.getOutputStream().write(bytes.getBytes(StandardCharsets.ISO_8859_1));
            return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    @Test
    void unknownModelsAre404WithTheList() {
        JsonNode error = server.error(server.post(CHAT, """
                {"model": "gpt-9", "messages": [{"role": "user", "content": "x"}]}"""), 404);
        assertThat(error.get("code").stringValue()).isEqualTo("model_not_found");
        assertThat(error.get("param").stringValue()).isEqualTo("model");
        assertThat(error.get("message").stringValue()).contains("gpt-9").contains("tiny");
        server.error(server.get("/v1/models/gpt-9"), 404);
    }

    @Test
    void unknownPlacesAre404AndWrongMethods405() {
        assertThat(server.error(server.post("/v1/embeddings", "{}"), 404).get("message").stringValue())
                .contains("POST /v1/embeddings").contains("/v1/chat/completions");
        HttpResponse<String> wrong = server.get(CHAT);
        server.error(wrong, 405);
        assertThat(wrong.headers().firstValue("Allow")).contains("POST");
        server.error(server.send(request("/v1/models").DELETE().build()), 405);
        HttpResponse<String> preflight = server.send(request(CHAT)
                .method("OPTIONS", BodyPublishers.noBody()).header("Origin", "http://evil.example").build());
        server.error(preflight, 405);
        assertThat(preflight.headers().map()).doesNotContainKey("access-control-allow-origin");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "text/plain", "application/x-www-form-urlencoded", "application/json; charset=utf-16", "json",
                "application/jsonx"})
    void otherTypesAre415(String type) {
        server.error(server.send(request(TEXT)
                .header("Content-Type", type).POST(BodyPublishers.ofString(GOOD)).build()), 415);
    }

    @Test
    void noTypeIs415AndTheRightOnesPass() {
        server.error(server.send(request(TEXT).POST(BodyPublishers.ofString(GOOD)).build()), 415);
        for (String type : new String[] {"application/json; charset=utf-8", "Application/JSON;charset=\"UTF-8\""}) {
            assertThat(server.send(request(TEXT).header("Content-Type", type)
                    .POST(BodyPublishers.ofString(GOOD)).build()).statusCode()).isEqualTo(200);
        }
    }

    @Test
    void bodiesThatAreTooLargeAre413() throws Exception {
        String large = "{\"model\": \"tiny\", \"prompt\": \"" + "x".repeat(20_000) + "\"}";
        assertThat(server.error(server.post(TEXT, large), 413).get("message").stringValue())
                .contains("20000").contains(String.valueOf(large.length()));
        String larger = "{\"model\": \"tiny\", \"prompt\": \"" + "x".repeat(4_000_000) + "\"}";
        assertThat(server.error(server.post(TEXT, larger), 413).get("message").stringValue())
                .contains(String.valueOf(larger.length()));
        String head = "POST /v1/completions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                + "Transfer-Encoding: chunked\r\n\r\n";
        String chunked = raw(head + "%x\r\n%s\r\n0\r\n\r\n".formatted(large.length(), large));
        assertThat(chunked).startsWith("HTTP/1.1 413").contains("request_too_large");
        assertThat(server.ask(TEXT, GOOD).get("choices")).hasSize(1);
    }

    @Test
    void promptsThatAreTooLongAre400WithBothNumbers() {
        try (TestServer small = TestServer.start(Fixtures.file("stories260k/stories260k.gguf"))) {
            JsonNode chat = small.error(small.post(CHAT, """
                    {"model": "stories260k", "messages": [{"role": "user", "content": "%s"}], "stream": true}"""
                    .formatted("once ".repeat(600))), 400);
            assertThat(chat.get("code").stringValue()).isEqualTo("context_length_exceeded");
            assertThat(chat.get("param").stringValue()).isEqualTo("messages");
            assertThat(chat.get("message").stringValue()).contains("512 tokens")
                    .containsPattern("has [0-9]{3,} tokens");
            JsonNode text = small.error(small.post(TEXT, """
                    {"model": "stories260k", "prompt": "%s"}""".formatted("once ".repeat(600))), 400);
            assertThat(text.get("param").stringValue()).isEqualTo("prompt");
            JsonNode rest = small.ask(TEXT,
                    """
                    {"model": "stories260k", "prompt": "once", "max_tokens": 100000, "logit_bias": {"2": -100, "1": -100}}""");
            assertThat(rest.at("/choices/0/finish_reason").stringValue()).isEqualTo("length");
            assertThat(rest.at("/usage/total_tokens").intValue()).isEqualTo(512);
        }
    }

    @Test
    void moreThanThereIsRoomForIs503() throws Exception {
        String endless = """
                {"model": "tiny", "prompt": "x", "max_tokens": 60000, "logit_bias": {"2": -100}, "n": %d}""";
        HttpResponse<String> tooMany = server.post(TEXT, endless.formatted(9));
        server.error(tooMany, 503);
        try (Socket socket = server.connect("POST", TEXT, endless.formatted(8))) {
            server.awaitRunning(8);
            assertThat(socket.isConnected()).isTrue();
            HttpResponse<String> response = server.post(TEXT, GOOD);
            assertThat(server.error(response, 503).get("code").stringValue()).isEqualTo("overloaded");
            assertThat(response.headers().firstValue("Retry-After")).contains("1");
            assertThat(server.get("/health").statusCode()).isEqualTo(200);
            assertThat(server.get("/v1/models").statusCode()).isEqualTo(200);
        }
        server.awaitRunning(0);
        while (server.post(TEXT, GOOD).statusCode() == 503) {
            Thread.sleep(1); // the model is free a moment before the room is
        }
        for (int i = 0; i < 20; i++) {
            // what was refused took no room
            assertThat(server.ask(TEXT, GOOD).get("choices")).hasSize(1);
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|', quoteCharacter = '`', value = {
                "GET /v1/models HTTP/1.1\\r\\nHost: evil.example\\r\\nConnection: close\\r\\n\\r\\n | 403",
                "GET /v1/models HTTP/1.1\\r\\nHost: localhost:1\\r\\nConnection: close\\r\\n\\r\\n | 200",
                "GET http://evil.example/v1/models HTTP/1.1\\r\\nHost: evil.example\\r\\nConnection: close\\r\\n\\r\\n | 403",
                "GET http://evil.example/v1/models HTTP/1.1\\r\\nHost: localhost\\r\\nConnection: close\\r\\n\\r\\n | 4..",
                "GET /v1/models HTTP/1.1\\r\\nConnection: close\\r\\n\\r\\n | 400",
                "GET /v1/models HTTP/1.1\\r\\nHost: localhost\\r\\nHost: evil.example\\r\\nConnection: close\\r\\n\\r\\n | 400",
                "GET /v1/models%2F..%2Fx HTTP/1.1\\r\\nHost: localhost\\r\\nConnection: close\\r\\n\\r\\n | 40.",
                "GET /../../etc/passwd HTTP/1.1\\r\\nHost: localhost\\r\\nConnection: close\\r\\n\\r\\n | 40.",
                "GET /v1/models HTTP/9.9\\r\\nHost: localhost\\r\\n\\r\\n | 505",
                "nonsense\\r\\n\\r\\n | 400",
                "GET /v1/models HTTP/1.1\\r\\nHost: localhost\\r\\nBad Header: x\\r\\n\\r\\n | 400",
            })
    void whatIsNoGoodHttpIsRefused(String bytes, String status) throws Exception {
        String answer = raw(bytes.replace("\\r", "\r").replace("\\n", "\n"));
        assertThat(answer).matches("(?s)HTTP/1.1 %s .*".formatted(status));
        if (!status.equals("200")) {
            assertThat(answer).contains("{\"error\":{\"message\":").doesNotContain("<html");
        }
        assertThat(answer).doesNotContain("Jetty").doesNotContain("Exception").doesNotContain("root:");
    }

    @Test
    void headersThatAreTooLargeAre431() throws Exception {
        String answer =
                raw("GET /v1/models HTTP/1.1\r\nHost: localhost\r\nX-Large: " + "x".repeat(40_000) + "\r\n\r\n");
        assertThat(answer).startsWith("HTTP/1.1 431").contains("{\"error\":");
    }

    @Test
    void brokenBodiesNeverDoMoreThanFail() {
        var random = new Random(11);
        String good = """
                {"model": "tiny", "messages": [{"role": "user", "content": "h\\u00e9llo"}], "max_tokens": 1, "temperature": 0.5,
                "stop": ["a", "b"], "logit_bias": {"5": -1.5}, "stream": false, "n": 1, "seed": 7}""";
        byte[] bytes = good.getBytes(StandardCharsets.UTF_8);
        int refused = 0;
        for (int i = 0; i < 1500; i++) {
            byte[] broken = bytes.clone();
            for (int k = random.nextInt(4); k >= 0; k--) {
                broken[random.nextInt(broken.length)] = (byte) (random.nextBoolean()
                        ? random.nextInt(256)
                        : "{}[]\",:0e-\\u".charAt(random.nextInt(12)));
            }
            int length = random.nextInt(3) == 0 ? random.nextInt(broken.length) : broken.length;
            HttpResponse<String> response = server.send(request(CHAT)
                    .header("Content-Type", "application/json")
                    .POST(BodyPublishers.ofByteArray(broken, 0, length))
                    .build());
            assertThat(response.statusCode()).as(new String(broken, StandardCharsets.UTF_8)).isIn(200, 400, 404);
            if (response.statusCode() != 200) {
                server.error(response, response.statusCode());
                refused++;
            }
        }
        assertThat(refused).isGreaterThan(1000);
        for (String deep : new String[] {"[".repeat(9000), "{\"a\":".repeat(3000),
            "{\"model\":" + "9".repeat(15000) + "}"}) {
            server.error(server.post(CHAT, deep), 400);
        }
    }

    @Test
    void aKeyIsNeededWhereItIsSet() {
        try (TestServer closed = TestServer.start(TinyModel.write(folder), TestServer.OPTIONS.apiKey("secret"))) {
            HttpResponse<String> none = closed.get("/v1/models");
            assertThat(closed.error(none, 401).get("code").stringValue()).isEqualTo("invalid_api_key");
            assertThat(none.headers().firstValue("WWW-Authenticate")).contains("Bearer");
            closed.error(closed.post(TEXT, GOOD), 401);
            HttpResponse<String> right = closed.send(HttpRequest.newBuilder(closed.uri("/v1/models"))
                    .header("Authorization", "Bearer secret").build());
            assertThat(right.statusCode()).isEqualTo(200);
            assertThat(closed.get("/health").statusCode()).isEqualTo(200);
        }
    }

    @Test
    void othersAreNotServedWithoutAKey() {
        assertThatThrownBy(() -> VesperServer.start(server.llm(), "tiny", ServerOptions.defaults().at("0.0.0.0", 0)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("0.0.0.0")
                .hasMessageContaining("API key");
        try (VesperServer open = VesperServer.start(
                server.llm(), "tiny", ServerOptions.defaults().at("0.0.0.0", 0).apiKey("k"))) {
            assertThat(open.uri().getPort()).isPositive();
        }
    }

    @Test
    void anAddressThatIsTakenIsNamed() {
        int port = server.server().uri().getPort();
        assertThatThrownBy(
                () -> VesperServer.start(server.llm(), "tiny", ServerOptions.defaults().at("127.0.0.1", port)))
                .isInstanceOf(UncheckedIOException.class)
                .hasMessageContaining("127.0.0.1 port " + port);
    }
}
