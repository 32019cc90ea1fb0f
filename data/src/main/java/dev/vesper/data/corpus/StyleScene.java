package dev.vesper.data.corpus;

import java.util.List;
import java.util.Map;

/**
 * The system prompt asks for a way to answer: in a word, in another language, or with the same words at the beginning
 * or the end.
 *
 * @param word what answers begin or end with
 * @param other the world whose language is answered in
 */
record StyleScene(World world, World other, String style, String system, String word) implements Scene {
    private static final Map<String, Section> STYLES = Tables.read("styles-en");

    /** Ways to ask for short answers. */
    static final List<String> SHORT = World.section(STYLES, "short").all("you");

    static StyleScene draw(List<World> worlds, Draw draw) {
        String style = draw.pick(List.of("short", "short", "short", "de", "nl", "begin", "end"));
        String word = draw.chance(50)
                ? draw.pick(World.section(STYLES, "word").values())
                : worlds.getFirst().names().first(draw).name() + draw.pick(List.of("!", "."));
        String system = draw.pick(World.section(STYLES, style).all("you")).replace("{v}", word);
        World other = worlds.get(style.equals("de") ? 1 : style.equals("nl") ? 2 : 0);
        return new StyleScene(worlds.getFirst(), other, style, system, word);
    }

    @Override
    public Language language() {
        return world.language();
    }

    @Override
    public Exchange next(Draw draw) {
        PlainScene plain = new PlainScene(world);
        return switch (style) {
            case "short" -> {
                Exchange exchange = draw.chance(50) ? plain.fact(draw, true) : plain.sum(draw, true);
                yield styled(exchange, exchange.answers().getFirst());
            }
            case "begin" -> {
                Exchange exchange = plain.general(draw);
                yield styled(exchange, word + " " + exchange.answers().getFirst());
            }
            case "end" -> {
                Exchange exchange = plain.general(draw);
                yield styled(exchange, exchange.answers().getFirst() + " " + word);
            }
            default -> foreign(draw);
        };
    }

    private Exchange styled(Exchange exchange, String answer) {
        String kind = style.equals("short") ? "style short" : "style " + style;
        return new Exchange(kind, system, exchange.question(), answer);
    }

    /** An English question that the other language has an answer to. */
    private Exchange foreign(Draw draw) {
        String kind = "style " + style;
        int choice = draw.between(0, 2);
        if (choice == 0) {
            PlainScene.Sum sum = PlainScene.Sum.draw(draw);
            return new Exchange(kind, system, sum.question(world, draw), sum.answer(other, false));
        }
        Map<String, Section> table = choice == 1 ? other.person() : other.talk();
        Map<String, Section> english = choice == 1 ? world.person() : world.talk();
        while (true) {
            String name = draw.pick(other.list(table));
            if (english.containsKey(name)) {
                String question = draw.pick(World.section(english, name).all("ask"));
                return new Exchange(kind, system, question,
                        World.section(table, name).one(choice == 1 ? "bare" : "answer"));
            }
        }
    }
}
