package dev.vesper.data.corpus;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Somebody, with some of the things that may be known of a person.
 *
 * @param facts the values of what is known, by the section's name
 */
record Person(String name, boolean female, Map<String, Value> facts) {
    /** What is known; a pet has a second value, its name. */
    record Value(String v, String w) {}

    /** Somebody new, with so many facts of those that the language can say under this key. */
    static Person draw(World world, Draw draw, int count, String key) {
        Names.First first = world.names().first(draw);
        List<String> possible = new ArrayList<>();
        for (Section section : world.person().values()) {
            if (section.has(key) && !section.name().equals("name")) {
                possible.add(section.name());
            }
        }
        Map<String, Value> facts = new LinkedHashMap<>();
        for (String fact : draw.some(possible, count)) {
            facts.put(fact, world.value(fact, draw));
        }
        return new Person(first.name(), first.female(), facts);
    }

    /** The sentences that tell all this in the words of {@code key}, each of them beginning with a capital. */
    List<String> told(World world, Draw draw, String key) {
        List<String> sentences = new ArrayList<>();
        for (Map.Entry<String, Value> fact : facts.entrySet()) {
            String words = draw.pick(world.person(fact.getKey()).all(key));
            boolean again = !sentences.isEmpty() && draw.chance(60);
            String subject = again ? world.pronoun(female) : name;
            String possessive = again ? world.possessive(female) : name + "'s";
            sentences.add(Grammar.capital(
                    fill(words, fact.getKey()).replace("{s}", subject).replace("{p}", possessive)));
        }
        return sentences;
    }

    /** The sentence with the name and the values of {@code fact} in their places. */
    String fill(String sentence, String fact) {
        Value value = facts.getOrDefault(fact.equals("pet-name") ? "pet" : fact, new Value(name, ""));
        return sentence.replace("{n}", name).replace("{v}", value.v()).replace("{w}", value.w());
    }

    /** Whether there is an answer to questions of this section. */
    boolean knows(String fact) {
        return fact.equals("name") || fact.equals("who") || facts.containsKey(fact.equals("pet-name") ? "pet" : fact);
    }
}
