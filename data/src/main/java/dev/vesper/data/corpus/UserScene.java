package dev.vesper.data.corpus;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The user tells something about himself, and asks about it later. */
record UserScene(World world, Person person, boolean named, String told) implements Scene {
    static UserScene draw(World world, Draw draw) {
        boolean named = draw.chance(75);
        Person person = Person.draw(world, draw, draw.between(named ? 0 : 1, 3), "i");
        List<String> sentences = new ArrayList<>(person.told(world, draw, "i"));
        if (named) {
            sentences.addFirst(person.fill(draw.pick(world.person("name").all("i")), "name"));
        }
        return new UserScene(world, person, named, String.join(" ", sentences));
    }

    @Override
    public String system() {
        return "";
    }

    @Override
    public Language language() {
        return world.language();
    }

    @Override
    public Optional<Exchange> opening() {
        Language language = world.language();
        String answer = named ? language.met().replace("{n}", person.name()) : language.noted();
        return Optional.of(new Exchange("user tells", "", told, answer));
    }

    @Override
    public Exchange next(Draw draw) {
        if (draw.chance(15)) {
            return new PlainScene(world).general(draw);
        }
        boolean known = draw.chance(88);
        while (true) {
            String name = draw.pick(world.list(world.person()));
            Section section = world.person(name);
            if (!section.has("ask-i")) {
                continue;
            }
            boolean knows = name.equals("name") ? named : person.knows(name);
            if (knows != known && !(known && person.facts().isEmpty() && !named)) {
                continue;
            }
            String answer = knows
                    ? Grammar.capital(person.fill(section.one("answer-i"), name))
                    : world.language().untold();
            String kind = knows ? "user asks" : "user asks unknown";
            return new Exchange(kind, told, draw.pick(section.all("ask-i")), answer);
        }
    }
}
