package dev.vesper.train.eval.task;

import dev.vesper.data.DataException;
import dev.vesper.train.eval.TextFile;
import dev.vesper.train.eval.TextFile.Line;
import dev.vesper.train.eval.task.Question.Form;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;

/** The formats of rows that the common public sets have. The first that matches is taken. */
enum TaskFormat {
    /** HellaSwag: a text, and endings of which one is the true one. */
    ENDINGS("multiple choice of endings (as HellaSwag)", "{\"ctx\", \"endings\": [...], \"label\"}") {
        @Override
        boolean matches(JsonNode row) {
            return row.has("ctx") && row.has("endings");
        }

        @Override
        Question read(Line line) {
            JsonNode row = line.json();
            List<String> endings = texts(line, "endings");
            int label = index(line, "label", row.path("label"), endings.size());
            String context = string(line, "ctx", row.path("ctx"));
            return new Question.Choice(line.place(), context, Form.TEXT, endings, label);
        }
    },
    /** ARC as it was published: the choices are within the question. */
    ARC_NESTED(
            "multiple choice (as ARC)",
            "{\"question\": {\"stem\", \"choices\": [{\"label\", \"text\"}, ...]}, \"answerKey\"}") {
        @Override
        boolean matches(JsonNode row) {
            return row.path("question").isObject() && row.has("answerKey");
        }

        @Override
        Question read(Line line) {
            JsonNode question = line.json().path("question");
            JsonNode choices = question.path("choices");
            List<String> texts = new ArrayList<>();
            List<String> labels = new ArrayList<>();
            for (JsonNode choice : choices) {
                texts.add(string(line, "the text of a choice", choice.path("text")));
                labels.add(string(line, "the label of a choice", choice.path("label")));
            }
            return choice(line, string(line, "question.stem", question.path("stem")), atLeastTwo(line, texts), labels);
        }
    },
    /** ARC as it is on Hugging Face: texts and labels in two lists. */
    ARC(
            "multiple choice (as ARC)",
            "{\"question\", \"choices\": {\"text\": [...], \"label\": [...]}, \"answerKey\"}") {
        @Override
        boolean matches(JsonNode row) {
            return row.path("choices").isObject() && row.has("answerKey");
        }

        @Override
        Question read(Line line) {
            JsonNode choices = line.json().path("choices");
            List<String> texts = texts(line, "choices.text", choices.path("text"));
            List<String> labels = texts(line, "choices.label", choices.path("label"));
            return choice(line, string(line, "question", line.json().path("question")), texts, labels);
        }
    },
    /** MMLU: the right choice by its index or its letter. */
    CHOICES("multiple choice (as MMLU)", "{\"question\", \"choices\": [...], \"answer\"}") {
        @Override
        boolean matches(JsonNode row) {
            return row.path("choices").isArray() && row.has("answer");
        }

        @Override
        Question read(Line line) {
            List<String> choices = texts(line, "choices");
            int answer = index(line, "answer", line.json().path("answer"), choices.size());
            String text = string(line, "question", line.json().path("question"));
            return new Question.Choice(line.place(), text, Form.QUESTION, choices, answer);
        }
    },
    /** GSM8K: a number after four hashes, behind the way to it. */
    NUMBER("exact match of a number (as GSM8K)", "{\"question\", \"answer\": \"... #### 42\"}") {
        @Override
        boolean matches(JsonNode row) {
            return row.has("question") && row.path("answer").isString()
                    && row.path("answer").stringValue().contains(HASHES);
        }

        @Override
        Question read(Line line) {
            String whole = string(line, "answer", line.json().path("answer"));
            String number = whole.substring(whole.lastIndexOf(HASHES) + HASHES.length()).strip();
            if (Answers.number(number).isEmpty()) {
                throw new DataException(line.place(), "a number after " + HASHES, "\"" + number + "\"");
            }
            String text = string(line, "question", line.json().path("question"));
            return new Question.Open(line.place(), text, Form.QUESTION, List.of(number), true);
        }
    },
    /** A prompt as it stands. */
    PROMPT("exact match", "{\"prompt\", \"answer\"} or {\"prompt\", \"answers\": [...]}") {
        @Override
        boolean matches(JsonNode row) {
            return row.has("prompt") && (row.has("answer") || row.has("answers"));
        }

        @Override
        Question read(Line line) {
            String text = string(line, "prompt", line.json().path("prompt"));
            return new Question.Open(line.place(), text, Form.PROMPT, answers(line), false);
        }
    },
    /** A question. */
    QUESTION("exact match", "{\"question\", \"answer\"} or {\"question\", \"answers\": [...]}") {
        @Override
        boolean matches(JsonNode row) {
            return row.path("question").isString() && (row.has("answer") || row.has("answers"))
                    && !row.has("choices");
        }

        @Override
        Question read(Line line) {
            String text = string(line, "question", line.json().path("question"));
            return new Question.Open(line.place(), text, Form.QUESTION, answers(line), false);
        }
    };

