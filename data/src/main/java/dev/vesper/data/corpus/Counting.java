package dev.vesper.data.corpus;

import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** Questions about the order of numbers, and about units. English only. */
final class Counting {
    /**
     * One of these is so many of those.
     *
     * @param one the larger unit, for one of them
     * @param many the larger unit, for more than one
     * @param most how many of the larger are asked for at most
     */
    private record Unit(String one, String many, String small, int factor, int most) {}

    private static final List<Unit> UNITS = List.of(
            new Unit("metre", "metres", "centimetres", 100, 20),
            new Unit("kilometre", "kilometres", "metres", 1000, 20),
            new Unit("centimetre", "centimetres", "millimetres", 10, 20), new Unit("hour", "hours", "minutes", 60, 10),
            new Unit("minute", "minutes", "seconds", 60, 10), new Unit("kilogram", "kilograms", "grams", 1000, 20),
            new Unit("week", "weeks", "days", 7, 10), new Unit("year", "years", "months", 12, 10),
            new Unit("day", "days", "hours", 24, 5), new Unit("litre", "litres", "millilitres", 1000, 20),
            new Unit("euro", "euros", "cents", 100, 20), new Unit("dozen", "dozen", "pieces", 12, 10));

    private Counting() {}

    static Exchange draw(Map<String, Section> table, Draw draw, boolean brief) {
        String kind = draw.pick(List.of(
                "larger", "larger", "smaller", "smaller", "next", "previous", "count", "count", "units", "units"));
        Section section = World.section(table, kind);
        String question = draw.pick(section.all("ask"));
        String answer = section.one(brief && section.has("short") ? "short" : "answer");
        int a = draw.between(1, 30);
        return switch (kind) {
            case "units" -> units(question, answer, draw);
            case "count" -> {
                int from = draw.between(1, 12);
                int to = from + draw.between(2, 6);
                String numbers = IntStream.rangeClosed(from, to).mapToObj(Integer::toString)
                        .collect(Collectors.joining(", "));
                yield exchange(kind, question, answer, from, to, numbers);
            }
            case "next" -> exchange(kind, question, answer, a, 0, "" + (a + 1));
            case "previous" -> exchange(kind, question, answer, a, 0, "" + (a - 1));
            default -> {
                int other = draw.between(1, 29);
                int b = other < a ? other : other + 1;
                yield exchange(kind, question, answer, a, b,
                        "" + (kind.equals("larger") ? Math.max(a, b) : Math.min(a, b)));
            }
        };
    }

    private static Exchange exchange(String kind, String question, String answer, int a, int b, String c) {
        String asked = question.replace("{a}", "" + a).replace("{b}", "" + b);
        String said = answer.replace("{a}", "" + a).replace("{b}", "" + b).replace("{c}", c);
        return new Exchange("numbers " + kind, "", asked, said);
    }

    private static Exchange units(String question, String answer, Draw draw) {
        Unit unit = draw.pick(UNITS);
        int count = draw.between(1, unit.most());
        String large = count + " " + (count == 1 ? unit.one() : unit.many());
        String asked = question.replace("{u}", unit.small()).replace("{a}", large);
        String said =
                answer.replace("{A}", large).replace("{b}", "" + count * unit.factor()).replace("{u}", unit.small());
        return new Exchange("units", "", asked, count == 1 ? said.replace(" are ", " is ") : said);
    }
}
