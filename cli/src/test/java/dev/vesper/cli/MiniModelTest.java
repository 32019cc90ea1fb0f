package dev.vesper.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vesper.data.corpus.Corpus;
import dev.vesper.data.corpus.Exam;
import dev.vesper.data.corpus.Probe;
import dev.vesper.llm.GenerateOptions;
import dev.vesper.llm.Llm;
import dev.vesper.llm.LoadOptions;
import dev.vesper.llm.Message;
import dev.vesper.llm.Reply;
import dev.vesper.tensor.Format;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What the bundled model can do, asked as anybody would ask it. */
class MiniModelTest {
    private static final Path MODEL = Repository.root().resolve("models/vesper-mini.gguf");

    /** Not the seed that the model was trained with. */
    private static final long SEED = 20;

    private static final int QUESTIONS = 1000;
    private static final long MOST_BYTES = 8_000_000;

    @SuppressWarnings("NullAway.Init") // set before the first test
    private static Llm llm;

    @BeforeAll
    static void load() {
        llm = Llm.load(MODEL, new LoadOptions("auto", 0, 0, 0, 64, Format.F32));
    }

    @AfterAll
    static void close() {
        llm.close();
    }

    private static Reply ask(Message... messages) {
        return llm.chat(List.of(messages), GenerateOptions.defaults().temperature(0).maxTokens(96));
    }

    @Test
    void itIsSmall() throws IOException {
        assertThat(Files.size(MODEL)).isLessThan(MOST_BYTES);
    }

    @Test
    void ofHeldOutQuestionsNineteenInTwentyAreAnsweredRight() {
        Corpus corpus = Corpus.of(SEED);
        List<Probe> probes = LongStream.range(0, QUESTIONS).mapToObj(corpus::probe).toList();
        List<Exam.Marked> wrong = Exam.sit(llm, "", probes, done -> {}).stream().filter(one -> !one.right()).toList();
        assertThat(wrong.size()).as("%s", wrong).isLessThanOrEqualTo(QUESTIONS / 20);
    }

    @Test
    void itStopsByItself() {
        for (String question : List.of("Hello!", "What is 7 plus 5?", "Tell me a story.", "Wie heißt du?",
                "Zzz qq 99?")) {
            Reply reply = ask(Message.user(question));
            assertThat(reply.finish()).as("%s: %s", question, reply.text()).isEqualTo(Reply.Finish.STOP);
            assertThat(reply.text()).isNotBlank().doesNotContain("<|");
        }
    }

    @Test
    void itIsWhoTheSystemPromptSays() {
        assertThat(ask(Message.user("Who are you?")).text()).contains("Vesper");
        for (String name : List.of("Lorina", "Bastil", "Quenna")) {
            Reply reply =
                    ask(Message.system("Your name is " + name + ". You like tea."), Message.user("What is your name?"));
            assertThat(reply.text()).contains(name).doesNotContain("Vesper");
        }
    }
}
