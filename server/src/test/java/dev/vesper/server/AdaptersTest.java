package dev.vesper.server;

import static dev.vesper.server.TestServer.TEXT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Adapters are models beside their base, chosen by each request. */
class AdaptersTest {
    @TempDir
    private Path folder;

    private static String ask(TestServer server, String model) {
        return server.ask(TEXT, """
                {"model": "%s", "prompt": "hello", "max_tokens": 20, "temperature": 0, "logit_bias": {"2": -100}}"""
                .formatted(model)).at("/choices/0/text").stringValue();
    }

    @Test
    void eachRequestHasTheAdapterItNames() throws Exception {
        try (TestServer server = TestServer.start(TinyModel.write(folder));
                var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            String base = ask(server, "tiny");
            server.llm().addAdapters("evening", List.of(TinyModel.adapter(1)));
            server.llm().addAdapters("org/morning v2", List.of(TinyModel.adapter(2)));
            JsonNode models = JsonMapper.shared().readTree(server.get("/v1/models").body());
            OpenApi.check("ListModelsResponse", models);
            assertThat(models.get("data").valueStream().map(card -> card.get("id").stringValue()))
                    .containsExactly("tiny", "evening", "org/morning v2");
            assertThat(models.at("/data/1/parent").stringValue()).isEqualTo("tiny");
            assertThat(JsonMapper.shared().readTree(server.get("/v1/models/org/morning%20v2").body()))
                    .isEqualTo(models.at("/data/2"));

            List<String> names = List.of("tiny", "evening", "org/morning v2");
            List<String> alone = names.stream().map(name -> ask(server, name)).toList();
            assertThat(alone.getFirst()).isEqualTo(base);
            assertThat(alone).doesNotHaveDuplicates();
            List<Future<String>> together = new ArrayList<>();
            for (int i = 0; i < 24; i++) {
                String name = names.get(i % 3);
                together.add(threads.submit(() -> ask(server, name)));
            }
            for (int i = 0; i < 24; i++) {
                assertThat(together.get(i).get()).isEqualTo(alone.get(i % 3));
            }

            server.llm().removeAdapters("evening");
            JsonNode error = server.error(
                    server.post(TEXT, "{\"model\": \"evening\", \"prompt\": \"x\"}"), 404);
            assertThat(error.get("code").stringValue()).isEqualTo("model_not_found");
            assertThat(error.get("message").stringValue()).contains("evening", "tiny", "org/morning v2");
        }
    }

    @Test
    void anAdapterCannotHaveTheNameOfTheBase() {
        try (TestServer server = TestServer.start(TinyModel.write(folder))) {
            server.llm().addAdapters("evening", List.of(TinyModel.adapter(1)));
            assertThatThrownBy(() -> VesperServer.start(server.llm(), "evening", TestServer.OPTIONS))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("evening");
        }
    }
}
