package dev.vesper.data.corpus;

import java.util.List;
import java.util.Map;

/** No system prompt: small talk, facts, sums, stories, and what the model is itself. */
record PlainScene(World world) implements Scene {
    private static final Map<String, Section> STORIES = Tables.read("stories-en");
    private static final Map<String, Section> ECHO = Tables.read("echo-en");

    @Override
    public String system() {
        return "";
    }

    @Override
    public Language language() {
        return world.language();
    }

    @Override
    public Exchange next(Draw draw) {
        int kind = draw.between(0, 99);
        if (kind < 24) {
            return self(draw);
        }
        if (kind < 30) {
            return self(World.section(world.person(), draw.pick(List.of("name", "who", "maker"))), draw);
        }
        if (kind < 34) {
            return stranger(draw);
        }
        if (world.language() == Language.ENGLISH && kind < 44) {
            return kind < 39 ? story(draw) : echo(draw);
        }
        return general(draw);
    }

    /** A question whose answer is the same whoever answers. */
    Exchange general(Draw draw) {
        int kind = draw.between(0, 99);
        if (kind < 48) {
            return fact(draw, false);
        }
        if (kind < 82) {
            return sum(draw, false);
        }
        return talk(world.talk(), "talk", draw);
    }

    private Exchange talk(Map<String, Section> table, String kind, Draw draw) {
        Section section = World.section(table, draw.pick(world.list(table)));
        return new Exchange(kind, "", draw.pick(section.all("ask")), section.all("answer"));
    }

    /** A question about the model itself, where nobody said who it is. */
    private Exchange self(Draw draw) {
        if (draw.chance(35)) {
            return talk(world.self(), Exchange.SELF, draw);
        }
        return self(World.section(world.person(), draw.pick(world.list(world.person()))), draw);
    }

    private static Exchange self(Section section, Draw draw) {
        return new Exchange(Exchange.SELF, "bare", draw.pick(section.all("ask")), section.one("bare"));
    }

    private Exchange stranger(Draw draw) {
        String name = world.names().first(draw).name();
        while (true) {
            Section section = World.section(world.person(), draw.pick(world.list(world.person())));
            if (section.has("ask-they")) {
                String question = draw.pick(section.all("ask-they")).replace("{n}", name);
                return new Exchange("stranger", "", question, world.language().stranger().replace("{n}", name));
            }
        }
    }

    Exchange fact(Draw draw, boolean brief) {
        Section section = World.section(world.facts(), draw.pick(world.factNames()));
        Section.Pair pair = section.pair(draw);
        String question = filled(draw.pick(section.all("ask")), pair);
        String answer = filled(section.one(brief ? "short" : "answer"), pair);
        return new Exchange("fact " + section.name(), "", question, Grammar.capital(answer));
    }

    private static String filled(String sentence, Section.Pair pair) {
        String text =
                sentence.replace("{a}", pair.a()).replace("{A}", Grammar.capital(pair.a())).replace("{b}", pair.b());
        return Grammar.capital(text);
    }

    Exchange sum(Draw draw, boolean brief) {
        if (world.language() == Language.ENGLISH && draw.chance(35)) {
            return Counting.draw(world.sums(), draw, brief);
        }
        Sum sum = Sum.draw(draw);
        return new Exchange("sum " + sum.operation(), "", sum.question(world, draw), sum.answer(world, brief));
    }

    /** A sum of small numbers. */
    record Sum(String operation, int a, int b, int c) {
        private static final int MOST = 20;
        private static final int MOST_FACTOR = 5;

        static Sum draw(Draw draw) {
            int kind = draw.between(0, 9);
            if (kind >= 8) {
                int a = draw.between(0, 10);
                int b = draw.between(0, MOST_FACTOR);
                boolean swapped = draw.chance(50);
                return new Sum("times", swapped ? b : a, swapped ? a : b, a * b);
            }
            int sum = draw.between(0, MOST);
            int part = draw.between(0, sum);
            return kind < 4 ? new Sum("plus", part, sum - part, sum) : new Sum("minus", sum, part, sum - part);
        }

        String question(World world, Draw draw) {
            return filled(draw.pick(world.sums(operation).all("ask")));
        }

        String answer(World world, boolean brief) {
            return filled(world.sums(operation).one(brief ? "short" : "answer"));
        }

        private String filled(String sentence) {
            return sentence.replace("{a}", "" + a).replace("{b}", "" + b).replace("{c}", "" + c);
        }
    }

    private Exchange story(Draw draw) {
        Section.Pair animal = World.section(STORIES, "place").pair(draw);
        Section.Pair thing = World.section(STORIES, "end").pair(draw);
        Section section = World.section(STORIES, draw.pick(List.of("tell", "tell", "what", "where", "who", "animal")));
        String name = world.names().first(draw).name();
        String question = draw.pick(section.all("ask"));
        String asked = section.has("tell") ? section.one("tell") + " " + question : question;
        String kind = section.name().equals("tell") ? "story told" : "story asked";
        return new Exchange(
                kind, "", filled(asked, name, animal, thing), filled(section.one("answer"), name, animal, thing));
    }

    private static String filled(String sentence, String name, Section.Pair animal, Section.Pair thing) {
        boolean vowel = animal.a().startsWith("o");
        return sentence.replace("{e}", thing.b()).replace("{t}", thing.a()).replace("{p}", animal.b())
                .replace("{a1}", (vowel ? "an " : "a ") + animal.a()).replace("{a}", animal.a())
                .replace("{n}", name);
    }

    private Exchange echo(Draw draw) {
        StringBuilder text = new StringBuilder();
        text.append(draw.chance(50) ? noun(draw) : world.names().first(draw).name());
        text.append(' ').append(draw.pick(World.section(ECHO, "verb").values())).append(' ');
        text.append(draw.chance(50) ? noun(draw) : world.names().first(draw).name()).append('.');
        String said = Grammar.capital(text.toString());
        String question = draw.pick(World.section(ECHO, "echo").all("ask")).replace("{v}", said);
        return new Exchange("echo", "", question, said);
    }

    private static String noun(Draw draw) {
        return "the " + draw.pick(World.section(ECHO, "adjective").values()) + " "
                + draw.pick(World.section(ECHO, "noun").values());
    }
}
