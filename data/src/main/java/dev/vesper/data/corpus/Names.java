package dev.vesper.data.corpus;

import java.util.List;
import java.util.Map;

/** Names of people and places, most of them made of syllables: there are so many that a model has to copy them. */
final class Names {
    private static final List<String> ONSETS = List.of(
            "b", "d", "f", "g", "h", "j", "k", "l", "m", "n", "p", "r", "s", "t", "v", "w", "z", "br", "dr", "kr", "st",
            "tr", "sh", "th", "fl", "gr");
    private static final List<String> VOWELS = List.of("a", "e", "i", "o", "u", "a", "e", "i", "o", "ea", "ai", "oo");
    private static final List<String> ENDS =
            List.of("", "", "", "l", "n", "r", "s", "m", "k", "t", "x", "nd", "rk", "lo", "na", "ra", "ri", "sa");
    private static final List<String> TOWN_ENDS = List.of(
            "ville", "ton", "burg", "by", "dal", "holm", "haven", "field", "wick", "stad", "ford", "mouth", "heim",
            "port");

    private final Map<String, Section> values;
    private final List<String> cities;

    /**
     * @param values the English ones, which have the names
     * @param cities that people of one language live in
     */
    Names(Map<String, Section> values, List<String> cities) {
        this.values = values;
        this.cities = cities;
    }

    /** A name and whether it is a woman's. */
    record First(String name, boolean female) {}

    First first(Draw draw) {
        while (true) {
            First first = draw.chance(30) ? known(draw) : made(draw);
            if (Split.heldOut("name " + first.name()) == draw.heldOut()) {
                return first;
            }
        }
    }

    /** A name that is no man's. */
    String sister(Draw draw) {
        while (true) {
            First first = first(draw);
            if (first.female()) {
                return first.name();
            }
        }
    }

    private First known(Draw draw) {
        boolean female = draw.chance(50);
        return new First(draw.pick(list(female ? "she" : "he")), female);
    }

    private static First made(Draw draw) {
        String name = Grammar.capital(
                syllable(draw) + (draw.chance(70) ? syllable(draw) : "") + (draw.chance(15) ? syllable(draw) : "")
                        + draw.pick(ENDS));
        if (name.length() < 3) {
            name += "n";
        }
        return new First(name, "aei".indexOf(name.charAt(name.length() - 1)) >= 0);
    }

    private static String syllable(Draw draw) {
        return draw.pick(ONSETS) + draw.pick(VOWELS);
    }

    String last(Draw draw) {
        if (draw.chance(40)) {
            return draw.pick(list("last"));
        }
        while (true) {
            String name = made(draw).name();
            if (Split.heldOut("name " + name) == draw.heldOut()) {
                return name;
            }
        }
    }

    String town(Draw draw) {
        if (draw.chance(45)) {
            return draw.pick(cities);
        }
        return Grammar.capital(syllable(draw) + (draw.chance(30) ? syllable(draw) : "") + draw.pick(TOWN_ENDS));
    }

    private List<String> list(String name) {
        Section section = values.get(name);
        if (section == null) {
            throw new IllegalStateException("no names of " + name);
        }
        return section.values();
    }
}
