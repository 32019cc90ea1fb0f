package dev.vesper.llm.chat.jinja;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.vesper.llm.chat.jinja.TemplateException.Kind;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class SyntaxErrorTest {
    static Stream<Arguments> broken() {
        return Stream.of(
                example("a\n {% if x %}b", 2, 13,
                        "expected '{% elif %}' or '{% else %}' or '{% endif %}' to end the if of line 2, found"
                                + " the end of the template"),
                example("{% for x in y %}", 1, 17,
                        "expected '{% else %}' or '{% endfor %}' to end the for of line 1, found the end of the"
                                + " template"),
                example("{% endif %}", 1, 4, "expected a statement, found 'endif'"),
                example("{% if a %}\n{% endfor %}", 2, 4,
                        "expected if, for, set, macro, call, filter, with, generation, raw, break or"
                                + " continue, found 'endfor'"),
                example("{{ (1 }}", 1, 7, "unexpected '}', nothing that it could close is open"),
                example("{{ 1 + }}", 1, 8, "expected an expression, found '}}'"),
                example("{{ a b }}", 1, 6, "expected '}}', found 'b'"),
                example("{{ a", 1, 1, "expected '}}' to end this tag, found the end of the template"),
                example("ok\n{# a", 2, 1, "expected '#}' to end this comment, found the end of the template"),
                example("{% raw %}x", 1, 1,
                        "expected '{% endraw %}' to end this raw block, found the end of the template"),
                example("{{ 'a }}", 1, 4, "expected ' to end this string, found the end of the template"),
                example("{{ @ }}", 1, 4, "unexpected character '@'"),
                example("{% set 1 = 2 %}", 1, 8, "expected a name, found '1'"),
                example("{% set true = 2 %}", 1, 8, "expected a name to assign to, found 'true'"),
                example("{% break %}", 1, 4, "expected 'break' inside of a loop, found it outside"),
                example("{% for x l %}{% endfor %}", 1, 10, "expected 'in', found 'l'"),
                example("{{ f(a=1, 2) }}", 1, 11, "expected a named argument, found '2'"),
                example("{% macro m(a=1, b) %}{% endmacro %}", 1, 17,
                        "expected a default for the parameter 'b', since one before it has"
                                + " one"),
                example("{{ '\\x4' }}", 1, 4,
                        "expected a string, found one with a broken escape: 2 hexadecimal digits must follow \\x"),
                example("{% include 'x' %}", 1, 4,
                        "expected if, for, set, macro, call, filter, with, generation, raw, break or continue,"
                                + " found 'include'"));
    }

    @ParameterizedTest
    @MethodSource
    void broken(String source, int line, int column, String message) {
        assertThatExceptionOfType(TemplateException.class)
                .isThrownBy(() -> Template.parse("test", source))
                .withMessage("template test, line %d, column %d: %s", line, column, message)
                .satisfies(e -> assertThat(e.kind()).isEqualTo(Kind.SYNTAX))
                .satisfies(e -> assertThat(e.line()).isEqualTo(line))
                .satisfies(e -> assertThat(e.column()).isEqualTo(column));
    }

    private static Arguments example(Object... values) {
        return Arguments.of(values);
    }
}
