package dev.vesper.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A command line with places to fill in, such as {@code engine -m {model} -t {threads}}. It is cut into words at spaces
 * that are not between quotes, and then filled in, so that a value may have spaces. No shell is involved.
 */
record CommandTemplate(String text) {
    private static final Pattern WORD = Pattern.compile("\"([^\"]*)\"|'([^']*)'|([^\\s\"']+)");
    private static final Pattern PLACE = Pattern.compile("\\{([^{}]*)}");

    /** @throws IllegalArgumentException if a place has no value, or there is no word */
    List<String> fill(Map<String, String> values) {
        List<String> words = new ArrayList<>();
        Matcher matcher = WORD.matcher(text);
        while (matcher.find()) {
            String quoted = matcher.group(1) == null ? matcher.group(2) : matcher.group(1);
            words.add(filled(quoted == null ? matcher.group(3) : quoted, values));
        }
        if (words.isEmpty()) {
            throw new IllegalArgumentException("expected a command, found \"%s\"".formatted(text));
        }
        return words;
    }

    private String filled(String word, Map<String, String> values) {
        return PLACE.matcher(word).replaceAll(place -> {
            String value = values.get(place.group(1));
            if (value == null) {
                throw new IllegalArgumentException(
                        "%s: expected one of %s, found {%s}".formatted(text, values.keySet(), place.group(1)));
            }
            return Matcher.quoteReplacement(value);
        });
    }
}
