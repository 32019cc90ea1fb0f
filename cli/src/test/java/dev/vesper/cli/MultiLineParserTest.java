package dev.vesper.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.jline.reader.EOFError;
import org.jline.reader.Parser.ParseContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class MultiLineParserTest {
    private final MultiLineParser parser = new MultiLineParser();

    @ParameterizedTest
    @ValueSource(strings = {"a\\", "a\\\nb\\", "\"\"\"", "\"\"\"a", "\"\"\"a\nb\"\"", "\"\"\"\"\""})
    void goesOn(String line) {
        assertThatThrownBy(() -> parser.parse(line, 0, ParseContext.ACCEPT_LINE)).isInstanceOf(EOFError.class);
        assertThat(parser.parse(line, 0, ParseContext.COMPLETE).line()).isEqualTo(line);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "a", "a\\\nb", "a\"\"\"", "\"\"\"\"\"\"", "\"\"\"a\nb\"\"\"", "it's \"so\""})
    void isWhole(String line) {
        assertThat(parser.parse(line, 0, ParseContext.ACCEPT_LINE).words()).containsExactly(line);
    }

    @Test
    void marksAreNoPartOfTheText() {
        assertThat(MultiLineParser.text("a\\\nb")).isEqualTo("a\nb");
        assertThat(MultiLineParser.text("\"\"\"\n a\\\nb \"\"\"")).isEqualTo("a\\\nb");
        assertThat(MultiLineParser.text("\"\"\"\"\"\"")).isEmpty();
        assertThat(MultiLineParser.text("plain \"\"\" text")).isEqualTo("plain \"\"\" text");
    }
}
