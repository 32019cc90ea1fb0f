package dev.vesper.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vesper.data.Data;
import dev.vesper.data.DataException;
import dev.vesper.data.DataFormat;
import dev.vesper.data.Row;
import dev.vesper.data.RowOptions;
import dev.vesper.data.Texts;
import dev.vesper.llm.ModelFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Conversations in the forms in which they are published. The tiny model spells in bytes: token 3 + b is byte b. */
class ConversationFormsTest {
    private static final String CHAT =
            "{'messages':[{'role':'user','content':'1+1?'},{'role':'assistant','content':'2'}]}";
    private static final String SHARED =
            "{'id':'7','conversations':[{'from':'human','value':'1+1?'},{'from':'gpt','value':'2'}]}";
    private static final String ALPACA = "{'instruction':'1+1?','input':'','output':'2'}";

    @TempDir
    private static Path folder;

    private static ModelFile model;

    @BeforeAll
    static void open() {
        model = ModelFile.open(TinyModel.write(folder));
    }

    @AfterAll
    static void close() {
        model.close();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|', quoteCharacter = '"', value = {CHAT + "|CHAT", SHARED + "|SHAREGPT", ALPACA + "|ALPACA"})
    void everyFormIsReadFromLinesAndFromAnArray(String json, DataFormat format) throws IOException {
        List<String> rows = new ArrayList<>();
        for (Path file : List.of(
                write("forms.jsonl", json + "\n" + json + "\n"),
                write("forms.json", "[" + json + ",\n" + json + "]"))) {
            assertThat(DataFormat.of(file)).isEqualTo(format);
            Data data = Data.read(file, format, model, new RowOptions(100, false, 0.5), 1);
            rows.addAll(List.of(spelled(data.train().getFirst()), spelled(data.heldOut().getFirst())));
            assertThat(Data.rows(file, format, model)).hasSize(2);
        }
        assertThat(rows).hasSize(4).containsOnly("<s>User:\n1+1?\n\nAssistant:\n[2</s>\n\n]");
    }

    @Test
    void anInputStandsBelowItsInstructionAndASystemTextBeforeAll() throws IOException {
        String json = "[{'system':'S','instruction':'Add','input':'1+1','output':'2'},"
                + "{'system':'S','instruction':'Add','input':'1+1','output':'2'}]";
        Data data = Data.read(write("a.json", json), DataFormat.ALPACA, model, new RowOptions(100, false, 0.5), 1);
        assertThat(spelled(data.train().getFirst())).isEqualTo("<s>S\n\nUser:\nAdd\n1+1\n\nAssistant:\n[2</s>\n\n]");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|', quoteCharacter = '"', value = {
                "{'instruction':'p','output':''}|bad.json, row 2, output: expected an answer of text",
                "{'instruction':'','output':'x'}|bad.json, row 2, instruction: expected a text or messages, found an empty text",
                "{'output':'x'}|bad.json, row 2: expected a field of the name instruction, found only output",
                "{'instruction':'p','output':'x','images':['a']}|bad.json, row 2: expected a row without images",
                "7|bad.json, row 2: expected a JSON object, found 7",
            })
    void aRowThatIsNoInstructionIsNamed(String row, String message) throws IOException {
        Path file = write("bad.json", "[%s,%s,%s]".formatted(ALPACA, row, ALPACA));
        assertThatThrownBy(() -> Data.read(file, DataFormat.of(file), model, new RowOptions(100, false, 0.5), 1))
                .isInstanceOf(DataException.class).hasMessageContaining(message);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|', quoteCharacter = '"', value = {
                "{'conversations':[{'from':'human','value':'x'}]}|bad.jsonl:2: expected at least one message of the assistant",
                "{'conversations':[{'from':'observation','value':'x'}]}|expected from human, gpt or system, found \"observation\"",
                "{'conversations':[]}|expected a text or at least one message, found []",
                "{'text':'x'}|expected a field of the name conversations, found only text",
            })
    void aRowThatIsNoConversationIsNamed(String row, String message) throws IOException {
        Path file = write("bad.jsonl", SHARED + "\n" + row + "\n");
        assertThatThrownBy(() -> Data.rows(file, DataFormat.of(file), model))
                .isInstanceOf(DataException.class).hasMessageContaining(message);
    }

    @Test
    void aVocabularyIsLearntFromThemToo() throws IOException {
        List<String> texts = new ArrayList<>();
        Texts counts =
                Texts.read(write("v.json", "[" + SHARED + "," + SHARED + "]"), DataFormat.SHAREGPT, false, texts::add);
        assertThat(texts).containsExactly("1+1?", "2", "1+1?", "2");
        assertThat(counts.rows()).isEqualTo(2);
        Path pairs = write("p.json", "[{'prompt':'p','chosen':'a','rejected':'b'}]");
        assertThatThrownBy(() -> Texts.read(pairs, DataFormat.of(pairs), false, texts::add))
                .isInstanceOf(DataException.class).hasMessageContaining("expected conversations or text, found pairs");
    }

    @ParameterizedTest
    @CsvSource({
        "sharegpt-dummy-500.json, SHAREGPT, 500", "alpaca_en_demo.json, ALPACA, 999", "identity.json, ALPACA, 91",
    })
    void publishedFilesAreRead(String name, DataFormat format, int rows) {
        Path file = Fixtures.file("datasets/" + name);
        assertThat(DataFormat.of(file)).isEqualTo(format);
        assertThat(Texts.read(file, format, false, text -> assertThat(text).isNotEmpty()).rows()).isEqualTo(rows);
    }

    /** What is learnt stands in brackets. */
    private static String spelled(Row row) {
        StringBuilder text = new StringBuilder();
        boolean learnt = false;
        for (int i = 0; i < row.tokens().length; i++) {
            if (row.supervised()[i] != learnt) {
                learnt = !learnt;
                text.append(learnt ? '[' : ']');
            }
            int token = row.tokens()[i];
            text.append(token < 3 ? token == 1 ? "<s>" : "</s>" : Character.toString((char) (token - 3)));
        }
        return text.append(learnt ? "]" : "").toString();
    }

    private static Path write(String name, String text) throws IOException {
        return Files.write(folder.resolve(name), text.replace('\'', '"').getBytes(StandardCharsets.UTF_8));
    }
}
