package dev.vesper.train.eval.task;

import dev.vesper.data.DataException;
import dev.vesper.llm.BatchScorer.Marked;
import dev.vesper.llm.Message;
import dev.vesper.llm.ModelFile;
import dev.vesper.llm.chat.SupervisedText;
import dev.vesper.llm.chat.SupervisedText.Segment;
import dev.vesper.llm.chat.jinja.TemplateException;
import dev.vesper.train.eval.task.Question.Form;
import java.util.Arrays;
import java.util.List;

/**
 * How questions are put to a model.
 *
 * @param chat as a turn of a conversation, rendered by the model's template; otherwise as text: {@code Question: …},
 *     {@code Answer:}
 */
record Asking(ModelFile model, boolean chat) {

    /** Whether this question becomes a turn of a conversation; a text to be continued never does. */
    private boolean asTurn(Question question) {
        return chat && question.form() != Form.TEXT;
    }

    private static String plain(Question question) {
        return question.form() == Form.QUESTION
                ? "Question: %s\nAnswer:".formatted(question.text())
                : question.text();
    }

    /** What the model continues with a reply. */
    int[] prompt(Question question) {
        if (asTurn(question)) {
            return model.promptTokens(List.of(Message.user(question.text())));
        }
        return plainTokens(question);
    }

    private int[] plainTokens(Question question) {
        int[] beginning = model.promptTokens("");
        int[] text = model.tokenizer().encode(plain(question), false);
        int[] tokens = Arrays.copyOf(beginning, beginning.length + text.length);
        System.arraycopy(text, 0, tokens, beginning.length, text.length);
        return tokens;
    }

    /** Texts at which a reply ends besides where the model ends it; a plain answer ends with its line. */
    List<String> stops(Question.Open question) {
        if (asTurn(question)) {
            return model.hasTemplate() ? List.of() : List.of("\nUser:");
        }
        return question.number() ? List.of("\nQuestion:", "\n\n") : List.of("\n");
    }

    /** The question with this answer, whose tokens are marked: in a conversation with the end of turn. */
    Marked answered(Question question, String answer) {
        return asTurn(question) ? turn(question, answer) : behind(plainTokens(question), spaced(question, answer));
    }

    /** A word goes behind another with a space between them. */
    private static String spaced(Question question, String answer) {
        String text = plain(question);
        boolean space = Character.isWhitespace(text.charAt(text.length() - 1))
                || Character.isWhitespace(answer.charAt(0));
        return space ? answer : " " + answer;
    }

    private Marked behind(int[] prompt, String answer) {
        int[] added = prompt.length == 0
                ? model.tokenizer().encode(answer, false)
                : model.tokenizer().encodeAfter(prompt[prompt.length - 1], answer, false);
        int[] tokens = Arrays.copyOf(prompt, prompt.length + added.length);
        System.arraycopy(added, 0, tokens, prompt.length, added.length);
        return Marked.from(tokens, prompt.length);
    }

    /** Pieces are made tokens of each by itself, as for training. */
    private Marked turn(Question question, String answer) {
        int[] tokens = {};
        boolean[] marked = {};
        for (Segment segment : rendered(question, answer).segments()) {
            int[] piece = tokens.length == 0
                    ? model.templateTokens(segment.text())
                    : model.tokenizer().encodeAfter(tokens[tokens.length - 1], segment.text(), true);
            int at = tokens.length;
            tokens = Arrays.copyOf(tokens, at + piece.length);
            System.arraycopy(piece, 0, tokens, at, piece.length);
            marked = Arrays.copyOf(marked, tokens.length);
            Arrays.fill(marked, at, tokens.length, at > 0 && segment.supervised());
        }
        return new Marked(tokens, marked);
    }

    private SupervisedText rendered(Question question, String answer) {
        List<Message> messages = List.of(Message.user(question.text()), Message.assistant(answer));
        try {
            return model.template().supervise(ModelFile.maps(messages), List.of(), model.templateVariables())
                    .getFirst();
        } catch (TemplateException e) {
            throw new DataException(
                    question.place(), "a question that the chat template takes", "that it refuses: " + e.getMessage(),
                    e);
        }
    }
}
