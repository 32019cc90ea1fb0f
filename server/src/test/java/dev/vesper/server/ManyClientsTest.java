package dev.vesper.server;

import static dev.vesper.server.TestServer.CHAT;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Many clients at once get the answers that each would get alone. */
class ManyClientsTest {
    private static final int CLIENTS = 64;

    @TempDir
    private Path folder;

    private static String request(int client, boolean stream) {
        return """
                {"model": "%%s", "messages": [{"role": "user", "content": "story %d"}], "temperature": 0, "max_tokens": %d, "stream": %s}"""
                .formatted(client % 16, 8 + client % 16, stream);
    }

    private static String ask(TestServer server, int client, boolean stream) {
        String request = request(client, stream).formatted(server.name());
        return stream
                ? server.stream(CHAT, request).stream()
                        .map(event -> event.at("/choices/0/delta/content").asString(""))
                        .collect(Collectors.joining())
                : server.ask(CHAT, request).at("/choices/0/message/content").stringValue();
    }

    @ParameterizedTest
    @EnumSource(OfficialClientsTest.Which.class)
    void allGetTheAnswerOfOne(OfficialClientsTest.Which which) throws Exception {
        Path model = switch (which) {
            case TINY -> TinyModel.write(folder);
            case STORIES -> Fixtures.file("stories260k/stories260k.gguf");
        };
        try (TestServer server = TestServer.start(model); var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Map<Integer, String> alone = new HashMap<>();
            for (int i = 0; i < 16; i++) {
                alone.put(i, ask(server, i, false));
            }
            assertThat(alone.values().stream().distinct().count()).as("different answers").isGreaterThan(8);
            List<Future<String>> together = new ArrayList<>();
            for (int i = 0; i < CLIENTS; i++) {
                int client = i;
                together.add(threads.submit(() -> ask(server, client, client % 2 == 0)));
            }
            for (int i = 0; i < CLIENTS; i++) {
                assertThat(together.get(i).get()).as("client %d", i).isEqualTo(alone.get(i % 16));
            }
            server.awaitRunning(0);
        }
    }
}
