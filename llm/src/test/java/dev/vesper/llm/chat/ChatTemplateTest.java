package dev.vesper.llm.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.vesper.llm.chat.SupervisedText.Segment;
import dev.vesper.llm.chat.jinja.TemplateException;
import dev.vesper.llm.chat.jinja.TemplateException.Kind;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ChatTemplateTest {
    private static final Map<String, Object> TOKENS = Map.of("bos_token", "<s>", "eos_token", "</s>");

    /** Turns between markers, and like Qwen's it keeps the reasoning of the last answer only. */
    private static final String FORGETFUL = """
            {%- for m in messages %}
            {{- '[' ~ m.role ~ ']' }}
            {%- if m.role == 'assistant' and not loop.last %}{{ m.content.split('</think>')[-1] }}
            {%- else %}{{ m.content }}{% endif %}
            {{- '[end]' }}
            {%- endfor %}
            {%- if add_generation_prompt %}[assistant]{% endif %}""";

    private static Map<String, Object> message(String role, Object content) {
        return Map.of("role", role, "content", content);
    }

    private static final List<Map<String, Object>> CONVERSATION = List.of(
            message("system", "Be brief."),
            message("user", "Hi"),
            message("assistant", "Hello!"),
            message("user", "Bye"),
            message("assistant", "See you."));

    @Test
    void plainTemplateWritesHeadings() {
        ChatTemplate plain = ChatTemplate.plain();
        assertThat(plain.name()).isEqualTo("plain");
        assertThat(plain.render(CONVERSATION.subList(0, 4), List.of(), true, TOKENS)).isEqualTo("""
                <s>Be brief.

                User:
                Hi

                Assistant:
                Hello!</s>

                User:
                Bye

                Assistant:
                """);
        assertThat(plain.render(CONVERSATION.subList(1, 3), List.of(), false, Map.of()))
                .isEqualTo("User:\nHi\n\nAssistant:\nHello!\n\n");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "\n", "\n\n lead", "trail \n\n", "User:\nx", "{{ x }}", "  "})
    void plainPromptIsAPrefixOfPromptAndAnswer(String text) {
        ChatTemplate plain = ChatTemplate.plain();
        List<Map<String, Object>> messages = List.of(
                message("system", text),
                message("user", text),
                message("assistant", text),
                message("tool", text),
                message("assistant", text),
                message("user", text),
                message("assistant", text));
        for (int i : new int[] {2, 4, 6}) {
            String prompt = plain.render(messages.subList(0, i), List.of(), true, TOKENS);
            String answered = plain.render(messages.subList(0, i + 1), List.of(), false, TOKENS);
            assertThat(answered).startsWith(prompt).isEqualTo(prompt + text + "</s>\n\n");
        }
        assertThat(plain.supervise(messages, List.of(), TOKENS)).hasSize(1);
    }

    @Test
    void plainTemplateTakesTextParts() {
        var parts = List.of(Map.of("type", "text", "text", "a"), Map.of("type", "text", "text", "b"));
        assertThat(ChatTemplate.plain().render(List.of(message("user", parts)), List.of(), false, Map.of()))
                .isEqualTo("User:\nab\n\n");
    }

    @Test
    void plainTemplateRefusesWhatItCannotWrite() {
        assertRefused(List.of(message("critic", "x")), "no form for a message with the role 'critic' in place 0");
        assertRefused(
                List.of(message("user", "x"), message("system", "y")),
                "no form for a message with the role 'system' in place 1");
        assertRefused(List.of(message("user", List.of(Map.of("type", "image_url")))),
                "content part of the type image_url");
        assertRefused(
                List.of(Map.of("role", "assistant", "content", "", "tool_calls", List.of(Map.of("id", "1")))),
                "tool calls");
        assertThatExceptionOfType(TemplateException.class)
                .isThrownBy(() -> ChatTemplate.plain()
                        .render(List.of(message("user", "x")), List.of(Map.of("type", "function")), true, Map.of()))
                .withMessageContaining("no form for tools");
    }

    private static void assertRefused(List<Map<String, Object>> messages, String message) {
        assertThatExceptionOfType(TemplateException.class)
                .isThrownBy(() -> ChatTemplate.plain().render(messages, List.of(), true, Map.of()))
                .withMessageContaining(message)
                .satisfies(e -> assertThat(e.kind()).isEqualTo(Kind.RAISED));
    }

    @Test
    void answersAreSupervisedWithTheEndOfTheirTurn() {
        List<SupervisedText> rows = ChatTemplate.plain().supervise(CONVERSATION, List.of(), TOKENS);
        assertThat(rows).singleElement().satisfies(row -> assertThat(row.segments())
                .containsExactly(
                        new Segment("<s>Be brief.\n\nUser:\nHi\n\nAssistant:\n", false),
                        new Segment("Hello!</s>\n\n", true),
                        new Segment("User:\nBye\n\nAssistant:\n", false),
                        new Segment("See you.</s>\n\n", true)));
        assertThat(rows.getFirst().text())
                .isEqualTo(ChatTemplate.plain().render(CONVERSATION, List.of(), false, TOKENS));
    }

    @Test
    void whatFollowsTheLastAnswerIsNotRendered() {
        List<Map<String, Object>> messages =
                List.of(message("user", "a"), message("assistant", "b"), message("user", "c"));
        assertThat(ChatTemplate.plain().supervise(messages, List.of(), Map.of()))
                .singleElement()
                .satisfies(row -> assertThat(row.text()).isEqualTo("User:\na\n\nAssistant:\nb\n\n"));
    }

    @Test
    void anAnswerThatChangesLaterGetsARowOfItsOwn() {
        List<Map<String, Object>> messages = List.of(
                message("user", "1"),
                message("assistant", "<think>t</think>2"),
                message("user", "3"),
                message("assistant", "4"),
                message("user", "5"),
                message("assistant", "<think>u</think>6"));
        List<SupervisedText> rows = ChatTemplate.parse(FORGETFUL).supervise(messages, List.of(), Map.of());
        assertThat(rows).hasSize(2);
        assertThat(rows.get(0).segments())
                .containsExactly(
                        new Segment("[user]1[end][assistant]", false), new Segment("<think>t</think>2[end]", true));
        // the answer 4 reads the same later on, so that it and 6 share a row
        assertThat(rows.get(1).segments())
                .containsExactly(
                        new Segment("[user]1[end][assistant]2[end][user]3[end][assistant]", false),
                        new Segment("4[end]", true),
                        new Segment("[user]5[end][assistant]", false),
                        new Segment("<think>u</think>6[end]", true));
    }

    @Test
    void neighbouringAnswersNeedNoTextBetween() {
        ChatTemplate bare = ChatTemplate.parse("{% for m in messages %}{{ m.content }}{% endfor %}");
        List<Map<String, Object>> messages = List.of(message("assistant", "a"), message("assistant", "b"));
        assertThat(bare.supervise(messages, List.of(), Map.of()))
                .singleElement()
                .satisfies(row -> assertThat(row.segments())
                        .containsExactly(new Segment("a", true), new Segment("b", true)));
    }

    @Test
    void aPromptThatTheAnswerDoesNotContinueCannotBeSplit() {
        ChatTemplate thinking = ChatTemplate.parse("{% for m in messages %}<{{ m.role }}>{{ m.content }}{% endfor %}"
                + "{% if add_generation_prompt %}<assistant><think>\n{% endif %}");
        assertThatExceptionOfType(TemplateException.class)
                .isThrownBy(() -> thinking.supervise(
                        List.of(message("user", "a"), message("assistant", "b")), List.of(), Map.of()))
                .withMessageContaining("cannot be split into prompt and answer at message 1 (counted from 0)")
                .withMessageContaining("differ from character 18 on")
                .withMessageContaining("the prompt has \"<think>\\n\", the rendering with the answer has \"b\"")
                .satisfies(e -> assertThat(e.kind()).isEqualTo(Kind.SPLIT));
    }

    @Test
    void aConversationWithoutAnswersCannotBeLearnt() {
        assertThatExceptionOfType(TemplateException.class)
                .isThrownBy(() -> ChatTemplate.plain().supervise(List.of(message("user", "a")), List.of(), Map.of()))
                .withMessageContaining("at least one message with the role assistant")
                .withMessageContaining("among 1 messages");
    }

    @Test
    void anAnswerThatIsNotRenderedCannotBeLearnt() {
        ChatTemplate deaf =
                ChatTemplate.parse("{% for m in messages if m.role == 'user' %}{{ m.content }}{% endfor %}");
        assertThatExceptionOfType(TemplateException.class)
                .isThrownBy(() -> deaf.supervise(
                        List.of(message("user", "a"), message("assistant", "b")), List.of(), Map.of()))
                .withMessageContaining("renders nothing for the answer in message 1");
    }

    @Test
    void timeComesFromTheGivenClockOnly() {
        ChatTemplate template = ChatTemplate.parse(
                "{% if strftime_now is defined %}{{ strftime_now('%Y-%m-%d') }}{% else %}no clock{% endif %}");
        assertThat(template.render(List.of(), List.of(), false, Map.of())).isEqualTo("no clock");
        Clock clock = Clock.fixed(Instant.parse("2031-05-06T23:59:00Z"), ZoneOffset.ofHours(2));
        assertThat(template.withClock(clock).render(List.of(), List.of(), false, Map.of())).isEqualTo("2031-05-07");
    }

    @Test
    void emptyToolsAreUndefinedUnlessGivenAsNull() {
        ChatTemplate template = ChatTemplate.parse("{{ tools is defined }} {{ tools is none }}");
        assertThat(template.render(List.of(), List.of(), false, Map.of())).isEqualTo("False False");
        Map<String, Object> extra = new HashMap<>();
        extra.put("tools", null);
        assertThat(template.render(List.of(), List.of(), false, extra)).isEqualTo("True True");
        assertThat(template.render(List.of(), List.of(1), false, extra)).isEqualTo("True False");
    }

    @Test
    void raisedMessagesAreGivenOn() {
        ChatTemplate template = ChatTemplate.parse("strict", "a\n{{ raise_exception('no ' ~ messages[0].role) }}");
        assertThatExceptionOfType(TemplateException.class)
                .isThrownBy(() -> template.render(List.of(message("user", "x")), List.of(), false, Map.of()))
                .withMessage("template strict, line 2: no user")
                .satisfies(e -> assertThat(e.kind()).isEqualTo(Kind.RAISED))
                .satisfies(e -> assertThat(e.detail()).isEqualTo("no user"));
    }

    @Test
    void foreignObjectsAreRejectedByName() {
        assertThatExceptionOfType(TemplateException.class)
                .isThrownBy(() -> ChatTemplate.plain()
                        .render(List.of(message("user", Thread.currentThread())), List.of(), false, Map.of()))
                .withMessageContaining("messages[0].content, found java.lang.Thread");
    }
}