    private static final String HASHES = "####";

    private final String words;
    private final String fields;

    TaskFormat(String words, String fields) {
        this.words = words;
        this.fields = fields;
    }

    abstract boolean matches(JsonNode row);

    abstract Question read(Line line);

    String words() {
        return words;
    }

    String fields() {
        return fields;
    }

    static Stream<TaskFormat> all() {
        return Arrays.stream(values());
    }

    static TaskFormat of(Line line) {
        return all().filter(format -> format.matches(line.json()))
                .findFirst()
                .orElseThrow(() -> new DataException(
                        line.place(),
                        "one of " + String.join("; ", all().map(TaskFormat::fields).distinct().toList()),
                        "the fields " + String.join(", ", line.json().propertyNames())));
    }

    private static Question choice(Line line, String text, List<String> choices, List<String> labels) {
        if (labels.size() != choices.size()) {
            throw new DataException(
                    line.place(), "as many labels as choices", "%d and %d".formatted(labels.size(), choices.size()));
        }
        String key = string(line, "answerKey", line.json().path("answerKey"));
        int answer = labels.indexOf(key);
        if (answer < 0 || labels.lastIndexOf(key) != answer) {
            throw new DataException(
                    line.place(), "an answerKey that is one of the labels " + labels, "\"" + key + "\"");
        }
        return new Question.Choice(line.place(), text, Form.QUESTION, choices, answer);
    }

    /** An index from 0 on, as a number or in digits, or a letter. */
    private static int index(Line line, String field, JsonNode value, int count) {
        int index = -1;
        if (value.isInt()) {
            index = value.intValue();
        } else if (value.isString() && value.stringValue().matches("\\d{1,3}")) {
            index = Integer.parseInt(value.stringValue());
        } else if (value.isString() && value.stringValue().matches("[A-Z]")) {
            index = value.stringValue().charAt(0) - 'A';
        }
        if (index < 0 || index >= count) {
            throw new DataException(
                    line.place(),
                    "%s of 0 to %d, or A to %c".formatted(field, count - 1, (char) ('A' + count - 1)),
                    TextFile.shown(value));
        }
        return index;
    }

    private static List<String> answers(Line line) {
        JsonNode one = line.json().path("answer");
        List<String> answers = new ArrayList<>();
        if (line.json().has("answers")) {
            JsonNode several = line.json().path("answers");
            if (!several.isArray() || several.isEmpty() || !one.isMissingNode()) {
                throw new DataException(
                        line.place(), "answer, or answers as a list of at least one, and not both",
                        one.isMissingNode() ? TextFile.shown(several) : "both");
            }
            several.forEach(answer -> answers.add(answer(line, answer)));
        } else {
            answers.add(answer(line, one));
        }
        return answers;
    }

    private static String answer(Line line, JsonNode node) {
        String text = node.isNumber() ? node.asString() : string(line, "an answer", node);
        if (Answers.normalised(text).isEmpty()) {
            throw new DataException(
                    line.place(), "an answer of which something is left when it is compared", TextFile.shown(node));
        }
        return text;
    }

    private static List<String> texts(Line line, String field) {
        return atLeastTwo(line, texts(line, field, line.json().path(field)));
    }

    private static List<String> texts(Line line, String field, JsonNode array) {
        if (!array.isArray()) {
            throw new DataException(line.place(), field + " as a list", TextFile.shown(array));
        }
        List<String> texts = new ArrayList<>();
        for (JsonNode text : array) {
            texts.add(string(line, "a text in " + field, text));
        }
        return atLeastTwo(line, texts);
    }

    private static List<String> atLeastTwo(Line line, List<String> choices) {
        if (choices.size() < 2 || choices.size() > 26) {
            throw new DataException(line.place(), "2 to 26 choices", "%d".formatted(choices.size()));
        }
        return choices;
    }

    private static String string(Line line, String field, JsonNode node) {
        if (!node.isString() || node.stringValue().isBlank()) {
            throw new DataException(line.place(), field + " as text", TextFile.shown(node));
        }
        return node.stringValue();
    }
}
