package dev.vesper.server;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** The check against OpenAI's description finds what is wrong, so that its silence elsewhere means something. */
class OpenApiTest {
    private static JsonNode json(String text) {
        return JsonMapper.shared().readTree(text);
    }

    @Test
    void wrongAnswersAreFound() {
        Fixtures.file("openai/openapi.json");
        assertThat(OpenApi.errors("CreateChatCompletionStreamResponse", json("""
                {"id": "x", "object": "chat.completion.chunk", "created": 1, "model": "m",
                 "choices": [{"index": 0, "delta": {"content": "a"}, "finish_reason": null}], "usage": null}""")))
                .isEmpty();
        assertThat(OpenApi.errors("CreateChatCompletionStreamResponse", json("""
                {"id": "x", "object": "chat.completion.chunk", "created": 1, "model": "m",
                 "choices": [{"index": 0, "delta": {"content": 5}, "finish_reason": "cancelled"}]}""")))
                .hasSizeGreaterThan(1);
        assertThat(OpenApi.errors("CreateCompletionResponse", json("{\"id\": \"x\"}"))).isNotEmpty();
        assertThat(OpenApi.errors("ErrorResponse", json("{\"error\": {\"message\": \"m\"}}"))).isNotEmpty();
    }
}
