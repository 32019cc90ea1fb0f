package dev.vesper.data.corpus;

import java.util.ArrayList;
import java.util.List;

/** One person or two are described, by the system prompt or by the user before each question; the questions are about them. */
record OthersScene(World world, List<Person> persons, String text, boolean inSystem) implements Scene {
    static OthersScene draw(World world, Draw draw) {
        List<Person> persons = new ArrayList<>();
        int count = draw.chance(33) ? 2 : 1;
        while (persons.size() < count) {
            Person person = Person.draw(world, draw, draw.between(1, count == 2 ? 2 : 4), "they");
            if (persons.stream().noneMatch(other -> other.name().equals(person.name()))) {
                persons.add(person);
            }
        }
        List<String> sentences = new ArrayList<>();
        for (Person person : persons) {
            sentences.addAll(person.told(world, draw, "they"));
        }
        return new OthersScene(world, List.copyOf(persons), String.join(" ", sentences), draw.chance(70));
    }

    @Override
    public String system() {
        return inSystem ? text : "";
    }

    @Override
    public Language language() {
        return world.language();
    }

    @Override
    public Exchange next(Draw draw) {
        Person person = draw.pick(persons);
        boolean known = draw.chance(84);
        while (true) {
            String name = draw.pick(world.list(world.person()));
            Section section = world.person(name);
            if (!section.has("ask-they") || person.knows(name) != known) {
                continue;
            }
            String question = person.fill(draw.pick(section.all("ask-they")), name);
            String answer = known
                    ? Grammar.capital(person.fill(section.one("answer-they"), name))
                    : world.language().unknown();
            String kind = known ? (persons.size() == 1 ? "other person" : "two persons") : "other person unknown";
            return new Exchange(kind, text, inSystem ? question : text + " " + question, answer);
        }
    }
}
