package dev.vesper.llm.chat;

import dev.vesper.llm.chat.SupervisedText.Segment;
import dev.vesper.llm.chat.jinja.TemplateException;
import dev.vesper.llm.chat.jinja.TemplateException.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Finds out which parts of a rendered conversation the model wrote, by rendering it as it would have been served. */
final class Supervision {
    private static final int SHOWN = 60;

    @FunctionalInterface
    interface Renderer {
        String render(List<Map<String, Object>> messages, boolean addGenerationPrompt);
    }

    /** What was rendered up to and with one answer. */
    private record Turn(String prompt, String whole) {}

    private Supervision() {}

    static List<SupervisedText> split(List<Map<String, Object>> messages, Renderer renderer) {
        List<SupervisedText> rows = new ArrayList<>();
        List<Segment> row = new ArrayList<>();
        String rendered = "";
        for (int i = 0; i < messages.size(); i++) {
            if (!"assistant".equals(messages.get(i).get("role"))) {
                continue;
            }
            Turn turn = turn(messages, i, renderer);
            if (!turn.prompt().startsWith(rendered)) {
                rows.add(new SupervisedText(row));
                row.clear();
                rendered = "";
            }
            if (turn.prompt().length() > rendered.length()) {
                row.add(new Segment(turn.prompt().substring(rendered.length()), false));
            }
            row.add(new Segment(turn.whole().substring(turn.prompt().length()), true));
            rendered = turn.whole();
        }
        if (row.isEmpty()) {
            throw TemplateException.of(
                    Kind.SPLIT,
                    "expected at least one message with the role assistant to learn from, found none among %d messages"
                            .formatted(messages.size()));
        }
        rows.add(new SupervisedText(row));
        return rows;
    }

    private static Turn turn(List<Map<String, Object>> messages, int answer, Renderer renderer) {
        String prompt = renderer.render(messages.subList(0, answer), true);
        String whole = renderer.render(messages.subList(0, answer + 1), false);
        if (!whole.startsWith(prompt)) {
            int common = commonPrefix(prompt, whole);
            throw TemplateException.of(
                    Kind.SPLIT,
                    """
                    this template cannot be split into prompt and answer at message %d (counted from 0): it renders the \
                    messages before it and the start of an answer as %d characters, with which the rendering of %d \
                    characters that includes the answer should begin, but they differ from character %d on: the prompt \
                    has %s, the rendering with the answer has %s"""
                            .formatted(
                                    answer,
                                    prompt.length(),
                                    whole.length(),
                                    common,
                                    shown(prompt, common),
                                    shown(whole, common)));
        }
        if (whole.length() == prompt.length()) {
            throw TemplateException.of(
                    Kind.SPLIT,
                    "this template renders nothing for the answer in message %d (counted from 0), so there is nothing to learn"
                            .formatted(answer));
        }
        return new Turn(prompt, whole);
    }

    private static int commonPrefix(String a, String b) {
        int shorter = Math.min(a.length(), b.length());
        int i = 0;
        while (i < shorter && a.charAt(i) == b.charAt(i)) {
            i++;
        }
        return i;
    }

    private static String shown(String text, int from) {
        if (from == text.length()) {
            return "its end";
        }
        int end = Math.min(text.length(), from + SHOWN);
        String part = text.substring(from, end).replace("\n", "\\n");
        return "\"%s\"%s".formatted(part, end < text.length() ? " ..." : "");
    }
}
