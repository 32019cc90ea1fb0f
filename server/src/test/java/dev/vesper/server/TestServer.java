package dev.vesper.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vesper.llm.Llm;
import dev.vesper.llm.LoadOptions;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A server on a port of its own, and a plain client that holds each answer to OpenAI's description. */
record TestServer(Llm llm, VesperServer server, HttpClient client) implements AutoCloseable {
    static final String CHAT = "/v1/chat/completions";
    static final String TEXT = "/v1/completions";

    /** What each choice of {@link #lasting} has. */
    static final int TOKENS = 300;

    private static final String LASTING =
            """
            {"model": "tiny", "prompt": "hello", "max_tokens": %d, "logit_bias": {"2": -100}, "n": %%d, "stream": %%s}"""
                    .formatted(TOKENS);

    static final ServerOptions OPTIONS =
            ServerOptions.defaults().at("127.0.0.1", 0).times(Duration.ofSeconds(20), Duration.ofSeconds(5));

    static TestServer start(Path model, ServerOptions options) {
        Llm llm = Llm.load(model, new LoadOptions("auto", 1, 0, 256L << 20, 64, dev.vesper.tensor.Format.F32));
        try {
            return new TestServer(llm, VesperServer.start(llm, name(model), options), HttpClient.newHttpClient());
        } catch (RuntimeException e) {
            llm.close();
            throw e;
        }
    }

    static TestServer start(Path model) {
        return start(model, OPTIONS);
    }

    static String name(Path model) {
        return model.getFileName().toString().replace(".gguf", "");
    }

    String name() {
        return server.models().getFirst();
    }

    URI uri(String path) {
        return server.uri().resolve(path);
    }

    HttpResponse<String> get(String path) {
        return send(HttpRequest.newBuilder(uri(path)).build());
    }

    HttpResponse<String> post(String path, String json) {
        return send(HttpRequest.newBuilder(uri(path))
                .header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString(json))
                .build());
    }

    HttpResponse<String> send(HttpRequest request) {
        try {
            return client.send(request, BodyHandlers.ofString());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The JSON of a good answer, which is as OpenAI describes it. */
    JsonNode ask(String path, String json) {
        HttpResponse<String> response = post(path, json);
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        assertThat(response.headers().firstValue("Content-Type")).contains("application/json");
        JsonNode answer = JsonMapper.shared().readTree(response.body());
        OpenApi.check(path.equals(CHAT) ? "CreateChatCompletionResponse" : "CreateCompletionResponse", answer);
        return answer;
    }

    /** The events of a good stream but for the mark of its end, each as OpenAI describes it. */
    List<JsonNode> stream(String path, String json) {
        HttpResponse<String> response = post(path, json);
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        assertThat(response.headers().firstValue("Content-Type").orElseThrow()).startsWith("text/event-stream");
        String[] lines = response.body().split("\n\n");
        assertThat(response.body()).endsWith("\n\n");
        assertThat(lines).allMatch(line -> line.startsWith("data: "));
        assertThat(lines[lines.length - 1]).isEqualTo("data: [DONE]");
        List<JsonNode> events = new ArrayList<>();
        for (String line : List.of(lines).subList(0, lines.length - 1)) {
            JsonNode event = JsonMapper.shared().readTree(line.substring("data: ".length()));
            OpenApi.check(path.equals(CHAT) ? "CreateChatCompletionStreamResponse" : "CreateCompletionResponse", event);
            events.add(event);
        }
        return events;
    }

    /** The error of a bad answer, which is as OpenAI describes it. */
    JsonNode error(HttpResponse<String> response, int status) {
        assertThat(response.statusCode()).as(response.body()).isEqualTo(status);
        JsonNode body = JsonMapper.shared().readTree(response.body());
        OpenApi.check("ErrorResponse", body);
        assertThat(response.body()).doesNotContain("Exception").doesNotContain("\\tat ").doesNotContain(".java:");
        return body.get("error");
    }

    /** Sends a request as bytes, and leaves the connection open. */
    Socket connect(String method, String path, String json) throws IOException {
        Socket socket = new Socket();
        socket.setReceiveBufferSize(4096); // a client that reads nothing is noticed sooner
        socket.connect(new InetSocketAddress(server.uri().getHost(), server.uri().getPort()));
        byte[] body = json.getBytes(StandardCharsets.UTF_8);
        String head =
                "%s %s HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
                        .formatted(method, path, body.length);
        socket.getOutputStream().write(head.getBytes(StandardCharsets.US_ASCII));
        socket.getOutputStream().write(body);
        socket.getOutputStream().flush();
        return socket;
    }

    /**
     * A request for completions that takes at least about this long, on this machine and now: choices of {@link #TOKENS} tokens
     * each, as the time of a single long text grows with the square of its length.
     */
    String lasting(Duration time, boolean stream) {
        ask(TEXT, LASTING.formatted(1, false)); // the first is slower
        long begin = System.nanoTime();
        ask(TEXT, LASTING.formatted(1, false));
        long one = System.nanoTime() - begin;
        return LASTING.formatted(Math.clamp(4 * time.toNanos() / one, 4, 128), stream);
    }

    /** Waits until so many choices run. Returns how long it took. */
    Duration awaitRunning(int count) throws InterruptedException {
        long begin = System.nanoTime();
        while (llm.load().running() + llm.load().waiting() != count) {
            assertThat(System.nanoTime() - begin).as("still %s", llm.load()).isLessThan(20_000_000_000L);
            Thread.sleep(5);
        }
        return Duration.ofNanos(System.nanoTime() - begin);
    }

    /** The choices that a request asks for. */
    static int choices(String request) {
        return JsonMapper.shared().readTree(request).get("n").intValue();
    }

    /** Waits until more than so many choices run or wait. */
    void awaitMoreThan(int count) throws InterruptedException {
        long begin = System.nanoTime();
        while (llm.load().running() + llm.load().waiting() <= count) {
            assertThat(System.nanoTime() - begin).as("still %s", llm.load()).isLessThan(20_000_000_000L);
            Thread.sleep(1);
        }
    }

    @Override
    public void close() {
        client.close();
        server.close();
        llm.close();
    }
}
