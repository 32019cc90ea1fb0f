package dev.vesper.data.corpus;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Phrases in a short notation: {@code Where (do you live|is your home)(| now)?} stands for all four sentences. */
final class Grammar {
    /** The words that a question begins with, in three languages: choices of the beginning decide on the mark at the end. */
    private static final Set<String> QUESTIONS = Set.of(
            "What", "What's", "Which", "Who", "Who's", "Whom", "Whose", "Where", "When", "When's", "Why", "How", "Is",
            "Are", "Am", "Can", "Could", "Would", "Will", "Do", "Does", "Did", "Have", "Has", "May", "Were", "Was",
            "Wie", "Wer", "Wo", "Welche", "Welcher", "Welches", "Kannst", "Könntest", "Weißt", "Kennst", "Hast",
            "Bist", "Wat", "Waar", "Welk", "Hoe", "Hoeveel", "Kun", "Kan", "Wil", "Weet", "Ken", "Heb", "Ben");

    private static final Set<String> REQUESTS = Set.of(
            "Tell", "Say", "Name", "List", "Please", "Count", "Write", "Convert", "Change", "Turn", "Calculate",
            "Translate", "Add", "Give", "Describe", "Nenne", "Sag", "Erzähl", "Noem", "Zeg", "Vertel");

    private Grammar() {}

    /** Every sentence that {@code pattern} stands for, in order. */
    static List<String> expand(String pattern) {
        List<String> sentences = new ArrayList<>(List.of(""));
        int at = 0;
        while (at < pattern.length()) {
            int open = pattern.indexOf('(', at);
            String plain = pattern.substring(at, open < 0 ? pattern.length() : open);
            sentences.replaceAll(sentence -> sentence + plain);
            if (open < 0) {
                break;
            }
            int close = close(pattern, open);
            List<String> longer = new ArrayList<>();
            for (String sentence : sentences) {
                for (String choice : choices(pattern.substring(open + 1, close))) {
                    for (String words : expand(choice)) {
                        longer.add(sentence + words);
                    }
                }
            }
            sentences = longer;
            at = close + 1;
        }
        return sentences;
    }

    private static int close(String pattern, int open) {
        int depth = 0;
        for (int i = open; i < pattern.length(); i++) {
            depth += pattern.charAt(i) == '(' ? 1 : pattern.charAt(i) == ')' ? -1 : 0;
            if (depth == 0) {
                return i;
            }
        }
        throw new IllegalArgumentException("no ) for the ( at %d of \"%s\"".formatted(open, pattern));
    }

    /** The parts between the bars that stand in no brackets. */
    private static List<String> choices(String text) {
        List<String> choices = new ArrayList<>();
        int depth = 0;
        int from = 0;
        for (int i = 0; i < text.length(); i++) {
            char letter = text.charAt(i);
            depth += letter == '(' ? 1 : letter == ')' ? -1 : 0;
            if (letter == '|' && depth == 0) {
                choices.add(text.substring(from, i));
                from = i + 1;
            }
        }
        choices.add(text.substring(from));
        return choices;
    }

    /** The sentence with the mark at its end that its first word asks for. */
    static String marked(String sentence) {
        String first = sentence.split("[ ,]", 2)[0];
        char last = sentence.charAt(sentence.length() - 1);
        String body = ".!?".indexOf(last) < 0 ? sentence : sentence.substring(0, sentence.length() - 1);
        if (QUESTIONS.contains(first) && last != '?') {
            return body + "?";
        }
        if (REQUESTS.contains(first) && last == '?') {
            return body + ".";
        }
        return sentence;
    }

    /** The text with a capital at its beginning. */
    static String capital(String text) {
        int first = text.codePointAt(0);
        int length = Character.charCount(first);
        return Character.toString(Character.toUpperCase(first)) + text.substring(length);
    }
}
