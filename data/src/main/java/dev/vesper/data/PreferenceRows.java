package dev.vesper.data;

import dev.vesper.llm.Message;
import dev.vesper.llm.ModelFile;
import dev.vesper.llm.chat.SupervisedText;
import dev.vesper.llm.chat.SupervisedText.Segment;
import dev.vesper.llm.chat.jinja.TemplateException;
import dev.vesper.llm.chat.jinja.TemplateException.Kind;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;

/**
 * Rows from prompts with answers that somebody preferred or not. A prompt with an answer is rendered by the model's chat
 * template as {@link ChatRows} renders conversations; supervised is the last answer alone, with its end of turn, and not
 * the answers in the conversation before it.
 */
final class PreferenceRows {
    private PreferenceRows() {}

    /** Two neighbouring rows for each pair, the chosen answer first. */
    static List<Row> pairs(Path file, byte[] text, ModelFile model, List<Refusal> refused) {
        return read(file, text, model, refused, (place, json) -> {
            PreferenceJson.Pair pair = PreferenceJson.pair(place, json);
            return List.of(
                    row(place + ", chosen", pair.prompt(), pair.chosen(), Preference.CHOSEN, model),
                    row(place + ", rejected", pair.prompt(), pair.rejected(), Preference.REJECTED, model));
        });
    }

    /** A row for each answer. */
    static List<Row> judged(Path file, byte[] text, ModelFile model, List<Refusal> refused) {
        return read(file, text, model, refused, (place, json) -> {
            PreferenceJson.Judged judged = PreferenceJson.judged(place, json);
            Preference preference = judged.good() ? Preference.CHOSEN : Preference.REJECTED;
            return List.of(row(place, judged.prompt(), judged.answer(), preference, model));
        });
    }

    @FunctionalInterface
    private interface Reader {
        List<Row> rows(String place, JsonNode json);
    }

    private static List<Row> read(
            Path file, byte[] text, ModelFile model, List<Refusal> refused, Reader reader) {
        List<Row> rows = new ArrayList<>();
        List<TemplateException> unsplit = new ArrayList<>();
        JsonObjects.read(file, text, refused, (place, json) -> {
            try {
                rows.addAll(reader.rows(place, json));
            } catch (DataException e) {
                if (e.getCause() instanceof TemplateException template && template.kind() == Kind.SPLIT) {
                    unsplit.add(template);
                }
                throw e;
            }
        });
        if (rows.isEmpty() && !unsplit.isEmpty()) {
            throw ChatRows.unsplittable(model, unsplit);
        }
        return rows;
    }

    private static Row row(String place, List<Message> prompt, Message answer, Preference preference, ModelFile model) {
        List<Message> messages = new ArrayList<>(prompt);
        messages.add(answer);
        SupervisedText whole = ChatRows.texts(place, messages, model).getLast();
        List<Segment> segments = new ArrayList<>();
        for (int i = 0; i < whole.segments().size(); i++) {
            segments.add(new Segment(whole.segments().get(i).text(), i == whole.segments().size() - 1));
        }
        Row row = ChatRows.row(place, new SupervisedText(segments), model);
        return new Row(place, row.tokens(), row.supervised(), preference);
    }
}
