package dev.vesper.data.corpus;

import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/** The small differences between how people write the same question. */
final class Surface {
    private static final List<String> FULL =
            List.of("Hello! ", "Hi! ", "Okay. ", "Thanks. ", "One more question: ", "Hey! ", "Good. ", "I see. ");
    private static final List<String> LEADING =
            List.of("So, ", "And ", "Tell me, ", "Please tell me, ", "Now, ", "Well, ");
    private static final List<String> GERMAN =
            List.of("Hallo! ", "Gut. ", "Noch eine Frage: ", "Danke. ", "Hallo du! ");
    private static final List<String> DUTCH = List.of("Hallo! ", "Goed. ", "Nog een vraag: ", "Dank je. ", "Hoi! ");

    /** Questions that go on after a comma. */
    private static final Pattern ASKING =
            Pattern.compile("(What|Which|Who|Where|When|How|Do|Does|Are|Is|Can|Could|Have)\\b.*\\?", Pattern.DOTALL);

    /** Words at the beginning that keep their capital letter nowhere else. */
    private static final Pattern COMMON = Pattern.compile(
            "(What|Which|Who|Where|When|How|Do|Does|Are|Is|Can|Could|Have|Tell|Please|Hello|Good|Thanks|Thank|Say|Name|Wie|Wer"
                    + "|Wo|Was|Hoe|Wat|Waar|Wie|Welche|Welke)\\b.*",
            Pattern.DOTALL);

    private Surface() {}

    /** The question with perhaps a word before it, without its mark, or without its capital. */
    static String varied(String question, Language language, Draw draw) {
        String text = question;
        if (draw.chance(14)) {
            text = led(text, language, draw);
        }
        if (COMMON.matcher(text).matches() && draw.chance(12)) {
            text = text.substring(0, 1).toLowerCase(Locale.ROOT) + text.substring(1);
        }
        if (draw.chance(12) && ".?!".indexOf(text.charAt(text.length() - 1)) >= 0) {
            text = text.substring(0, text.length() - 1).strip();
        }
        return text;
    }

    private static String led(String question, Language language, Draw draw) {
        if (language == Language.GERMAN) {
            return draw.pick(GERMAN) + question;
        }
        if (language == Language.DUTCH) {
            return draw.pick(DUTCH) + question;
        }
        if (ASKING.matcher(question).matches() && draw.chance(50)) {
            return draw.pick(LEADING) + question.substring(0, 1).toLowerCase(Locale.ROOT) + question.substring(1);
        }
        return draw.pick(FULL) + question;
    }
}
