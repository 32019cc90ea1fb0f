package dev.vesper.llm.chat.jinja;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Expressions against what Python's jinja2 3.1 prints for them. */
class ExpressionTest {
    static Map<String, Object> variables() {
        Map<String, Object> dict = new LinkedHashMap<>();
        dict.put("b", 1);
        dict.put("a", new ArrayList<>(Arrays.asList(1, "x", null)));
        dict.put("items", "it");
        Map<String, Object> variables = new LinkedHashMap<>();
        variables.put("s", "Hello World");
        variables.put("u", "über 😀");
        variables.put("n", 7);
        variables.put("l", List.of(3, 1, 2));
        variables.put("d", dict);
        variables.put("no", null);
        variables.put(
                "rows",
                List.of(Map.of("name", "x", "v", 1), Map.of("name", "Y", "v", 3), Map.of("name", "z")));
        return variables;
    }

    static Stream<Arguments> printed() {
        return Stream.of(
                // literals and Python's text forms
                example("none, true, 1, 1.0, 'a'", "(None, True, 1, 1.0, 'a')"),
                example("[1, [], {}, (), (1,)]", "[1, [], {}, (), (1,)]"),
                example("{'a': 1, 'b': [none]}", "{'a': 1, 'b': [None]}"),
                example("[\"it's\", 'say \"x\"', 'both \\' \"', '\\n\\t\\\\\\x00\\u00e9\\u200b']",
                        "[\"it's\", 'say \"x\"', 'both \\' \"', '\\n\\t\\\\\\x00é\\u200b']"),
                example("1e16, 1e15, 0.0001, 0.00001, 1e22, 123456789.123, -0.0",
                        "(1e+16, 1000000000000000.0, 0.0001, 1e-05, 1e+22, 123456789.123, -0.0)"),
                example("'a' 'b' \"c\"", "abc"),
                example("0x1f, 0b11, 0o17, 1_000, 1e3", "(31, 3, 15, 1000, 1000.0)"),
                // arithmetic
                example("7 // 2, -7 // 2, 7 % -3, -7 % 3, 7 / 2, 6 / 2", "(3, -4, -2, 2, 3.5, 3.0)"),
                example("2 ** 3 ** 2, -2 ** 2, 2 ** -1", "(64, 4, 0.5)"),
                example("7.5 // 2, -7.5 % 2", "(3.0, 0.5)"),
                example("9223372036854775807 + 1, 2 ** 100", "(9223372036854775808, 1267650600228229401496703205376)"),
                example("1 ~ 2 * 3 ~ none", "16None"),
                example("'ab' * 2, [1] * 2, 2 * 'x', 'a' * -1", "('abab', [1, 1], 'xx', '')"),
                example("[1] + [2], (1,) + (2,)", "([1, 2], (1, 2))"),
                example("true + 1, 1 == true, 1 == 1.0, '1' == 1, none == false", "(2, True, True, False, False)"),
                // comparison and logic
                example("1 < 2 < 3, 1 < 2 > 3, 3 > 2 >= 2 != 5", "(True, False, True)"),
                example("'a' < 'b', [1, 2] < [1, 3], (1, 2) < (1, 2, 0)", "(True, True, True)"),
                example("'a' in 'abc', 1 not in l, 'b' in d, not 'a' in 'b'", "(True, False, True, True)"),
                example("0 or 'x', 1 and 'y', '' or none, not 1", "('x', 'y', None, False)"),
                example("'a' if no else 'b' if '' else 'c'", "c"),
                example("[s if false]", "[Undefined]"),
                // members and slices
                example("d.b, d['b'], d.a.0, l[-1], s[0], s[-1], u[-1]", "(1, 1, 1, 2, 'H', 'd', '😀')"),
                example("d['items']", "it"),
                example("d.items()|list|length, d.keys(), d.get('z', 9)", "(3, dict_keys(['b', 'a', 'items']), 9)"),
                example("s[1:3], s[::-1], s[::2], s[-3:], s[:-3], s[10:2:-2], s[100:]",
                        "('el', 'dlroW olleH', 'HloWrd', 'rld', 'Hello Wo', 'drWo', '')"),
                example("l[::-1], l[5:], l[-100:2], (1, 2, 3)[1:], range(5)[1:3]|list",
                        "([2, 1, 3], [], [3, 1], (2, 3), [1, 2])"),
                // undefined
                example("nope, l[7], d.nope, s[99]", "(Undefined, Undefined, Undefined, Undefined)"),
                example("nope ~ '|' ~ nope|default('x') ~ no|default('y') ~ no|default('z', true)", "|xNonez"),
                example("nope == nope2, nope == '', nope|length, nope|list, 'x' in nope",
                        "(True, False, 0, [], False)"),
                example("l.append is defined, l.append ~ 'x'", "(False, 'x')"),
                // tests
                example("s is string, d is mapping, l is mapping, nope is iterable, n is sequence",
                        "(True, True, False, True, False)"),
                example("n is number, true is number, true is integer, n is float, 1.5 is float, n is boolean",
                        "(True, True, False, False, True, False)"),
                example("3 is odd, 4 is divisibleby 2, 1 is in [1], 1 is eq 1, 'a' is lower, no is none",
                        "(True, True, True, True, True, True)"),
                example("not s is string, s is not string, 1 + 1 is number", "(False, False, 2)"),
                // filters
                example("s|upper, s|length, 'hELLO wOrld-foo'|title, 'hELLO'|capitalize, '  a '|trim, 'xax'|trim('x')",
                        "('HELLO WORLD', 11, 'Hello World-Foo', 'Hello', 'a', 'a')"),
                example("['b', 'A', 'c']|sort, l|sort(reverse=true), l|first, l|last, l|min, l|max, l|sum",
                        "(['A', 'b', 'c'], [3, 2, 1], 3, 2, 1, 3, 6)"),
                example("[1, none, true]|join(', '), rows|join('-', attribute='name'), 'abc'|join('.')",
                        "('1, None, True', 'x-Y-z', 'a.b.c')"),
                example("rows|map(attribute='v', default=0)|list, ['a']|map('upper')|first", "([1, 3, 0], 'A')"),
                example("rows|selectattr('v', 'defined')|map(attribute='name')|list", "['x', 'Y']"),
                example("rows|rejectattr('v', 'gt', 1)|map(attribute='name')|list if false else 1", "1"),
                example("[1, 2, 3]|select('odd')|list, [0, 1, '']|reject|list", "([1, 3], [0, ''])"),
                example("{'B': 1, 'a': 3}|dictsort, {'B': 1, 'a': 3}|dictsort(true), {'x': 2, 'y': 1}|dictsort(by='value')",
                        "([('a', 3), ('B', 1)], [('B', 1), ('a', 3)], [('y', 1), ('x', 2)])"),
                example("['a', 'A', 'b']|unique|list, [1, 1.0, true]|unique|list, l|reverse|list, 'abc'|reverse",
                        "(['a', 'b'], [1], [2, 1, 3], 'cba')"),
                example("'3.7'|int, 'x'|int(5), -3.9|int, '0x1f'|int(base=16), '3.7'|float, 3|string",
                        "(3, 5, -3, 31, 3.7, '3')"),
                example("2.5|round, 3.5|round, 2.567|round(2), 2.1|round(method='ceil'), 5|round",
                        "(2.0, 4.0, 2.57, 3.0, 5)"),
                example("'a\\n\\nb'|indent(2), 'a\\nb'|indent(2, true), 'aaa'|replace('a', 'b', 1)",
                        "('a\\n\\n  b', '  a\\n  b', 'baa')"),
                example("'<a>'|e, 'a b'|wordcount, [1, 2, 3]|batch(2)|list", "('&lt;a&gt;', 2, [[1, 2], [3]])"),
                // tojson as json.dumps
                example("d|tojson", "{\"b\": 1, \"a\": [1, \"x\", null], \"items\": \"it\"}"),
                example("{'a': [1, {}], 'b': []}|tojson(indent=2)",
                        "{\n  \"a\": [\n    1,\n    {}\n  ],\n  \"b\": []\n}"),
                example("d|tojson(separators=(',', ':'))", "{\"b\":1,\"a\":[1,\"x\",null],\"items\":\"it\"}"),
                example("(u ~ '\"\\n\\x01</')|tojson", "\"über 😀\\\"\\n\\u0001</\""),
                example("u|tojson(ensure_ascii=true)", "\"\\u00fcber \\ud83d\\ude00\""),
                example("{1: 1.0, none: 1e20, true: 2}|tojson(sort_keys=false)", "{\"1\": 2, \"null\": 1e+20}"),
                // methods of strings
                example("' a b\\t'.strip(), 'xxaxyx'.strip('xy'), 'a,b,,c'.split(','), ' a  b '.split(), 'a,b,c'.rsplit(',', 1)",
                        "('a b', 'a', ['a', 'b', '', 'c'], ['a', 'b'], ['a,b', 'c'])"),
                example("s.startswith(('x', 'H')), s.endswith('ld'), s.find('o', 5), s.rfind('o'), s.count('l'), u.find('😀')",
                        "(True, True, 7, 7, 3, 5)"),
                example("\"they're\".title(), 'ab'.center(5, '*'), '-5'.zfill(4), 'ß'.upper(), 'a-b'.partition('-')",
                        "(\"They'Re\", '**ab*', '-005', 'SS', ('a', '-', 'b'))"),
                example("'a\\nb\\r\\n'.splitlines(), 'x.txt'.removesuffix('.txt'), ','.join(['a', 'b'])",
                        "(['a', 'b'], 'x', 'a,b')"),
                example("'{} {a!r:>5} {0[k]:.2f} {{}}'.format({'k': 2}, a='x')", "{'k': 2}   'x' 2.00 {}"),
                example("'{:>5}|{:^5}|{:05d}|{:,}|{:x}|{:%}|{:g}'.format(1, 3, 42, 1234567, 255, 0.25, 1e-7)",
                        "    1|  3  |00042|1,234,567|ff|25.000000%|1e-07"),
                example("'%s %d %.2f %5s|%-5s|%05d %%' % ('a', 3, 2.5, 'r', 'l', 42)", "a 3 2.50     r|l    |00042 %"),
                example("'%(a)s' % {'a': 1}, '%s'|format(2), '%r' % 'x'", "('1', '2', \"'x'\")"),
                // functions
                example("range(3)|list, range(5, 0, -2)|list, dict(a=1), dict([('b', 2)]), namespace(a=1).a",
                        "([0, 1, 2], [5, 3, 1], {'a': 1}, {'b': 2}, 1)"),
                example("strftime_now('%d %b %Y %H:%M:%S %A %B %j %y %p %I %-d')",
                        "02 Jan 2026 03:04:05 Friday January 002 26 AM 03 2"));
    }

