package dev.vesper.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.core.http.StreamResponse;
import com.openai.errors.BadRequestException;
import com.openai.errors.NotFoundException;
import com.openai.models.chat.completions.ChatCompletion;
import com.openai.models.chat.completions.ChatCompletionChunk;
import com.openai.models.chat.completions.ChatCompletionCreateParams;
import com.openai.models.chat.completions.ChatCompletionStreamOptions;
import com.openai.models.completions.Completion;
import com.openai.models.completions.CompletionCreateParams;
import com.openai.models.models.Model;
import dev.langchain4j.data.message.SystemMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.exception.ModelNotFoundException;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import dev.langchain4j.model.openai.OpenAiChatModel;
import dev.langchain4j.model.openai.OpenAiLanguageModel;
import dev.langchain4j.model.openai.OpenAiStreamingChatModel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The client libraries that other people's programs use get their answers. */
class OfficialClientsTest {
    /** What is served. */
    enum Which {
        TINY,
        STORIES
    }

    @TempDir
    private Path folder;

    private TestServer server;

    private String start(Which which) {
        server = TestServer.start(switch (which) {
            case TINY -> TinyModel.write(folder);
            case STORIES -> Fixtures.file("stories260k/stories260k.gguf");
        });
        return server.uri("/v1").toString();
    }

    @AfterEach
    void stop() {
        if (server != null) {
            server.close();
        }
    }

    private static OpenAIClient openAi(String url) {
        return OpenAIOkHttpClient.builder().baseUrl(url).apiKey("none").maxRetries(0).build();
    }

    @ParameterizedTest
    @EnumSource
    void openAiJavaChats(Which which) {
        OpenAIClient client = openAi(start(which));
        ChatCompletionCreateParams question = ChatCompletionCreateParams.builder()
                .model(server.name())
                .addSystemMessage("You tell stories.")
                .addUserMessage("Once upon a time")
                .temperature(0)
                .maxCompletionTokens(24)
                .build();
        ChatCompletion answer = client.chat().completions().create(question).validate();
        String text = answer.choices().getFirst().message().content().orElseThrow();
        assertThat(text).isNotEmpty();
        assertThat(answer.usage().orElseThrow().completionTokens()).isBetween(1L, 24L);

        ChatCompletionCreateParams streamed = question.toBuilder()
                .streamOptions(ChatCompletionStreamOptions.builder().includeUsage(true).build())
                .build();
        try (StreamResponse<ChatCompletionChunk> stream = client.chat().completions().createStreaming(streamed)) {
            List<ChatCompletionChunk> chunks = stream.stream().toList();
            assertThat(chunks.stream()
                    .flatMap(chunk -> chunk.choices().stream())
                    .map(choice -> choice.delta().content().orElse(""))
                    .collect(Collectors.joining())).isEqualTo(text);
            assertThat(chunks.getLast().usage()).isEqualTo(answer.usage());
        }
        client.close();
    }

    @ParameterizedTest
    @EnumSource
    void openAiJavaContinues(Which which) {
        OpenAIClient client = openAi(start(which));
        CompletionCreateParams question = CompletionCreateParams.builder()
                .model(server.name())
                .prompt("Once upon a time")
                .temperature(0)
                .maxTokens(24)
                .build();
        Completion answer = client.completions().create(question).validate();
        String text = answer.choices().getFirst().text();
        assertThat(text).isNotEmpty();
        try (StreamResponse<Completion> stream = client.completions().createStreaming(question)) {
            assertThat(stream.stream().flatMap(piece -> piece.choices().stream()).map(choice -> choice.text())
                    .collect(Collectors.joining())).isEqualTo(text);
        }
        client.close();
    }

    @ParameterizedTest
    @EnumSource
    void openAiJavaSeesModelsAndErrors(Which which) {
        OpenAIClient client = openAi(start(which));
        assertThat(client.models().list().items()).extracting(Model::id).containsExactly(server.name());
        assertThat(client.models().retrieve(server.name()).validate().ownedBy()).isEqualTo("vesper");
        assertThatThrownBy(() -> client.models().retrieve("gpt-9")).isInstanceOfSatisfying(
                NotFoundException.class, e -> assertThat(e.code()).contains("model_not_found"));
        ChatCompletionCreateParams tooMuch = ChatCompletionCreateParams.builder()
                .model(server.name())
                .addUserMessage("x")
                .topLogprobs(5)
                .logprobs(true)
                .build();
        assertThatThrownBy(() -> client.chat().completions().create(tooMuch)).isInstanceOfSatisfying(
                BadRequestException.class, e -> assertThat(e.param()).contains("logprobs"));
        assertThatThrownBy(() -> client.chat().completions().createStreaming(tooMuch))
                .isInstanceOf(BadRequestException.class);
        client.close();
    }

    @ParameterizedTest
    @EnumSource
    void langChain4jChats(Which which) throws Exception {
        String url = start(which);
        var model = OpenAiChatModel.builder()
                .baseUrl(url).apiKey("none").modelName(server.name()).temperature(0.0).maxTokens(24).maxRetries(0)
                .build();
        ChatResponse answer = model.chat(SystemMessage.from("You tell stories."), UserMessage.from("Once upon a time"));
        assertThat(answer.aiMessage().text()).isNotEmpty();
        assertThat(answer.tokenUsage().outputTokenCount()).isBetween(1, 24);

        var streaming = OpenAiStreamingChatModel.builder()
                .baseUrl(url).apiKey("none").modelName(server.name()).temperature(0.0).maxTokens(24)
                .build();
        var pieces = new StringBuffer();
        var done = new CompletableFuture<ChatResponse>();
        streaming.chat(
                List.of(SystemMessage.from("You tell stories."), UserMessage.from("Once upon a time")),
                new StreamingChatResponseHandler() {
                    @Override
                    public void onPartialResponse(String piece) {
                        pieces.append(piece);
                    }

                    @Override
                    public void onCompleteResponse(ChatResponse response) {
                        done.complete(response);
                    }

                    @Override
                    public void onError(Throwable error) {
                        done.completeExceptionally(error);
                    }
                });
        ChatResponse streamed = done.get(20, TimeUnit.SECONDS);
        assertThat(pieces.toString()).isEqualTo(answer.aiMessage().text());
        assertThat(streamed.aiMessage().text()).isEqualTo(answer.aiMessage().text());
        assertThat(streamed.tokenUsage().totalTokenCount()).isEqualTo(answer.tokenUsage().totalTokenCount());
    }

    @ParameterizedTest
    @EnumSource
    void langChain4jContinuesAndSeesErrors(Which which) {
        String url = start(which);
        var model = OpenAiLanguageModel.builder()
                .baseUrl(url).apiKey("none").modelName(server.name()).temperature(0.0).maxRetries(0)
                .timeout(Duration.ofSeconds(20))
                .build();
        assertThat(model.generate("Once upon a time").content()).isNotEmpty();
        var unknown = OpenAiChatModel.builder().baseUrl(url).apiKey("none").modelName("gpt-9").maxRetries(0).build();
        assertThatThrownBy(() -> unknown.chat("x")).isInstanceOf(ModelNotFoundException.class)
                .hasMessageContaining("gpt-9").hasMessageContaining(server.name());
    }
}
