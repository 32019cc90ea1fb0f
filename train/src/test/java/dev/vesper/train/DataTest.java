package dev.vesper.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vesper.data.Data;
import dev.vesper.data.DataException;
import dev.vesper.data.DataFormat;
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

/** From files to rows. The tiny model spells in bytes: token 3 + b is byte b. */
class DataTest {
    private static final String GOOD =
            "{\"messages\":[{\"role\":\"user\",\"content\":\"1+1?\"},{\"role\":\"assistant\",\"content\":\"2\"}]}\n";

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

    @Test
    void everyTokenOfATextButTheFirstIsLearntOnce() throws IOException {
        String text = "abcdefghijklmnopqrstuvwxy";
        List<Row> rows = all(read("text.txt", text, DataFormat.TEXT, 8, false));
        List<Integer> learnt = new ArrayList<>();
        for (Row row : rows) {
            assertThat(row.inputs()).isLessThanOrEqualTo(8);
            for (int i = 1; i < row.tokens().length; i++) {
                assertThat(row.supervised()[i]).isTrue();
                learnt.add(row.tokens()[i] - 3);
            }
        }
        assertThat(learnt).containsExactlyElementsOf(text.chars().boxed().toList());
        assertThat(rows.getFirst().tokens()).startsWith(TinyModel.BOS, 3 + 'a').hasSize(9);
        // the rest is a shorter row: 25 tokens to learn are three times 8 and 1
        assertThat(rows.getLast().tokens()).containsExactly(3 + 'x', 3 + 'y');
        assertThat(rows.get(1).tokens()[0]).isEqualTo(rows.getFirst().tokens()[8]);
    }

    @Test
    void onlyAnswersAndTheirEndAreLearnt() throws IOException {
        Row row = all(read("chat.jsonl", GOOD + GOOD, DataFormat.CHAT, 100, false)).getFirst();
        StringBuilder learnt = new StringBuilder();
        StringBuilder shown = new StringBuilder();
        for (int i = 0; i < row.tokens().length; i++) {
            int token = row.tokens()[i];
            String text = token == TinyModel.BOS ? "<s>" : token == TinyModel.EOS ? "</s>" : "" + (char) (token - 3);
            (row.supervised()[i] ? learnt : shown).append(text);
        }
        assertThat(shown.toString()).isEqualTo("<s>User:\n1+1?\n\nAssistant:\n");
        assertThat(learnt.toString()).startsWith("2</s>");
        assertThat(row.place()).isEqualTo("chat.jsonl:1");
    }

    @Test
    void severalAnswersAreLearntInOneRow() throws IOException {
        String line =
                """
                {"messages":[{"role":"system","content":"Sum."},{"role":"user","content":"1+1?"},{"role":"assistant",\
                "content":"2"},{"role":"user","content":"2+2?"},{"role":"assistant","content":"4"}]}
                """;
        Row row = all(read("chat.jsonl", line + line, DataFormat.CHAT, 128, false)).getFirst();
        StringBuilder learnt = new StringBuilder();
        for (int i = 0; i < row.tokens().length; i++) {
            if (row.supervised()[i] && row.tokens()[i] > 2) {
                learnt.append((char) (row.tokens()[i] - 3));
            }
        }
        assertThat(learnt.toString().replaceAll("\\s", "")).isEqualTo("24");
        assertThat(row.targets()).isGreaterThanOrEqualTo(4);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{|chat.jsonl:2|JSON",
                "[]|chat.jsonl:2|[]",
                "{\"text\":\"x\"}|chat.jsonl:2|no messages",
                "{\"messages\":[]}|chat.jsonl:2|at least one message",
                "{\"messages\":[3]}|chat.jsonl:2, message 1|3",
                "{\"messages\":[{\"role\":\"human\",\"content\":\"x\"}]}|chat.jsonl:2, message 1|\"human\"",
                "{\"messages\":[{\"role\":\"user\",\"content\":\"x\"}]}|chat.jsonl:2|at least one message of the assistant",
                "{\"messages\":[{\"role\":\"user\",\"content\":7}]}|chat.jsonl:2, message 1|7",
                "{\"messages\":[{\"role\":\"assistant\",\"content\":\"\"}]}|chat.jsonl:2, message 1|content",
                "{\"messages\":[{\"role\":\"assistant\",\"content\":null}]}|chat.jsonl:2, message 1|null",
                "{\"messages\":[{\"role\":\"user\"}]}|chat.jsonl:2, message 1|nothing",
                "{\"messages\":[{\"role\":\"assistant\",\"content\":\"x\",\"weight\":0}]}|message 1|weight",
                "{\"messages\":[{\"role\":\"assistant\",\"content\":\"x\"}],\"tools\":[1]}|chat.jsonl:2|tools",
                "{\"messages\":[{\"role\":\"assistant\",\"content\":\"x\"}]} {}|chat.jsonl:2|JSON",
                "{\"messages\":[{\"role\":\"assistant\",\"content\":\"x\"}],\"messages\":[]}|chat.jsonl:2|uplicate",
                "' '|chat.jsonl:2|an empty line"
            })
    void badLinesAreNamed(String line, String place, String found) {
        assertThatThrownBy(() -> read("chat.jsonl", GOOD + line + "\n" + GOOD, DataFormat.CHAT, 100, false))
                .isInstanceOf(DataException.class)
                .hasMessageContaining(place)
                .hasMessageContaining(found);
    }

