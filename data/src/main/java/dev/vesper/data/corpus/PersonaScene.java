package dev.vesper.data.corpus;

import java.util.ArrayList;
import java.util.List;

/** The system prompt says who the model is; it is asked about that, and now and then about something else. */
record PersonaScene(World world, Person person, String system, boolean brief) implements Scene {
    static PersonaScene draw(World world, Draw draw) {
        Person person = Person.draw(world, draw, draw.between(1, 5), "you");
        List<String> sentences = new ArrayList<>(person.told(world, draw, "you"));
        String name = person.fill(draw.pick(world.person("name").all("you")), "name");
        sentences.add(draw.chance(80) ? 0 : draw.between(0, sentences.size()), name);
        boolean brief = world.language() == Language.ENGLISH && draw.chance(6);
        if (brief) {
            sentences.add(draw.pick(StyleScene.SHORT));
        }
        return new PersonaScene(world, person, joined(world, sentences, draw), brief);
    }

    /** The sentences one after the other; some neighbours become one: you are Mira and you live in Bergen. */
    private static String joined(World world, List<String> sentences, Draw draw) {
        StringBuilder text = new StringBuilder();
        boolean joined = true;
        String subject = world.language().subject();
        for (String sentence : sentences) {
            boolean fits = sentence.startsWith(subject) && text.lastIndexOf(subject) == text.lastIndexOf(". ") + 2;
            if (!joined && sentence.startsWith(subject) && fits && draw.chance(30)) {
                text.setLength(text.length() - 1);
                text.append(world.language().and()).append(sentence.substring(0, 1).toLowerCase(java.util.Locale.ROOT))
                        .append(sentence.substring(1));
                joined = true;
            } else {
                text.append(text.isEmpty() ? "" : " ").append(sentence);
                joined = false;
            }
        }
        return text.toString();
    }

    @Override
    public Language language() {
        return world.language();
    }

    @Override
    public Exchange next(Draw draw) {
        int kind = draw.between(0, 99);
        if (kind < 12 && !brief) {
            return new PlainScene(world).general(draw);
        }
        if (kind < 24 && world.language() == Language.ENGLISH && !brief) {
            return yesOrNo(draw);
        }
        boolean known = kind < 94;
        while (true) {
            String section = draw.pick(kind < 36 ? List.of("name", "who", "maker") : world.list(world.person()));
            if (person.knows(section) == known || kind < 36) {
                return question(section, draw);
            }
        }
    }

    private Exchange question(String section, Draw draw) {
        String question = draw.pick(world.person(section).all("ask"));
        String kind = "persona " + section;
        if (!person.knows(section)) {
            return new Exchange("persona unknown", system, question, world.language().unknown());
        }
        return new Exchange(kind, system, question, section.equals("who") ? who() : answer(section));
    }

    private String answer(String section) {
        Section table = world.person(section);
        String answer = brief && table.has("short") ? table.one("short") : table.one("answer");
        return Grammar.capital(person.fill(brief && section.equals("name") ? "{n}" : answer, section));
    }

    /** The name, and in English what and by whom it was made, where that is known. */
    private String who() {
        if (brief) {
            return person.name();
        }
        String name = world.language().self().replace("{n}", person.name());
        if (world.language() != Language.ENGLISH) {
            return name;
        }
        String being = person.knows("being") ? person.fill(", {v}", "being") : "";
        String maker = person.knows("maker")
                ? person.fill(being.isEmpty() ? ", made by {v}" : " made by {v}", "maker")
                : "";
        return name.substring(0, name.length() - 1) + being + maker + ".";
    }

    /** Whether the model is something: its own kind of being, another, or another maker's. */
    private Exchange yesOrNo(Draw draw) {
        String kind = "persona yes or no";
        if (person.knows("being") && draw.chance(70)) {
            String own = person.fill("{v}", "being");
            String asked = draw.chance(50) ? own : world.value("being", draw).v();
            String answer = (asked.equals(own) ? "Yes" : "No") + ", I am " + own + ".";
            return new Exchange(kind, system, "Are you " + asked + "?", answer);
        }
        if (person.knows("home") && draw.chance(60)) {
            String own = person.fill("{v}", "home");
            String asked = draw.chance(50) ? own : world.names().town(draw);
            String answer = (asked.equals(own) ? "Yes" : "No") + ", I live in " + own + ".";
            return new Exchange(kind, system, "Do you live in " + asked + "?", answer);
        }
        if (draw.chance(50)) {
            String question = draw.pick(World.section(world.self(), "other").all("ask"));
            String answer =
                    (question.startsWith("Is your name") ? "No, my name is " : "No, I am ") + person.name() + ".";
            return new Exchange(kind, system, question, answer);
        }
        boolean own = draw.chance(50);
        String asked = own ? person.name() : world.names().first(draw).name();
        String answer = (asked.equals(person.name()) ? "Yes, my" : "No, my") + " name is " + person.name() + ".";
        return new Exchange(kind, system, "Is your name " + asked + "?", answer);
    }
}
