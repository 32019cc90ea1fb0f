package dev.vesper.llm.chat;

import dev.vesper.llm.chat.jinja.Limits;
import dev.vesper.llm.chat.jinja.Template;
import dev.vesper.llm.chat.jinja.TemplateException;
import java.time.Clock;
import java.time.LocalDateTime;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Turns a conversation into the text that a model continues, by the Jinja template that comes with the model. Renders
 * exactly what Hugging Face's {@code apply_chat_template} does, for serving and for training. Immutable and safe to
 * share between threads.
 *
 * <p>Messages are maps as in OpenAI's API: {@code role}, {@code content} and whatever else the template reads. Tool
 * calls must carry their {@code arguments} as a map: most templates write a string as a quoted string.
 *
 * @see <a href="https://huggingface.co/docs/transformers/chat_templating">Hugging Face: Chat templates</a>
 */
public final class ChatTemplate {
    /**
     * Headings on lines of their own, so that an answer starts a line and no token straddles prompt and answer:
     *
     * <pre>
     * {system text}
     *
     * User:
     * {text}
     *
     * Assistant:
     * {text}{eos_token}
     *
     * </pre>
     *
     * The text before the first message is {@code bos_token}. Tokens that are not given are left out.
     */
    private static final String PLAIN = """
            {{- bos_token -}}
            {%- if tools %}{{ raise_exception("the plain template has no form for tools") }}{% endif -%}
            {%- set headings = {"user": "User:\\n", "assistant": "Assistant:\\n", "tool": "Tool:\\n"} -%}
            {%- for message in messages -%}
            {%- if message.tool_calls %}{{ raise_exception("the plain template has no form for tool calls") }}{% endif -%}
            {%- if message.role in ["system", "developer"] and loop.first -%}
            {%- elif message.role in headings -%}
            {{- headings[message.role] -}}
            {%- else -%}
            {{- raise_exception("the plain template has no form for a message with the role '" ~ message.role ~ \
            "' in place " ~ loop.index0 ~ "; it takes user, assistant and tool, and system at the start") -}}
            {%- endif -%}
            {%- if message.content is string -%}
            {{- message.content -}}
            {%- else -%}
            {%- for part in message.content -%}
            {%- if part.type != "text" -%}
            {{- raise_exception("the plain template has no form for a content part of the type " ~ part.type) -}}
            {%- endif -%}
            {{- part.text -}}
            {%- endfor -%}
            {%- endif -%}
            {%- if message.role == "assistant" -%}{{- eos_token -}}{%- endif -%}
            {{- "\\n\\n" -}}
            {%- endfor -%}
            {%- if add_generation_prompt -%}{{- headings.assistant -}}{%- endif -%}
            """;

    private final String name;
    private final Template template;
    private final @Nullable Clock clock;

    private ChatTemplate(String name, Template template, @Nullable Clock clock) {
        this.name = name;
        this.template = template;
        this.clock = clock;
    }

    /**
     * Parses a template called "model's own".
     *
     * @throws TemplateException if it is not a template; the message names line, column, what was expected and found
     */
    public static ChatTemplate parse(String source) {
        return parse("model's own", source);
    }

    /**
     * Parses a template.
     *
     * @param name what error messages call it
     * @throws TemplateException if it is not a template; the message names line, column, what was expected and found
     */
    public static ChatTemplate parse(String name, String source) {
        return new ChatTemplate(name, Template.parse(name, source), null);
    }

    /**
     * The template called "plain", for models that have none: the system text, then {@code User:} and
     * {@code Assistant:} on lines of their own, each followed by its text and an empty line; answers end with the end
     * of sequence token. Whoever uses it should tell the user, since no model was trained on it. It takes no tools.
     */
    public static ChatTemplate plain() {
        return parse("plain", PLAIN);
    }

    /** The same template, telling the time by this clock; without one {@code strftime_now} is undefined in it. */
    public ChatTemplate withClock(Clock newClock) {
        return new ChatTemplate(name, template, newClock);
    }

    /** What it is called, such as "plain". */
    public String name() {
        return name;
    }

    /**
     * Renders a conversation.
     *
     * @param messages the conversation so far
     * @param tools descriptions of tools as in OpenAI's API; if empty, {@code tools} is undefined in the template
     * @param addGenerationPrompt whether to end with the beginning of an answer, for the model to go on from
     * @param extra further variables of the template, such as {@code bos_token}, {@code eos_token} and
     *     {@code enable_thinking}; null is allowed as a value
     * @throws TemplateException if the template fails or itself rejects the conversation
     */
    public String render(
            List<Map<String, Object>> messages,
            List<?> tools,
            boolean addGenerationPrompt,
            Map<String, ? extends @Nullable Object> extra) {
        Map<String, @Nullable Object> variables = new HashMap<>(extra);
        variables.put("messages", messages);
        variables.put("add_generation_prompt", addGenerationPrompt);
        if (!tools.isEmpty()) {
            variables.put("tools", tools);
        }
        return clock == null
                ? template.render(variables, Limits.STANDARD)
                : template.render(variables, LocalDateTime.now(clock), Limits.STANDARD);
    }

    /**
     * Renders a whole conversation for training and marks what the model has to learn to write: for every message of
     * the assistant, what its rendering adds to the prompt that would have been served at that point. That includes the
     * end of the turn as the template writes it. What follows the last answer is left out: nothing in it is learnt.
     *
     * <p>One row holds as many answers as possible. Some templates render an answer differently once the conversation
     * goes on, for example without its reasoning; an answer whose prompt does not begin with what was rendered before
     * starts a new row, so that every answer is learnt after exactly the text it would be served after.
     *
     * <p>A few templates end an answer with nothing at all, because the next turn's heading stops the model: there the
     * supervised text has no end of turn either, and whoever trains has to add the token that ends generation.
     *
     * @param messages the conversation, with at least one message of the assistant
     * @return at least one row
     * @throws TemplateException of kind SPLIT if the rendering with an answer does not begin with the prompt before it,
     *     which makes the template unfit for training; otherwise as {@link #render}
     */
    public List<SupervisedText> supervise(
            List<Map<String, Object>> messages, List<?> tools, Map<String, ? extends @Nullable Object> extra) {
        return Supervision.split(
                messages, (prefix, addGenerationPrompt) -> render(prefix, tools, addGenerationPrompt, extra));
    }
}
