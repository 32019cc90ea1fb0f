package dev.vesper.data.corpus;

import java.util.List;
import java.util.Optional;

/** What a conversation is about: it has a system prompt or none, perhaps an opening, and goes on with questions. */
sealed interface Scene permits OthersScene, PersonaScene, PlainScene, StyleScene, UserScene {
    /** The system prompt, empty for none. */
    String system();

    /** What comes before the first question. */
    default Optional<Exchange> opening() {
        return Optional.empty();
    }

    /** The next question. */
    Exchange next(Draw draw);

    /** The language that is spoken. */
    Language language();

    /** A scene by chance: one of five kinds, in one of three languages. */
    static Scene draw(List<World> worlds, Draw draw) {
        int percent = draw.between(0, 99);
        World world = worlds.get(percent < 80 ? 0 : percent < 90 ? 1 : 2);
        int kind = draw.between(0, 99);
        if (kind < 35) {
            return PersonaScene.draw(world, draw);
        }
        if (kind < 66) {
            return new PlainScene(world);
        }
        if (kind < 75) {
            return UserScene.draw(world, draw);
        }
        if (kind < 88) {
            return OthersScene.draw(world, draw);
        }
        return StyleScene.draw(worlds, draw);
    }
}
