package dev.vesper.llm.chat.jinja;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Statements and white space against what Python's jinja2 3.1 prints with Hugging Face's settings. */
class StatementTest {
    private static final Map<String, Object> VARIABLES = Map.of("l", List.of(3, 1, 2), "s", "S", "t", true);

    static Stream<Arguments> statements() {
        return Stream.of(
                // loops
                example("{% for x in l %}{{ loop.index }}{{ loop.index0 }}{{ loop.revindex }}{{ loop.first }}{{ loop.last }}"
                        + "{{ loop.length }}{{ loop.previtem }}{{ loop.nextitem }}{{ loop.cycle('a', 'b') }};{% endfor %}",
                        "103TrueFalse31a;212FalseFalse332b;321FalseTrue31a;"),
                example("{% for x in [1, 1, 2] %}{{ loop.changed(x) }}{% endfor %}", "TrueFalseTrue"),
                example("{% for x in l if x > 1 %}{{ x }}/{{ loop.length }}{% else %}none{% endfor %}", "3/22/2"),
                example("{% for x in l if x > 9 %}{{ x }}{% else %}none{% endfor %}", "none"),
                example("{% for x in l %}{% if x == 1 %}{% continue %}{% endif %}{{ x }}{% endfor %}", "32"),
                example("{% for x in l %}{% if x == 1 %}{% break %}{% endif %}{{ x }}{% else %}E{% endfor %}", "3"),
                example("{% for k, v in {'a': 1}.items() %}{{ k }}{{ v }}{% endfor %}", "a1"),
                example("{% for (a, b), c in [((1, 2), 3)] %}{{ a + b + c }}{% endfor %}", "6"),
                example("{% for x in nope %}a{% else %}E{% endfor %}", "E"),
                example("{% for x in [{'v': 1, 'c': [{'v': 2, 'c': []}]}] recursive %}{{ x.v }}@{{ loop.depth }}({{ loop(x.c) }})"
                        + "{% endfor %}",
                        "1@1(2@2())"),
                example("{% for x in 'ab' %}{% set outer = loop %}{% for y in 'cd' %}{{ outer.index }}{{ loop.index }} {% endfor %}"
                        + "{% endfor %}",
                        "11 12 21 22 "),
                // scopes
                example("{% set x = 1 %}{% for i in l %}{{ x }}{% set x = x + i %}{{ x }};{% endfor %}{{ x }}",
                        "14;12;13;1"),
                example("{% set ns = namespace(x=1) %}{% for i in l %}{% set ns.x = ns.x + i %}{% endfor %}{{ ns.x }}{{ ns.y }}",
                        "7"),
                example("{% if t %}{% set x = 1 %}{% endif %}{{ x }}", "1"),
                example("{% set a, b = 1, 2 %}{{ a }}{{ b }}", "12"),
                example("{% set x | trim | upper %}  hi {{ s }} {% endset %}[{{ x }}]", "[HI S]"),
                example("{% with a=1, b=2 %}{{ a }}{{ b }}{% endwith %}{{ a }}", "12"),
                example("{% generation %}{{ s }}{% set z = 1 %}{% endgeneration %}{{ z }}", "S"),
                // branches
                example("{% if false %}a{% elif 0 %}b{% elif 'x' %}c{% else %}d{% endif %}", "c"),
                example("{% if nope %}a{% else %}b{% endif %}", "b"),
                // macros
                example("{% macro m(a, b=2) %}[{{ a }},{{ b }}]{% endmacro %}{{ m(1) }}{{ m(1, b=5) }}{{ m(b=1) }}",
                        "[1,2][1,5][,1]"),
                example("{% macro m(a, b=a) %}{{ a }}{{ b }}{% endmacro %}{{ m(1) }}", "11"),
                example("{% macro m() %}{{ varargs }}{{ kwargs }}{% endmacro %}{{ m(1, x=2) }}", "(1,){'x': 2}"),
                example("{% macro f(n) %}{% if n < 2 %}1{% else %}{{ n * f(n - 1)|int }}{% endif %}{% endmacro %}{{ f(5) }}",
                        "120"),
                example("{% set g = 1 %}{% macro m() %}{{ g }}{% set g = 5 %}{{ g }}{% endmacro %}{{ m() }}{{ g }}",
                        "151"),
                example("{% macro m(x) %}<{{ x }}:{{ caller('p') }}>{% endmacro %}{% call(q) m(1) %}{{ q }}{{ s }}{% endcall %}",
                        "<1:pS>"),
                example("{% filter upper %}a{{ s }}b{% endfilter %}", "ASB"),
                // white space: trim_blocks, lstrip_blocks, - and +
                example("a\n  {% if t %}\n  b\n  {% endif %}\nc", "a\n  b\nc"),
                example("a\n  {%+ if t %}\n  b\n  {% endif +%}\nc", "a\n    b\n\nc"),
                example("a\n  {{ s }}  \n b", "a\n  S  \n b"),
                example("a\n  {{- s -}}  \n b", "aSb"),
                example("x  {% if t %}  y{% endif %}", "x    y"),
                example("{% if t -%}  \n\n a {%- endif %}  b", "a  b"),
                example("a\n  {#- c -#}  \nb", "ab"),
                example("a\n  {# c #}\nb", "a\nb"),
                example("a\r\nb\rc{% if t %}\r\nd{% endif %}\r\n", "a\nb\ncd"),
                example("a\n\n", "a\n"),
                example("{% raw %}\n{{ x }} {% if %}\n{% endraw %}\nb", "\n{{ x }} {% if %}\nb"),
                example("a {%- raw -%}  {{ x }}  {%- endraw -%} b", "a{{ x }}b"),
                example("{{ '}}' }}{{ {'a': {'b': 1}}['a']['b'] }}{{ '{%' }}", "}}1{%"),
                example("{{-1}}", "1"));
    }

    @ParameterizedTest
    @MethodSource
    void statements(String source, String expected) {
        assertThat(Rendering.render(source, VARIABLES)).isEqualTo(expected);
    }

    private static Arguments example(Object... values) {
        return Arguments.of(values);
    }
}
