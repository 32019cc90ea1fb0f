package dev.vesper.server;

import static dev.vesper.server.TestServer.CHAT;
import static dev.vesper.server.TestServer.TEXT;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** What the endpoints answer, whole and streamed. */
class CompletionsTest {
    @TempDir
    private static Path folder;

    private static TestServer server;

    @BeforeAll
    static void start() {
        server = TestServer.start(TinyModel.write(folder));
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    private static String text(List<JsonNode> events, int choice) {
        return events.stream()
                .flatMap(event -> event.get("choices").valueStream())
                .filter(each -> each.get("index").intValue() == choice)
                .map(each -> each.has("text")
                        ? each.get("text").stringValue()
                        : each.get("delta").path("content").asString(""))
                .collect(Collectors.joining());
    }

    @Test
    void theGoldenStory() throws IOException {
        Path model = Fixtures.file("stories260k/stories260k.gguf");
        String golden = Files.readString(Fixtures.file("stories260k/golden-greedy-200.txt"));
        try (TestServer stories = TestServer.start(model)) {
            String request = """
                    {"model": "stories260k", "prompt": "", "max_tokens": 200, "temperature": 0%s}""";
            JsonNode answer = stories.ask(TEXT, request.formatted(""));
            assertThat(answer.at("/choices/0/text").stringValue()).isEqualTo(golden);
            assertThat(answer.at("/usage/completion_tokens").intValue()).isEqualTo(200);
            assertThat(text(stories.stream(TEXT, request.formatted(", \"stream\": true")), 0)).isEqualTo(golden);
        }
    }

    @Test
    void aChatAnswerHasAllItsParts() {
        JsonNode answer = server.ask(CHAT,
                """
                {"model": "tiny", "messages": [{"role": "user", "content": "hello"}], "temperature": 0, "max_tokens": 5}""");
        assertThat(answer.get("id").stringValue()).startsWith("chatcmpl-");
        assertThat(answer.get("object").stringValue()).isEqualTo("chat.completion");
        assertThat(answer.get("model").stringValue()).isEqualTo("tiny");
        assertThat(answer.get("system_fingerprint").stringValue()).startsWith("fp_");
        assertThat(answer.get("created").longValue()).isGreaterThan(1_700_000_000L);
        assertThat(answer.get("choices")).hasSize(1);
        assertThat(answer.at("/choices/0/message/role").stringValue()).isEqualTo("assistant");
        assertThat(answer.at("/choices/0/message/content").stringValue()).isNotEmpty();
        assertThat(answer.at("/choices/0/finish_reason").stringValue()).isEqualTo("length");
        assertThat(answer.at("/usage/completion_tokens").intValue()).isEqualTo(5);
        assertThat(answer.at("/usage/total_tokens").intValue())
                .isEqualTo(answer.at("/usage/prompt_tokens").intValue() + 5);
    }

    @Test
    void aStreamIsTheSameTextInPieces() {
        String request = """
                {"model": "tiny", "messages": [{"role": "developer", "content": "be brief"},
                 {"role": "user", "content": [{"type": "text", "text": "hel"}, {"type": "text", "text": "lo"}]}],
                 "temperature": 0, "max_tokens": 40%s}""";
        JsonNode whole = server.ask(CHAT, request.formatted(""));
        List<JsonNode> events = server.stream(CHAT, request.formatted(", \"stream\": true"));
        assertThat(text(events, 0)).isEqualTo(whole.at("/choices/0/message/content").stringValue());
        assertThat(events.getFirst().at("/choices/0/delta/role").stringValue()).isEqualTo("assistant");
        assertThat(events.getLast().at("/choices/0/finish_reason").stringValue()).isEqualTo("length");
        assertThat(events).hasSizeGreaterThan(10);
        assertThat(events).allMatch(event -> event.get("id").equals(events.getFirst().get("id")));
        assertThat(events).noneMatch(event -> event.has("usage"));
    }

    @Test
    void usageComesLastWhereItIsWanted() {
        List<JsonNode> events = server.stream(CHAT, """
                {"model": "tiny", "messages": [{"role": "user", "content": "hello"}], "max_tokens": 3, "n": 2,
                 "logit_bias": {"2": -100}, "stream": true, "stream_options": {"include_usage": true}}""");
        assertThat(events.getLast().get("choices")).isEmpty();
        assertThat(events.getLast().at("/usage/completion_tokens").intValue()).isEqualTo(6);
        assertThat(events.subList(0, events.size() - 1)).allMatch(event -> event.get("usage").isNull());
        List<JsonNode> continuation = server.stream(TEXT,
                """
                {"model": "tiny", "prompt": "hello", "max_tokens": 3, "stream": true, "stream_options": {"include_usage": true}}""");
        assertThat(continuation.getLast().at("/usage/total_tokens").intValue()).isGreaterThan(3);
    }

    @Test
    void choicesHaveSeedsOfTheirOwn() {
        String request = """
                {"model": "tiny", "prompt": "hello", "max_tokens": 12, "seed": %d, "n": %d, "stream": %s}""";
        JsonNode three = server.ask(TEXT, request.formatted(40, 3, "false"));
        for (int i = 0; i < 3; i++) {
            JsonNode alone = server.ask(TEXT, request.formatted(40 + i, 1, "false"));
            assertThat(three.at("/choices/%d/text".formatted(i))).isEqualTo(alone.at("/choices/0/text"));
            assertThat(three.at("/choices/%d/index".formatted(i)).intValue()).isEqualTo(i);
        }
        assertThat(three.at("/choices/0/text")).isNotEqualTo(three.at("/choices/1/text"));
        List<JsonNode> streamed = server.stream(TEXT, request.formatted(40, 3, "true"));
        for (int i = 0; i < 3; i++) {
            assertThat(text(streamed, i)).isEqualTo(three.at("/choices/%d/text".formatted(i)).stringValue());
        }
    }

    @Test
    void promptsAreTextsOrTokens() {
        JsonNode texts = server.ask(TEXT, """
                {"model": "tiny", "prompt": ["hello", "world"], "max_tokens": 4, "temperature": 0, "echo": true}""");
        assertThat(texts.get("choices")).hasSize(2);
        assertThat(texts.at("/choices/0/text").stringValue()).startsWith("hello").hasSizeGreaterThan(5);
        assertThat(texts.at("/choices/1/text").stringValue()).startsWith("world");
        int[] hello = server.llm().file().promptTokens("hello");
        JsonNode tokens = server.ask(TEXT, """
                {"model": "tiny", "prompt": %s, "max_tokens": 4, "temperature": 0}"""
                .formatted(java.util.Arrays.toString(hello)));
        assertThat("hello" + tokens.at("/choices/0/text").stringValue())
                .isEqualTo(texts.at("/choices/0/text").stringValue());
        JsonNode several = server.ask(TEXT, """
                {"model": "tiny", "prompt": [[1, 5], [1, 6, 7]], "max_tokens": 1, "n": 2}""");
        assertThat(several.get("choices")).hasSize(4);
        assertThat(several.at("/usage/prompt_tokens").intValue()).isEqualTo(5);
        assertThat(several.at("/usage/completion_tokens").intValue()).isBetween(0, 4);
    }

    @Test
    void aStopTextEndsTheReply() {
        String request =
                """
                {"model": "tiny", "prompt": "hello", "max_tokens": 30, "temperature": 0, "logit_bias": {"2": -100}%s}""";
        String whole = server.ask(TEXT, request.formatted("")).at("/choices/0/text").stringValue();
        String stop = whole.substring(8, 9);
        JsonNode cut = server.ask(TEXT, request.formatted(", \"stop\": [%s]"
                .formatted(tools.jackson.databind.json.JsonMapper.shared().writeValueAsString(stop))));
        assertThat(cut.at("/choices/0/text").stringValue())
                .isEqualTo(whole.substring(0, whole.indexOf(stop)));
        assertThat(cut.at("/choices/0/finish_reason").stringValue()).isEqualTo("stop");
    }

    @Test
    void biasForbidsAndForces() {
        JsonNode forced = server.ask(TEXT, """
                {"model": "tiny", "prompt": "x", "max_tokens": 5, "top_k": 1, "min_p": 0.1, "repetition_penalty": 1.0, "top_p": 0,
                 "logit_bias": {"259": 100}}""");
        assertThat(forced.at("/choices/0/text").stringValue()).isEqualTo("aaaaa");
    }

    @Test
    void theDefaultsAreOpenAis() {
        JsonNode text = server.ask(TEXT, """
                {"model": "tiny", "prompt": "hello", "logit_bias": {"2": -100}}""");
        assertThat(text.at("/usage/completion_tokens").intValue()).isEqualTo(16);
        JsonNode none = server.ask(TEXT, """
                {"model": "tiny", "prompt": "hello", "max_tokens": 0, "echo": true}""");
        assertThat(none.at("/choices/0/text").stringValue()).isEqualTo("hello");
    }

    @Test
    void modelsAndHealthAreTold() {
        JsonNode list = tools.jackson.databind.json.JsonMapper.shared().readTree(server.get("/v1/models").body());
        OpenApi.check("ListModelsResponse", list);
        assertThat(list.at("/data/0/id").stringValue()).isEqualTo("tiny");
        assertThat(list.at("/data/0/context_length").intValue()).isEqualTo(TinyModel.CONTEXT);
        JsonNode one = tools.jackson.databind.json.JsonMapper.shared().readTree(server.get("/v1/models/tiny").body());
        OpenApi.check("Model", one);
        assertThat(one).isEqualTo(list.at("/data/0"));
        assertThat(server.get("/health").body()).isEqualTo("{\"status\":\"ok\",\"running\":0,\"waiting\":0}");
    }
}
