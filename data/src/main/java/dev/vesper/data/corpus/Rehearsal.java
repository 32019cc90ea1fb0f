package dev.vesper.data.corpus;

import dev.vesper.data.SplitMix;
import dev.vesper.llm.Message;
import java.util.ArrayList;
import java.util.List;

/**
 * Examples of something new among conversations about what is known already. A model that learns only the new forgets
 * the old; rehearsing keeps it (Robins 1995, "Catastrophic forgetting, rehearsal and pseudorehearsal").
 *
 * @param rounds how often each example comes: first as it is, then with the small differences between how people write
 * @param others conversations of the corpus in each round, other ones each time
 */
public record Rehearsal(int rounds, int others) {

    /** All that is to be learnt in one pass. */
    public List<Conversation> among(List<List<Message>> examples, Corpus corpus, long seed) {
        List<Conversation> all = new ArrayList<>();
        Draw draw = new Draw(SplitMix.of(seed, "examples among others"), false);
        for (int round = 0; round < rounds; round++) {
            for (List<Message> example : examples) {
                all.add(new Conversation(round == 0 ? example : varied(example, draw)));
            }
            for (int i = 0; i < others; i++) {
                all.add(corpus.rehearsal((long) round * others + i));
            }
        }
        return all;
    }

    private static List<Message> varied(List<Message> example, Draw draw) {
        return example.stream()
                .map(message -> message.role().equals("user")
                        ? Message.user(Surface.varied(message.content(), Language.ENGLISH, draw))
                        : message)
                .toList();
    }
}
