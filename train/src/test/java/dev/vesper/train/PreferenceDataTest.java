package dev.vesper.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vesper.data.Data;
import dev.vesper.data.DataException;
import dev.vesper.data.DataFormat;
import dev.vesper.data.Preference;
import dev.vesper.data.Row;
import dev.vesper.data.RowOptions;
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
import org.junit.jupiter.params.provider.ValueSource;

/** From files of preferences to rows. The tiny model spells in bytes: token 3 + b is byte b. */
class PreferenceDataTest {
    private static final String GOOD = "{'prompt':'p','chosen':'a','rejected':'b'}";

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
    @ValueSource(strings = {
        "{'prompt':'1+1?','chosen':'2','rejected':'3'}",
        "{'instruction':'1+1?','input':'','chosen':'2','rejected':'3','source':'me'}",
        "{'conversations':[{'from':'human','value':'1+1?'}],'chosen':{'from':'gpt','value':'2'},"
                + "'rejected':{'from':'gpt','value':'3'}}",
        "{'prompt':[{'role':'user','content':'1+1?'}],'chosen':[{'role':'assistant','content':'2'}],"
                + "'rejected':[{'role':'assistant','content':'3'}]}",
        "{'chosen':[{'role':'user','content':'1+1?'},{'role':'assistant','content':'2'}],"
                + "'rejected':[{'role':'user','content':'1+1?'},{'role':'assistant','content':'3'}]}",
        "{'prompt':'1+1?','chosen':[{'role':'user','content':'1+1?'},{'role':'assistant','content':'2'}],"
                + "'rejected':[{'role':'user','content':'1+1?'},{'role':'assistant','content':'3'}]}",
    })
    void pairsOfEveryForm(String json) throws IOException {
        for (String text : List.of(json + "\n" + json + "\n", "[" + json + ",\n" + json + "]")) {
            Data data = read("pairs.json", text, 100, false);
            assertThat(data.format()).isEqualTo(DataFormat.PAIRS);
            assertThat(data.train()).hasSize(2);
            assertThat(data.heldOut()).hasSize(2);
            assertThat(data.train()).extracting(Row::preference)
                    .containsExactly(Preference.CHOSEN, Preference.REJECTED);
            assertThat(spelled(data.train().get(0))).isEqualTo("<s>User:\n1+1?\n\nAssistant:\n[2</s>\n\n]");
            assertThat(spelled(data.train().get(1))).isEqualTo("<s>User:\n1+1?\n\nAssistant:\n[3</s>\n\n]");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "{'prompt':'1+1?','completion':'2','label':LABEL}",
        "{'prompt':[{'role':'user','content':'1+1?'}],'completion':[{'role':'assistant','content':'2'}],'label':LABEL}",
        "{'messages':[{'role':'user','content':'1+1?'},{'role':'assistant','content':'2'}],'label':LABEL}",
        "{'conversations':[{'from':'human','value':'1+1?'},{'from':'gpt','value':'2'}],'kto_tag':LABEL}",
        "{'instruction':'1+1?','output':'2','kto_tag':LABEL}",
    })
    void judgedAnswersOfEveryForm(String json) throws IOException {
        String text = json.replace("LABEL", "true") + "\n" + json.replace("LABEL", "false");
        Data data = read("judged.jsonl", text, 100, false);
        assertThat(data.format()).isEqualTo(DataFormat.JUDGED);
        assertThat(all(data)).extracting(Row::preference)
                .containsExactlyInAnyOrder(Preference.CHOSEN, Preference.REJECTED);
        assertThat(spelled(data.train().getFirst())).isEqualTo("<s>User:\n1+1?\n\nAssistant:\n[2</s>\n\n]");
    }

    @Test
    void onlyTheLastAnswerIsJudged() throws IOException {
        String turns = "{'from':'system','value':'S'},{'from':'human','value':'a'},{'from':'gpt','value':'b'},"
                + "{'from':'human','value':'c'}";
        String json = "{'conversations':[" + turns + "],'chosen':{'from':'gpt','value':'d'},"
                + "'rejected':{'from':'gpt','value':'e'}}";
        Data data = read("pairs.json", "[%s,%s]".formatted(json, json), 100, false);
        assertThat(spelled(data.train().getFirst()))
                .isEqualTo("<s>S\n\nUser:\na\n\nAssistant:\nb</s>\n\nUser:\nc\n\nAssistant:\n[d</s>\n\n]");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '"', value = {
        "{'prompt':'p','chosen':'a'} | expected a text or at least one message, found nothing",
        "{'prompt':'p','chosen':'a','rejected':'a'} | expected two different answers, found the same one",
        "{'chosen':'a','rejected':'b'} | expected a prompt: one of prompt, conversations, messages, instruction",
        "{'prompt':7,'chosen':'a','rejected':'b'} | pairs.jsonl:2, prompt: expected a text or at least one message, found 7",
        "{'prompt':'p','chosen':'','rejected':'b'} | pairs.jsonl:2, chosen: expected an answer, found an empty text",
        "{'prompt':'p','chosen':{'from':'dog','value':'a'},'rejected':'b'} | expected from human, gpt or system, found \"dog\"",
        "{'prompt':'p','chosen':{'role':'user','content':'a'},'rejected':'b'} | expected an answer of the assistant at the end, found a message of the user",
        "{'prompt':'p','chosen':[{'role':'user','content':'q'},{'role':'assistant','content':'a'}],'rejected':'b'} | expected the same messages before",
        "{'prompt':'p','tools':['t'],'chosen':'a','rejected':'b'} | expected a row without tools, which are not supported yet",
        "[1] | expected a JSON object",
        "{ | expected a JSON object",
    })
    void aRowThatIsNoPairIsNamed(String line, String message) {
        assertThatThrownBy(() -> read("pairs.jsonl", GOOD + "\n" + line + "\n" + GOOD, 100, false))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("pairs.jsonl:2")
                .hasMessageContaining("1 of 3 rows")
                .hasMessageContaining(message.replace('\'', '"'));
    }