    @Test
    void badEncodingIsNamed() throws IOException {
        byte[] bytes = (GOOD + GOOD).getBytes(StandardCharsets.UTF_8);
        bytes[GOOD.length() + 45] = (byte) 0xff;
        Path chats = Files.write(folder.resolve("bad.jsonl"), bytes);
        assertThatThrownBy(() -> Data.read(chats, DataFormat.CHAT, model, new RowOptions(9, false, 0.5), 1))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("bad.jsonl:2: expected text in UTF-8");
        Path text = Files.write(folder.resolve("bad.txt"), new byte[] {'a', 'b', (byte) 0xc3, 'c'});
        assertThatThrownBy(() -> Data.read(text, DataFormat.TEXT, model, new RowOptions(9, false, 0.5), 1))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("byte 2: expected text in UTF-8, found byte 0xc3");
    }

    @Test
    void tooLittleDataIsRefused() {
        assertThatThrownBy(() -> read("empty.txt", "", DataFormat.TEXT, 8, false))
                .hasMessageContaining("at least two tokens");
        assertThatThrownBy(() -> read("empty.jsonl", "\n\n", DataFormat.CHAT, 8, false))
                .hasMessageContaining("empty file");
        assertThatThrownBy(() -> read("one.jsonl", GOOD, DataFormat.CHAT, 100, false))
                .hasMessageContaining("at least two rows");
        assertThatThrownBy(() -> Data.read(
                folder.resolve("none.txt"), DataFormat.TEXT, model, new RowOptions(8, false, 0.5), 1))
                .hasMessageContaining("no such file");
    }

    @Test
    void longRowsAreRefusedOrCutAndCounted() throws IOException {
        String longer = GOOD.replace("\"2\"", "\"" + "2".repeat(40) + "\"");
        String unreachable = GOOD.replace("1+1?", "?".repeat(60));
        String lines = GOOD + longer + unreachable + GOOD;
        assertThatThrownBy(() -> read("chat.jsonl", lines, DataFormat.CHAT, 40, false))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("2 of 4 rows cannot be used")
                .hasMessageContaining("found 66")
                .hasMessageContaining("chat.jsonl:2");
        Data data = read("chat.jsonl", lines, DataFormat.CHAT, 40, true);
        assertThat(data.truncated()).isEqualTo(2);
        assertThat(data.dropped()).isEqualTo(1);
        assertThat(all(data)).hasSize(3).allMatch(row -> row.inputs() <= 40 && row.targets() > 0);
        assertThatThrownBy(() -> read("chat.jsonl", lines, DataFormat.CHAT, 129, true))
                .hasMessageContaining("context of 128, got 129");
    }

    @Test
    void aShareOfTheRowsIsHeldOutByTheSeed() throws IOException {
        String text = "x".repeat(800);
        Data data = read("text.txt", text, DataFormat.TEXT, 8, false);
        assertThat(data.heldOut()).hasSize(10);
        assertThat(data.train()).hasSize(90).doesNotContainAnyElementsOf(data.heldOut());
        Path file = folder.resolve("text.txt");
        Data same = Data.read(file, DataFormat.TEXT, model, new RowOptions(8, false, 0.1), 5);
        Data other = Data.read(file, DataFormat.TEXT, model, new RowOptions(8, false, 0.1), 6);
        assertThat(places(same)).isEqualTo(places(data)).isNotEqualTo(places(other));
        Data tiny = Data.read(file, DataFormat.TEXT, model, new RowOptions(8, false, 1e-9), 6);
        assertThat(tiny.heldOut()).hasSize(1);
    }

    @Test
    void theNameTellsTheFormat() {
        assertThat(DataFormat.of(Path.of("a.JSONL"))).isEqualTo(DataFormat.CHAT);
        assertThat(DataFormat.of(Path.of("a.txt"))).isEqualTo(DataFormat.TEXT);
        assertThatThrownBy(() -> DataFormat.of(Path.of("a.csv"))).isInstanceOf(DataException.class)
                .hasMessageContaining("a.csv");
    }

    private static List<String> places(Data data) {
        return data.heldOut().stream().map(Row::place).toList();
    }

    private static List<Row> all(Data data) {
        List<Row> rows = new ArrayList<>(data.train());
        rows.addAll(data.heldOut());
        rows.sort((a, b) -> Integer.compare(number(a), number(b)));
        return rows;
    }

    /** The first number behind the file's name. */
    private static int number(Row row) {
        String rest = row.place().substring(row.place().indexOf('.'));
        return Integer.parseInt(rest.replaceAll("^\\D+(\\d+).*", "$1"));
    }

    private static Data read(String name, String content, DataFormat format, int maxSequence, boolean truncate)
            throws IOException {
        Path file = Files.writeString(folder.resolve(name), content);
        return Data.read(file, format, model, new RowOptions(maxSequence, truncate, 0.1), 5);
    }
}
