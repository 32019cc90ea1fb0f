package dev.vesper.llm.chat.jinja;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Turns what the caller passes into values of this package: a copy, so that a template sees no class of the caller's
 * and the caller sees no change.
 */
final class FromJava {
    private FromJava() {}

    /**
     * @param place how an error message names the value, such as {@code messages[0].content}
     * @throws TemplateException if a value is none of null, boolean, number, text, list, array or map
     */
    static Object value(@Nullable Object value, String place, Budget budget) {
        budget.enter();
        Object converted = switch (value) {
            case null -> None.NONE;
            case Boolean flag -> flag;
            case CharSequence text -> text.toString();
            case Character character -> character.toString();
            case Integer number -> number.longValue();
            case Long number -> number;
            case Short number -> number.longValue();
            case Byte number -> number.longValue();
            case Double number -> number;
            case Float number -> Double.parseDouble(number.toString());
            case BigInteger number -> Numbers.normal(number);
            case BigDecimal number -> number.doubleValue();
            case Map<?, ?> map -> dict(map, place, budget);
            case Iterable<?> items -> list(items, place, budget);
            case Object[] items -> list(Arrays.asList(items), place, budget);
            default -> throw TemplateException.type(
                    "expected null, a boolean, number, string, list or map as %s, found %s"
                            .formatted(place, value.getClass().getName()));
        };
        budget.leave();
        return converted;
    }

    private static Dict dict(Map<?, ?> map, String place, Budget budget) {
        var dict = new Dict();
        for (Map.Entry<?, ?> entry : map.entrySet()) {
            Object key = value(entry.getKey(), "a key of " + place, budget);
            dict.put(key, value(entry.getValue(), place + "." + entry.getKey(), budget));
        }
        return dict;
    }

    private static Sequence list(Iterable<?> items, String place, Budget budget) {
        List<Object> list = new ArrayList<>();
        for (Object item : items) {
            list.add(value(item, "%s[%d]".formatted(place, list.size()), budget));
        }
        return Sequence.list(list);
    }
}
