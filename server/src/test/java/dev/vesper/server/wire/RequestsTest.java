package dev.vesper.server.wire;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.vesper.llm.Message;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** How requests are read: what is taken, what changes nothing, and what is refused by which name. */
class RequestsTest {
    private static final int VOCABULARY = 100;
    private static final String USER = "\"messages\": [{\"role\": \"user\", \"content\": \"hi\"}]";

    private static ChatRequest chat(String members) {
        return ChatRequest.read(Json.object(bytes("{\"model\": \"m\", " + USER + members + "}")), VOCABULARY);
    }

    private static CompletionRequest text(String members) {
        return CompletionRequest.read(Json.object(bytes("{\"model\": \"m\"" + members + "}")), VOCABULARY);
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static ApiError.Detail refusal(org.assertj.core.api.ThrowableAssert.ThrowingCallable reading) {
        ApiException error = catchThrowableOfType(ApiException.class, reading);
        assertThat(error).as("an error").isNotNull();
        assertThat(error.status()).isEqualTo(400);
        return error.body().error();
    }

    @Test
    void allThatIsSupportedIsTaken() {
        ChatRequest request =
                chat("""
                , "max_completion_tokens": 7, "temperature": 0.5, "top_p": 0.9, "n": 3, "stop": ["a", "b"], "seed": -5,
                "presence_penalty": 1, "frequency_penalty": -2.0, "logit_bias": {"99": -100, "0": 1.5}, "top_k": 40, "min_p": 0.1,
                "repetition_penalty": 1.1, "stream": true, "stream_options": {"include_usage": true, "include_obfuscation": false}""");
        assertThat(request.options().maxTokens()).isEqualTo(7);
        assertThat(request.options().temperature()).isEqualTo(0.5);
        assertThat(request.options().topP()).isEqualTo(0.9);
        assertThat(request.choices()).isEqualTo(3);
        assertThat(request.options().stop()).containsExactly("a", "b");
        assertThat(request.options().seed()).hasValue(-5);
        assertThat(request.options().presencePenalty()).isEqualTo(1);
        assertThat(request.options().frequencyPenalty()).isEqualTo(-2);
        assertThat(request.options().logitBias()).isEqualTo(Map.of(99, -100.0, 0, 1.5));
        assertThat(request.options().topK()).isEqualTo(40);
        assertThat(request.options().minP()).isEqualTo(0.1);
        assertThat(request.options().repetitionPenalty()).isEqualTo(1.1);
        assertThat(request.delivery()).isEqualTo(new Delivery(true, true));
    }

    @Test
    void whatIsAbsentOrNullHasOpenAisDefault() {
        for (String members : List.of("", """
                , "max_tokens": null, "temperature": null, "top_p": null, "n": null, "stop": null, "seed": null, "logit_bias": null,
                "stream": null, "stream_options": null, "tools": null, "response_format": null""")) {
            ChatRequest request = chat(members);
            assertThat(request.options().maxTokens()).isEqualTo(Integer.MAX_VALUE);
            assertThat(request.options().temperature()).isEqualTo(1);
            assertThat(request.options().topP()).isEqualTo(1);
            assertThat(request.options().seed()).isEmpty();
            assertThat(request.options().stop()).isEmpty();
            assertThat(request.choices()).isEqualTo(1);
            assertThat(request.delivery()).isEqualTo(new Delivery(false, false));
        }
        assertThat(text(", \"prompt\": \"x\"").options().maxTokens()).isEqualTo(16);
    }

    @Test
    void conversationsAreTextsWithRoles() {
        ChatRequest request = ChatRequest.read(Json.object(bytes("""
                {"model": "m", "messages": [{"role": "developer", "content": "d"}, {"role": "system", "content": ""},
                {"role": "user", "content": [{"type": "text", "text": "a"}, {"type": "text", "text": "\\ud83d\\ude00"}]},
                {"role": "assistant", "content": "b", "refusal": null, "tool_calls": [], "annotations": []}]}""")),
                VOCABULARY);
        assertThat(request.messages()).containsExactly(
                Message.system("d"), Message.system(""), Message.user("a😀"), Message.assistant("b"));
    }

    @Test
    void promptsHaveFourForms() {
        assertThat(text(", \"prompt\": \"x\"").prompts()).containsExactly(new Prompt.Text("x"));
        assertThat(text(", \"prompt\": null").prompts()).containsExactly(new Prompt.Text(""));
        assertThat(text(", \"prompt\": [\"x\", \"\"]").prompts())
                .containsExactly(new Prompt.Text("x"), new Prompt.Text(""));
        assertThat(text(", \"prompt\": [1, 99]").prompts()).containsExactly(new Prompt.Tokens(List.of(1, 99)));
        assertThat(text(", \"prompt\": [[1], [2, 3]]").prompts())
                .containsExactly(new Prompt.Tokens(List.of(1)), new Prompt.Tokens(List.of(2, 3)));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\"tools\": []", "\"tool_choice\": \"auto\"", "\"tool_choice\": \"none\"",
                "\"parallel_tool_calls\": true",
                "\"functions\": []", "\"function_call\": \"none\"", "\"logprobs\": false", "\"top_logprobs\": 0",
                "\"response_format\": {\"type\": \"text\"}", "\"modalities\": [\"text\"]", "\"user\": \"u\"",
                "\"store\": true",
                "\"metadata\": {\"a\": \"b\"}", "\"safety_identifier\": \"s\"", "\"service_tier\": \"flex\"",
                "\"n\": 1",
                "\"prompt_cache_key\": \"k\"", "\"reasoning_effort\": \"none\"", "\"verbosity\": \"medium\"",
                "\"audio\": null",
                "\"stream_options\": {}, \"stream\": true", "\"top_p\": 0", "\"seed\": 9223372036854775807"})
    void whatChangesNothingIsAccepted(String member) {
        assertThat(chat(", " + member).model()).isEqualTo("m");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|', quoteCharacter = '`', value = {
                "\"tools\": [{\"type\": \"function\"}] | tools | unsupported_parameter",
                "\"tool_choice\": \"required\" | tool_choice | unsupported_parameter",
                "\"functions\": [{}] | functions | unsupported_parameter",
                "\"logprobs\": true | logprobs | unsupported_parameter",
                "\"top_logprobs\": 3 | top_logprobs | unsupported_parameter",
                "\"response_format\": {\"type\": \"json_object\"} | response_format | unsupported_parameter",
                "\"response_format\": {} | response_format | unsupported_parameter",
                "\"modalities\": [\"text\", \"audio\"] | modalities | unsupported_parameter",
                "\"audio\": {} | audio | unsupported_parameter",
                "\"prediction\": {} | prediction | unsupported_parameter",
                "\"reasoning_effort\": \"high\" | reasoning_effort | unsupported_parameter",
                "\"verbosity\": \"low\" | verbosity | unsupported_parameter",
                "\"web_search_options\": {} | web_search_options | unsupported_parameter",
                "\"temprature\": 0 | temprature | unknown_parameter",
                "\"prompt\": \"x\" | prompt | unknown_parameter",
                "\"temperature\": \"0\" | temperature | invalid_type",
                "\"temperature\": 2.5 | temperature | invalid_value",
                "\"temperature\": -1 | temperature | invalid_value",
                "\"temperature\": 1e999 | temperature | invalid_value",
                "\"top_p\": 1.01 | top_p | invalid_value",
                "\"max_tokens\": 0 | max_tokens | invalid_value",
                "\"max_tokens\": 1.5 | max_tokens | invalid_type",
                "\"max_tokens\": 99999999999999999999999 | max_tokens | invalid_value",
                "\"max_tokens\": 1, \"max_completion_tokens\": 1 | max_tokens | invalid_value",
                "\"n\": 0 | n | invalid_value",
                "\"n\": 129 | n | invalid_value",
                "\"n\": true | n | invalid_type",
                "\"seed\": 9223372036854775808 | seed | invalid_value",
                "\"stop\": \"\" | stop | invalid_value",
                "\"stop\": [1] | stop[0] | invalid_type",
                "\"stop\": 1 | stop | invalid_type",
                "\"logit_bias\": {\"100\": 1} | logit_bias.100 | invalid_value",
                "\"logit_bias\": {\"a\": 1} | logit_bias.a | invalid_value",
                "\"logit_bias\": {\"1\": 101} | logit_bias.1 | invalid_value",
                "\"logit_bias\": [] | logit_bias | invalid_type",
                "\"stream\": \"yes\" | stream | invalid_type",
                "\"stream_options\": {\"include_usage\": true} | stream_options | invalid_value",
                "\"stream\": true, \"stream_options\": {\"x\": 1} | stream_options.x | unknown_parameter",
                "\"stream\": true, \"stream_options\": {\"include_obfuscation\": true} | stream_options.include_obfuscation | unsupported_parameter",
                "\"top_k\": -1 | top_k | invalid_value",
                "\"min_p\": 2 | min_p | invalid_value",
                "\"repetition_penalty\": 0 | repetition_penalty | invalid_value",
            })
    void whatCannotBeServedIsRefusedByName(String member, String param, String code) {
        ApiError.Detail error = refusal(() -> chat(", " + member));
        assertThat(error.param()).isEqualTo(param);
        assertThat(error.code()).isEqualTo(code);
        assertThat(error.type()).isEqualTo("invalid_request_error");
        assertThat(error.message()).contains(param.split("[.\\[]")[0]);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|', quoteCharacter = '`', value = {
                "{} | model | missing_required_parameter",
                "{\"model\": 1} | model | invalid_type",
                "{\"model\": \"m\"} | messages | missing_required_parameter",
                "{\"model\": \"m\", \"messages\": []} | messages | invalid_value",
                "{\"model\": \"m\", \"messages\": {}} | messages | invalid_type",
                "{\"model\": \"m\", \"messages\": [1]} | messages[0] | invalid_type",
                "{\"model\": \"m\", \"messages\": [{}]} | messages[0].role | missing_required_parameter",
                "{\"model\": \"m\", \"messages\": [{\"role\": \"user\"}]} | messages[0].content | missing_required_parameter",
                "{\"model\": \"m\", \"messages\": [{\"role\": \"tool\", \"content\": \"\"}]} | messages[0].role | invalid_value",
                "{\"model\": \"m\", \"messages\": [{\"role\": \"user\", \"content\": 5}]} | messages[0].content | invalid_type",
                "{\"model\": \"m\", \"messages\": [{\"role\": \"user\", \"content\": \"\", \"name\": \"x\"}]} | messages[0].name | unsupported_parameter",
                "{\"model\": \"m\", \"messages\": [{\"role\": \"user\", \"content\": \"\", \"x\": 1}]} | messages[0].x | unknown_parameter",
                "{\"model\": \"m\", \"messages\": [{\"role\": \"assistant\", \"content\": \"\", \"tool_calls\": [1]}]} | messages[0].tool_calls | unsupported_parameter",
                "{\"model\": \"m\", \"messages\": [{\"role\": \"user\", \"content\": [{\"type\": \"image_url\"}]}]} | messages[0].content[0].type | unsupported_value",
                "{\"model\": \"m\", \"messages\": [{\"role\": \"user\", \"content\": \"\\ud800x\"}]} | messages[0].content | invalid_value",
                "{\"model\": \"m\", \"messages\": [{\"role\": \"user\", \"content\": \"\\udc00\\ud800\"}]} | messages[0].content | invalid_value",
            })
    void conversationsAreRefusedByPlace(String body, String param, String code) {
        ApiError.Detail error = refusal(() -> ChatRequest.read(Json.object(bytes(body)), VOCABULARY));
        assertThat(error.param()).isEqualTo(param);
        assertThat(error.code()).isEqualTo(code);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|', quoteCharacter = '`', value = {
                "`` | prompt | missing_required_parameter",
                ", \"prompt\": [] | prompt | invalid_value",
                ", \"prompt\": 5 | prompt | invalid_type",
                ", \"prompt\": [100] | prompt[0] | invalid_value",
                ", \"prompt\": [1, \"a\"] | prompt[1] | invalid_type",
                ", \"prompt\": [\"a\", 1] | prompt[1] | invalid_type",
                ", \"prompt\": [[]] | prompt[0] | invalid_value",
                ", \"prompt\": [[-1]] | prompt[0][0] | invalid_value",
                ", \"prompt\": \"\", \"suffix\": \"s\" | suffix | unsupported_parameter",
                ", \"prompt\": \"\", \"best_of\": 3 | best_of | unsupported_parameter",
                ", \"prompt\": \"\", \"logprobs\": 0 | logprobs | unsupported_parameter",
                ", \"prompt\": \"\", \"max_completion_tokens\": 3 | max_completion_tokens | unknown_parameter",
                ", \"prompt\": \"\", \"max_tokens\": -1 | max_tokens | invalid_value",
            })
    void continuationsAreRefusedByPlace(String members, String param, String code) {
        ApiError.Detail error = refusal(() -> text(members));
        assertThat(error.param()).isEqualTo(param);
        assertThat(error.code()).isEqualTo(code);
    }

    @Test
    void theBestOfAsManyAsAreAnsweredAreAll() {
        assertThat(text(", \"prompt\": \"\", \"best_of\": 2, \"n\": 2, \"suffix\": \"\"").choices()).isEqualTo(2);
    }

    @Test
    void malformedJsonIsRefusedByLineAndColumn() {
        assertThat(refusal(() -> Json.object(bytes("{\n  \"a\": tru }"))).message()).contains("line 2, column ");
        assertThat(refusal(() -> Json.object(bytes("{\"a\": 1}\n{}"))).message()).contains("line 2, column 1");
        assertThat(refusal(() -> Json.object(bytes("{\"a\": 1,\n\"a\": 2}"))).message())
                .contains("line 2").contains("a");
        assertThat(refusal(() -> Json.object(bytes("[1]"))).message()).contains("an array");
        assertThat(refusal(() -> Json.object(new byte[0])).code()).isEqualTo("invalid_json");
    }
}
