package dev.vesper.train.eval.task;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vesper.data.DataException;
import dev.vesper.train.eval.task.Question.Form;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Each format with good rows and bad ones. */
class TaskFileTest {
    @TempDir
    private Path folder;

    private TaskFile read(String... lines) throws IOException {
        return TaskFile.read(Files.writeString(folder.resolve("t.jsonl"), String.join("\n", lines) + "\n"));
    }

    private Question.Choice choice(String line) throws IOException {
        return (Question.Choice) read(line).questions().getFirst();
    }

    private Question.Open open(String line) throws IOException {
        return (Question.Open) read(line).questions().getFirst();
    }

    @Test
    void choicesWithAnIndexOrALetter() throws IOException {
        Question.Choice question =
                choice("{\"question\":\"2+2?\",\"choices\":[\"3\",\"4\"],\"answer\":1,\"subject\":\"x\"}");
        assertThat(question)
                .isEqualTo(new Question.Choice("t.jsonl:1", "2+2?", Form.QUESTION, List.of("3", "4"), 1));
        assertThat(choice("{\"question\":\"q\",\"choices\":[\"x\",\"y\",\"z\"],\"answer\":\"C\"}").answer())
                .isEqualTo(2);
        assertThat(choice("{\"question\":\"q\",\"choices\":[\"x\",\"y\"],\"answer\":\"0\"}").answer()).isZero();
    }

    @Test
    void arcInBothForms() throws IOException {
        Question.Choice nested = choice("""
                {"id":"1","question":{"stem":"Which?","choices":[{"text":"sun","label":"1"},{"text":"moon","label":"2"}]},\
                "answerKey":"2"}""");
        assertThat(nested.text()).isEqualTo("Which?");
        assertThat(nested.choices()).containsExactly("sun", "moon");
        assertThat(nested.answer()).isEqualTo(1);
        Question.Choice flat =
                choice("""
                {"question":"Which?","choices":{"text":["sun","moon","star"],"label":["A","B","C"]},"answerKey":"B"}""");
        assertThat(flat.choices()).containsExactly("sun", "moon", "star");
        assertThat(flat.answer()).isEqualTo(1);
    }

    @Test
    void endingsOfAText() throws IOException {
        Question.Choice question =
                choice("""
                {"ind":4,"ctx":"A man sits down. He","endings":["stands up.","flies.","sings.","sleeps."],"label":"3"}""");
        assertThat(question.form()).isEqualTo(Form.TEXT);
        assertThat(question.text()).isEqualTo("A man sits down. He");
        assertThat(question.answer()).isEqualTo(3);
    }

    @Test
    void numbersAfterHashes() throws IOException {
        Question.Open question = open("{\"question\":\"How many?\",\"answer\":\"3*4=<<3*4=12>>12\\n#### 1,012\"}");
        assertThat(question.answers()).containsExactly("1,012");
        assertThat(question.number()).isTrue();
    }

    @Test
    void promptsAndQuestionsWithOneAnswerOrMore() throws IOException {
        assertThat(open("{\"prompt\":\"Say hi\",\"answer\":\"hi\"}"))
                .isEqualTo(new Question.Open("t.jsonl:1", "Say hi", Form.PROMPT, List.of("hi"), false));
        assertThat(open("{\"question\":\"Who?\",\"answers\":[\"Ann\",\"Anna\"]}"))
                .isEqualTo(new Question.Open("t.jsonl:1", "Who?", Form.QUESTION, List.of("Ann", "Anna"), false));
        assertThat(open("{\"question\":\"How old?\",\"answer\":42}").answers()).containsExactly("42");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|', value = {
                "{\"question\":\"q\",\"choices\":[\"x\",\"y\"],\"answer\":2} | answer of 0 to 1, or A to B",
                "{\"question\":\"q\",\"choices\":[\"x\",\"y\"],\"answer\":\"c\"} | answer of 0 to 1",
                "{\"question\":\"q\",\"choices\":[\"x\",\"y\"],\"answer\":1.5} | answer of 0 to 1",
                "{\"question\":\"q\",\"choices\":[\"x\"],\"answer\":0} | 2 to 26 choices, found 1",
                "{\"question\":\"q\",\"choices\":[\"x\",7],\"answer\":0} | a text in choices as text, found 7",
                "{\"question\":\"\",\"choices\":[\"x\",\"y\"],\"answer\":0} | question as text",
                "{\"question\":\"q\",\"choices\":{\"text\":[\"x\",\"y\"],\"label\":[\"A\",\"B\"]},\"answerKey\":\"C\"} | one of the labels [A, B]",
                "{\"question\":\"q\",\"choices\":{\"text\":[\"x\",\"y\"],\"label\":[\"A\",\"A\"]},\"answerKey\":\"A\"} | one of the labels [A, A]",
                "{\"question\":\"q\",\"choices\":{\"text\":[\"x\",\"y\",\"z\"],\"label\":[\"A\",\"B\"]},\"answerKey\":\"A\"} | as many labels as choices, found 2 and 3",
                "{\"question\":{\"stem\":\"q\",\"choices\":[{\"text\":\"x\"},{\"text\":\"y\"}]},\"answerKey\":\"A\"} | the label of a choice as text, found nothing",
                "{\"ctx\":\"c\",\"endings\":[\"x\",\"y\"],\"label\":\"\"} | label of 0 to 1",
                "{\"question\":\"q\",\"answer\":\"so #### many\"} | a number after ####, found \"many\"",
                "{\"question\":\"q\",\"answers\":[]} | a list of at least one",
                "{\"question\":\"q\",\"answer\":\"x\",\"answers\":[\"x\"]} | not both, found both",
                "{\"prompt\":\"q\",\"answer\":\"\"} | an answer as text",
                "{\"text\":\"x\"} | the fields text",
                "[1] | a JSON object, found [1]",
                "{\"question\": | a JSON object",
            })
    void whatIsWrongIsSaidWithItsLine(String line, String words) {
        assertThatThrownBy(() -> read(line))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("t.jsonl:1")
                .hasMessageContaining(words);
    }

    @Test
    void rowsOfAnotherFormatAndEmptyLinesAreRefused() {
        String good = "{\"prompt\":\"p\",\"answer\":\"a\"}";
        assertThatThrownBy(() -> read(good, "{\"question\":\"q\",\"answer\":\"a\"}"))
                .hasMessageContaining("t.jsonl:2")
                .hasMessageContaining("as in the first line, found question, answer");
        assertThatThrownBy(() -> read(good, "", good)).hasMessageContaining("t.jsonl:2: expected a JSON object");
        assertThatThrownBy(() -> read("")).hasMessageContaining("empty file");
        assertThatThrownBy(() -> TaskFile.read(folder.resolve("none.jsonl"))).hasMessageContaining("no such file");
    }

    @Test
    void conversationsAreToldFromQuestions() throws IOException {
        Path chat = Files.writeString(folder.resolve("c.jsonl"), "{\"messages\":[]}\n");
        Path task = Files.writeString(folder.resolve("q.jsonl"), "{\"prompt\":\"p\",\"answer\":\"a\"}\n");
        assertThat(TaskFile.recognises(chat)).isFalse();
        assertThat(TaskFile.recognises(task)).isTrue();
    }
}
