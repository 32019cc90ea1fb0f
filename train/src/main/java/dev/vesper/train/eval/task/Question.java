package dev.vesper.train.eval.task;

import java.util.List;

/** A question whose right answer is known. */
public sealed interface Question {
    /** File and line. */
    String place();

    /** What is asked. */
    String text();

    /** How a question is put to a model. */
    enum Form {
        /** A question to be answered: a turn of a conversation, or a line of its own before "Answer:". */
        QUESTION,
        /** A text to be continued as it stands. */
        TEXT,
        /** A prompt to be answered as it stands: a turn of a conversation, or a text to be continued. */
        PROMPT
    }

    Form form();

    /**
     * One of several answers is right.
     *
     * @param choices two or more
     * @param answer the index of the right one
     */
    record Choice(String place, String text, Form form, List<String> choices, int answer) implements Question {
        public Choice {
            choices = List.copyOf(choices);
        }
    }

    /**
     * The answer is to be written.
     *
     * @param answers any of which is right
     * @param number whether the last number of the reply is compared, rather than the whole reply
     */
    record Open(String place, String text, Form form, List<String> answers, boolean number) implements Question {
        public Open {
            answers = List.copyOf(answers);
        }
    }
}
