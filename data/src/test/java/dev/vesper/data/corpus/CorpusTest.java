package dev.vesper.data.corpus;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vesper.data.Hashes;
import dev.vesper.llm.Message;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What a small model learns from, and what it is measured with. */
class CorpusTest {
    private static final int ROWS = 8000;
    private static final Corpus CORPUS = Corpus.of(1);
    private static final List<Conversation> LEARNT =
            LongStream.range(0, ROWS).mapToObj(CORPUS::conversation).toList();
    private static final List<Probe> ASKED = LongStream.range(0, 1500).mapToObj(Corpus.of(2)::probe).toList();

    /** What is left of the notation of the tables if a value is missing. */
    private static final Pattern NOTATION = Pattern.compile("[{}|]|\\(|\\)|  | [.,!]|null");

    @Test
    void theSameSeedGivesTheSameBytesOnEveryMachine() {
        String text = LEARNT.stream().limit(1000).map(Object::toString).collect(Collectors.joining("\n"));
        assertThat(Hashes.sha256(text.getBytes(StandardCharsets.UTF_8))).isEqualTo(
                "3b9325d0ae97292a74017bf627dc952bfd47fd04c1eaa89012f01268e1a54ca1");
        assertThat(Corpus.of(3).conversation(0)).isEqualTo(Corpus.of(3).conversation(0))
                .isNotEqualTo(Corpus.of(4).conversation(0));
    }

    @Test
    void noQuestionThatIsAskedWasLearnt() {
        Set<String> learnt = new HashSet<>();
        for (Conversation conversation : LEARNT) {
            List<Message> messages = conversation.messages();
            for (int i = 0; i < messages.size(); i++) {
                if (messages.get(i).role().equals("user")) {
                    learnt.add(situation(messages, i));
                }
            }
        }
        assertThat(ASKED).noneMatch(probe -> learnt.contains(situation(probe.messages(), probe.messages().size() - 1)));
    }

    /** A user's words with what was said of a person before: the system prompt, and what began the conversation. */
    private static String situation(List<Message> messages, int at) {
        return messages.getFirst().content() + "\n" + Split.normal(messages.get(at).content());
    }

    @Test
    void theNamesOfPeopleWhoAreAskedAboutWereNotLearnt() {
        List<String> asked = ASKED.stream().flatMap(one -> names(one.messages())).toList();
        Set<String> learnt = LEARNT.stream().flatMap(one -> names(one.messages())).collect(Collectors.toSet());
        assertThat(asked).hasSizeGreaterThan(100).doesNotContainAnyElementsOf(learnt);
        assertThat(learnt).hasSizeGreaterThan(1000);
    }

    /** Whom the conversation calls by name at its beginning. */
    private static Stream<String> names(List<Message> messages) {
        return Pattern.compile("(?:Your name is|You are called|My name is|I am called) (\\w+)\\.")
                .matcher(messages.getFirst().content()).results().map(found -> found.group(1));
    }

    @Test
    void conversationsAreWholeAndTheirSentencesToo() {
        for (Conversation conversation : LEARNT) {
            List<Message> turns = conversation.messages();
            int first = turns.getFirst().role().equals("system") ? 1 : 0;
            assertThat(turns.size() - first).as("%s", turns).isBetween(2, 12).isEven();
            for (int i = first; i < turns.size(); i++) {
                assertThat(turns.get(i).role()).isEqualTo((i - first) % 2 == 0 ? "user" : "assistant");
            }
            assertThat(turns)
                    .allSatisfy(turn -> assertThat(turn.content()).isNotBlank().doesNotContainPattern(NOTATION));
        }
    }

    @Test
    void thereAreManyKindsAndThreeLanguages() {
        Set<String> kinds = ASKED.stream().map(Probe::kind).collect(Collectors.toSet());
        assertThat(kinds).hasSizeGreaterThan(60).contains(
                "persona name", "persona who", "persona maker", "self", "talk", "echo", "other person", "two persons",
                "user asks", "stranger", "units", "sum plus", "style short", "style de", "story told", "de fact",
                "nl fact");
        assertThat(ASKED).filteredOn(probe -> probe.kind().startsWith("de ") || probe.kind().startsWith("nl "))
                .hasSizeBetween(200, 400);
    }

    @Test
    void namesAreToBeCopiedForThereAreTooManyToRemember() {
        Set<String> systems = LEARNT.stream().map(one -> one.messages().getFirst())
                .filter(message -> message.role().equals("system")).map(Message::content).collect(Collectors.toSet());
        assertThat(systems).hasSizeGreaterThan(ROWS / 3);
    }

    @Test
    void answersCountWhateverTheirCaseAndMarks() {
        Probe probe = new Probe("fact", List.of(Message.user("What colour is the sky?")),
                List.of("The sky is blue.", "Blue"));
        assertThat(List.of("The sky is blue.", "the sky is blue", " BLUE! ")).allMatch(probe::accepts);
        assertThat(List.of("", "The sky is", "The sky is blue. The sky is blue.", "red")).noneMatch(probe::accepts);
    }
}
