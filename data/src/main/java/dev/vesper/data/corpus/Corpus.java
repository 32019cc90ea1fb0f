package dev.vesper.data.corpus;

import dev.vesper.data.SplitMix;
import dev.vesper.llm.Message;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;

/**
 * Conversations for a very small model, by chance but the same for the same seed on every machine. What is asked of a
 * {@link Probe} stands in no {@link Conversation}, of whatever seed: the words themselves decide which of the two they
 * are for.
 */
public final class Corpus {
    /** How often a question is drawn anew before the scene is. */
    private static final int PATIENCE = 60;

    private final List<World> worlds;
    private final long seed;

    private Corpus(List<World> worlds, long seed) {
        this.worlds = worlds;
        this.seed = seed;
    }

    /** The corpus of this seed. */
    public static Corpus of(long seed) {
        return new Corpus(
                List.of(World.read(Language.ENGLISH), World.read(Language.GERMAN), World.read(Language.DUTCH)), seed);
    }

    /** The conversation of this number to learn from. */
    public Conversation conversation(long number) {
        return conversation(new Draw(SplitMix.of(seed, "conversation " + number), false), exchange -> true);
    }

    /**
     * A conversation to rehearse what a model of this corpus knows while it learns to be somebody else: nobody asks it
     * who it is itself.
     */
    public Conversation rehearsal(long number) {
        return conversation(new Draw(SplitMix.of(seed, "rehearsal " + number), false), exchange -> !exchange.isSelf());
    }

    private Conversation conversation(Draw draw, Predicate<Exchange> wanted) {
        while (true) {
            List<Message> messages = messages(draw, wanted);
            if (!messages.isEmpty()) {
                return new Conversation(messages);
            }
        }
    }

    /** The question of this number to measure with. */
    public Probe probe(long number) {
        Draw draw = new Draw(SplitMix.of(seed, "probe " + number), true);
        while (true) {
            Scene scene = Scene.draw(worlds, draw);
            List<Message> messages = begin(scene);
            Set<String> asked = new HashSet<>();
            scene.opening().ifPresent(opening -> append(messages, opening, opening.question(), draw));
            for (int turns = draw.chance(70) ? 0 : draw.between(1, 2); turns > 0; turns--) {
                Exchange exchange = scene.next(draw);
                if (!Split.heldOut(exchange.key()) && asked.add(exchange.key())) {
                    append(messages, exchange, Surface.varied(exchange.question(), scene.language(), draw), draw);
                }
            }
            for (int tries = 0; tries < PATIENCE; tries++) {
                Exchange exchange = scene.next(draw);
                if (Split.heldOut(exchange.key())) {
                    messages.add(Message.user(Surface.varied(exchange.question(), scene.language(), draw)));
                    return new Probe(kind(exchange, scene), messages, exchange.answers());
                }
            }
        }
    }

    private static String kind(Exchange exchange, Scene scene) {
        return scene.language() == Language.ENGLISH
                ? exchange.kind()
                : scene.language().code() + " " + exchange.kind().split(" ", 2)[0];
    }

    private List<Message> messages(Draw draw, Predicate<Exchange> wanted) {
        Scene scene = Scene.draw(worlds, draw);
        List<Message> messages = begin(scene);
        Set<String> asked = new HashSet<>();
        scene.opening().ifPresent(opening -> append(messages, opening, opening.question(), draw));
        int turns = turns(draw);
        int tries = 0;
        while (asked.size() < turns && tries < PATIENCE) {
            Exchange exchange = scene.next(draw);
            tries++;
            if (wanted.test(exchange) && !Split.heldOut(exchange.key()) && asked.add(exchange.key())) {
                append(messages, exchange, Surface.varied(exchange.question(), scene.language(), draw), draw);
            }
        }
        return asked.isEmpty() ? List.of() : messages;
    }

    private static int turns(Draw draw) {
        int percent = draw.between(0, 99);
        return percent < 15 ? 1 : percent < 38 ? 2 : percent < 62 ? 3 : percent < 84 ? 4 : 5;
    }

    private static List<Message> begin(Scene scene) {
        List<Message> messages = new ArrayList<>();
        if (!scene.system().isEmpty()) {
            messages.add(Message.system(scene.system()));
        }
        return messages;
    }

    private static void append(List<Message> messages, Exchange exchange, String question, Draw draw) {
        messages.add(Message.user(question));
        messages.add(Message.assistant(draw.pick(exchange.answers())));
    }
}
