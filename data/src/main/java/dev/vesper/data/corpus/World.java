package dev.vesper.data.corpus;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * All tables of one language.
 *
 * @param person what may be said and asked about a person
 * @param values of what may be said, English ones where the language has none
 * @param facts small facts
 * @param factNames the section of each pair among the facts: what holds more is asked more
 * @param talk small talk
 * @param self questions about the model itself
 */
record World(
        Language language, Map<String, Section> person, Map<String, Section> values, Map<String, Section> facts,
        List<String> factNames, Map<String, Section> talk, Map<String, Section> self, Map<String, Section> sums,
        Names names) {
    private static final List<String> MONTHS = List.of(
            "January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
            "November",
            "December");

    static World read(Language language) {
        String code = language.code();
        Map<String, Section> person = Tables.read("person-" + code);
        Map<String, Section> values = new LinkedHashMap<>(Tables.read("values-en"));
        if (language == Language.ENGLISH) {
            person.putAll(Tables.read("person-more-en"));
        } else {
            values.putAll(Tables.read("values-" + code));
        }
        Map<String, Section> facts = Tables.read("facts-" + code);
        List<String> factNames = new ArrayList<>();
        facts.values()
                .forEach(section -> factNames.addAll(Collections.nCopies(section.all("pairs").size(), section.name())));
        return new World(
                language, person, values, facts, List.copyOf(factNames), Tables.read("talk-" + code),
                Tables.read("self-" + code), Tables.read("sums"),
                new Names(values, section(values, "city").values()));
    }

    static Section section(Map<String, Section> table, String name) {
        Section section = table.get(name);
        if (section == null) {
            throw new IllegalArgumentException("no section [%s] among %s".formatted(name, table.keySet()));
        }
        return section;
    }

    Section person(String section) {
        return section(person, section);
    }

    /** A section about sums in this language. */
    Section sums(String operation) {
        return section(sums, operation + "-" + language.code());
    }

    List<String> list(Map<String, Section> table) {
        return new ArrayList<>(table.keySet());
    }

    /** A value for this fact about a person. */
    Person.Value value(String fact, Draw draw) {
        return switch (fact) {
            case "home" -> single(names.town(draw));
            case "origin" -> single(draw.chance(80) ? drawn(fact, draw) : names.town(draw));
            case "age" -> single(Integer.toString(draw.between(2, 99)));
            case "maker" -> single(maker(draw));
            case "friend" -> single(names.first(draw).name());
            case "sister" -> single(names.sister(draw));
            case "birthday" -> single(draw.between(1, 28) + " " + draw.pick(MONTHS));
            case "pet" -> new Person.Value(drawn(fact, draw), names.first(draw).name());
            default -> single(drawn(fact, draw));
        };
    }

    private static Person.Value single(String value) {
        return new Person.Value(value, "");
    }

    private String drawn(String fact, Draw draw) {
        return draw.pick(section(values, fact).values());
    }

    private String maker(Draw draw) {
        String last = names.last(draw);
        if (draw.chance(40)) {
            return names.first(draw).name() + " " + last;
        }
        return switch (language.code()) {
            case "de" -> "Familie " + last;
            case "nl" -> "de familie " + last;
            default -> switch (draw.between(0, 5)) {
                case 0 -> "the " + last + " workshop";
                case 1 -> "a small club in " + names.town(draw);
                case 2 -> names.first(draw).name() + " and " + names.first(draw).name();
                case 3 -> "the " + last + " household";
                default -> "the " + last + " family";
            };
        };
    }

    String pronoun(boolean female) {
        return switch (language.code()) {
            case "de" -> female ? "sie" : "er";
            case "nl" -> female ? "ze" : "hij";
            default -> female ? "she" : "he";
        };
    }

    String possessive(boolean female) {
        return female ? "her" : "his";
    }
}