    @Test
    void aLabelMustBeTrueOrFalse() {
        String judged = "{'prompt':'p','completion':'a','label':'yes'}";
        assertThatThrownBy(() -> read("judged.jsonl", judged, 100, false))
                .hasMessageContaining("judged.jsonl:1: expected a label (or kto_tag) of true or false, found \"yes\"");
        assertThatThrownBy(() -> read("judged.jsonl", "{'prompt':'p','label':true}", 100, false))
                .hasMessageContaining("expected an answer of the assistant at the end, found a message of the user");
    }

    @Test
    void anArrayThatBreaksOffIsRefusedWithItsLine() {
        assertThatThrownBy(() -> read("pairs.json", "[" + GOOD + ",\n{'prompt':", 100, false))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("pairs.json:2: expected an array of JSON objects, of which 1 were read");
        assertThatThrownBy(() -> read("pairs.json", "[%s] %s".formatted(GOOD, GOOD), 100, false))
                .hasMessageContaining("expected nothing after the array of rows");
        assertThatThrownBy(() -> read("pairs.json", "[]", 100, false)).hasMessageContaining("found nothing that can be");
        assertThatThrownBy(() -> read("other.json", "[{'a':1,'b':2}]", 100, false))
                .hasMessageContaining("pairs (chosen, rejected) or judged answers")
                .hasMessageContaining("found a first row with a, b");
    }

    @Test
    void ofAPairThatIsTooLongBothAreLeftOutIfAskedAndSaid() throws IOException {
        String longer = "{'prompt':'p','chosen':'%s','rejected':'b'}".formatted("a".repeat(60));
        String text = GOOD + "\n" + longer + "\n" + GOOD;
        assertThatThrownBy(() -> read("pairs.jsonl", text, 50, false))
                .hasMessageContaining("1 of 3 rows")
                .hasMessageContaining("pairs.jsonl:2, chosen: expected at most 50 tokens")
                .hasMessageContaining("--skip-bad-rows");
        Data data = read("pairs.jsonl", text, 50, true);
        assertThat(data.refused()).hasSize(1);
        assertThat(data.rowsRead()).isEqualTo(3);
        assertThat(all(data)).hasSize(4).allMatch(row -> row.inputs() < 50);
    }

    @Test
    void pairsAreHeldOutTogether() throws IOException {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < 40; i++) {
            text.append("{'prompt':'%d','chosen':'a','rejected':'b'}%n".formatted(i));
        }
        Data data = read("pairs.jsonl", text.toString(), 50, false);
        assertThat(data.heldOut()).hasSize(8);
        for (List<Row> rows : List.of(data.train(), data.heldOut())) {
            for (int i = 0; i < rows.size(); i += 2) {
                assertThat(rows.get(i).place().replace("chosen", "rejected")).isEqualTo(rows.get(i + 1).place());
            }
        }
    }

    private static String spelled(Row row) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < row.tokens().length; i++) {
            if (row.supervised()[i] != (i > 0 && row.supervised()[i - 1])) {
                text.append(row.supervised()[i] ? '[' : ']');
            }
            int token = row.tokens()[i];
            text.append(token == TinyModel.BOS ? "<s>" : token == TinyModel.EOS ? "</s>" : "" + (char) (token - 3));
        }
        return text.append(row.supervised()[row.tokens().length - 1] ? "]" : "").toString();
    }

    private static List<Row> all(Data data) {
        List<Row> rows = new ArrayList<>(data.train());
        rows.addAll(data.heldOut());
        return rows;
    }

    private static Data read(String name, String text, int maxSequence, boolean skip) throws IOException {
        Path file = folder.resolve(name);
        Files.write(file, text.replace('\'', '"').getBytes(StandardCharsets.UTF_8));
        RowOptions options = new RowOptions(maxSequence, false, 0.1, skip);
        return Data.read(file, DataFormat.of(file), model, options, 5);
    }
}
