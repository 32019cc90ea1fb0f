package dev.vesper.server;

import static dev.vesper.server.TestServer.TEXT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vesper.llm.lora.WeightedAdapter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
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

    private static JsonNode mixed(TestServer server, String model, String adapters) {
        return server.ask(TEXT, """
                {"model": "%s", "prompt": "hello", "max_tokens": 20, "temperature": 0, "logit_bias": {"2": -100},
                 "adapters": %s}"""
                .formatted(model, adapters));
    }

    private static String text(JsonNode answer) {
        return answer.at("/choices/0/text").stringValue();
    }

    @Test
    void aRequestMayAskForSeveralEachWithAWeight() {
        try (TestServer server = TestServer.start(TinyModel.write(folder))) {
            server.llm().addAdapters("a", List.of(TinyModel.adapter(1)));
            server.llm().addAdapters("b", List.of(TinyModel.adapter(2)));
            String base = ask(server, "tiny");
            assertThat(text(mixed(server, "tiny", "[]"))).isEqualTo(base);
            assertThat(text(mixed(server, "tiny", "null"))).isEqualTo(base);
            assertThat(text(mixed(server, "tiny", "[{\"name\": \"a\", \"weight\": 0}]"))).isEqualTo(base);
            assertThat(text(mixed(server, "tiny", "[{\"name\": \"a\"}]"))).isEqualTo(ask(server, "a"));
            assertThat(ask(server, "tiny+a")).isEqualTo(ask(server, "a"));
            JsonNode both = mixed(server, "tiny", "[{\"name\": \"b\", \"weight\": 0.5}, {\"name\": \"a\"}]");
            JsonNode turned = mixed(server, "tiny", "[{\"name\": \"a\"}, {\"name\": \"b\", \"weight\": 0.5}]");
            assertThat(text(both)).isEqualTo(text(turned)).isNotIn(base, ask(server, "a"), ask(server, "b"));
            assertThat(both.get("system_fingerprint")).isEqualTo(turned.get("system_fingerprint"));
            assertThat(both.get("system_fingerprint"))
                    .isNotEqualTo(mixed(server, "tiny", "[{\"name\": \"a\"}]").get("system_fingerprint"));
            server.llm().addWeighted("stack", List.of(new WeightedAdapter(TinyModel.adapter(1), 1),
                    new WeightedAdapter(TinyModel.adapter(2), 0.5)));
            assertThat(ask(server, "stack")).isEqualTo(text(both));
            JsonNode chat = server.ask(TestServer.CHAT, """
                    {"model": "tiny", "messages": [{"role": "user", "content": "hello"}], "max_tokens": 5,
                     "adapters": [{"name": "a", "weight": -1}]}""");
            assertThat(chat.get("system_fingerprint")).isNotEqualTo(both.get("system_fingerprint"));
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|', value = {
                "tiny | [{\"name\": \"c\"}] | 404 | adapters[0].name | model_not_found | does not exist",
                "tiny | [{\"name\": \"a\"}, {\"name\": \"a\"}] | 400 | adapters[1].name | invalid_value | comes once",
                "tiny | [{\"name\": \"\"}] | 400 | adapters[0].name | invalid_value | comes once",
                "tiny | [{\"weight\": 1}] | 400 | adapters[0].name | missing_required_parameter | name",
                "tiny | [{\"name\": \"a\", \"weight\": \"1\"}] | 400 | adapters[0].weight | invalid_type | number",
                "tiny | [{\"name\": \"a\", \"weight\": 1e9}] | 400 | adapters[0].weight | invalid_value | 100.0",
                "tiny | [{\"name\": \"a\", \"scale\": 1}] | 400 | adapters[0].scale | unknown_parameter | scale",
                "tiny | [\"a\"] | 400 | adapters[0] | invalid_type | object",
                "tiny | {\"name\": \"a\"} | 400 | adapters | invalid_type | array",
                "a | [{\"name\": \"a\"}] | 400 | adapters | invalid_value | must be 'tiny'",
                "tiny+c | [] | 404 | model | model_not_found | tiny+c",
                "tiny+ | [] | 404 | model | model_not_found | tiny+",
            })
    void adaptersThatCannotBeAreRefused(
            String model, String adapters, int status, String param, String code, String message) {
        try (TestServer server = TestServer.start(TinyModel.write(folder))) {
            server.llm().addAdapters("a", List.of(TinyModel.adapter(1)));
            JsonNode error = server.error(server.post(TEXT, """
                    {"model": "%s", "prompt": "x", "adapters": %s}""".formatted(model, adapters)), status);
            assertThat(error.get("param").stringValue()).isEqualTo(param);
            assertThat(error.get("code").stringValue()).isEqualTo(code);
            assertThat(error.get("message").stringValue()).contains(message);
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