    @ParameterizedTest
    @MethodSource
    void printed(String expression, String expected) {
        assertThat(Rendering.render("{{ " + expression + " }}", variables())).isEqualTo(expected);
    }

    static Stream<Arguments> failing() {
        return Stream.of(
                // ~ binds more strongly than +
                example("1 + 2 ~ 3 + 4", "unsupported operand type(s) for +: 'int' and 'str'"),
                example("nope.x", "'nope' is undefined"),
                example("d.nope.x", "'dict object' has no attribute 'nope'"),
                example("l[9].x", "list object has no element 9"),
                example("no.x.y", "'None' has no attribute 'x'"),
                example("nope()", "'nope' is undefined"),
                example("s()", "'str' object is not callable"),
                example("'a' + 1", "can only concatenate str (not \"int\") to str"),
                example("none + 1", "unsupported operand type(s) for +: 'NoneType' and 'int'"),
                example("1 < 'a'", "'<' not supported between instances of 'int' and 'str'"),
                example("1 in 'a'", "'in <string>' requires string as left operand, not int"),
                example("1 // 0", "integer division or modulo by zero"),
                example("nope + 1", "'nope' is undefined"),
                example("nope|tojson", "Object of type Undefined is not JSON serializable"),
                example("l|nope", "No filter named 'nope' found."),
                example("l is nope", "No test named 'nope' found."),
                example("l.append(1)", "access to attribute 'append' of 'list' object is unsafe."),
                example("d.update({})", "access to attribute 'update' of 'dict' object is unsafe."),
                example("s.__class__.__mro__", "access to attribute '__class__' of 'str' object is unsafe."),
                example("[1, 'a']|sort", "'<' not supported between instances of 'str' and 'int'"),
                example("{[]: 1}", "unhashable type: 'list'"),
                example("5|length", "object of type 'int' has no len()"),
                example("raise_exception('no ' ~ n)", "no 7"));
    }

    @ParameterizedTest
    @MethodSource
    void failing(String expression, String message) {
        assertThatExceptionOfType(TemplateException.class)
                .isThrownBy(() -> Rendering.render("first line\n{{ " + expression + " }}", variables()))
                .satisfies(e -> assertThat(e.detail()).isEqualTo(message))
                .satisfies(e -> assertThat(e.line()).isEqualTo(2))
                .withMessage("template test, line 2: " + message);
    }

    private static Arguments example(Object... values) {
        return Arguments.of(values);
    }
}
