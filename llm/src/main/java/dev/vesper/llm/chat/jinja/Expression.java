package dev.vesper.llm.chat.jinja;

import java.util.List;

/** An expression of a template, as a tree. {@code line} is where it stands, for error messages. */
sealed interface Expression {

    /** A string, number, true, false or none: a value that needs no evaluation. */
    record Literal(Object value) implements Expression {}

    /** What an {@code if} without {@code else} or a parameter without default gives: undefined, for that reason. */
    record Absent(String why) implements Expression {}

    record Name(String name, int line) implements Expression {}

    record Items(Sequence.Kind kind, List<Expression> elements) implements Expression {}

    record DictLiteral(List<Entry> entries, int line) implements Expression {}

    record Entry(Expression key, Expression value) {}

    /** {@code target.name}. */
    record Attribute(Expression target, String name, int line) implements Expression {}

    /** {@code target[index]}. */
    record Item(Expression target, Expression index, int line) implements Expression {}

    /** {@code target[start:stop:step]}, none where a part is left out. */
    record Slice(Expression target, Expression start, Expression stop, Expression step, int line)
            implements Expression {}

    record Call(Expression callee, Passed passed, int line) implements Expression {}

    /** {@code target|name(...)}. */
    record Filter(Expression target, String name, Passed passed, int line) implements Expression {}

    /** {@code target is name(...)}. */
    record Check(Expression target, String name, Passed passed, int line) implements Expression {}

    /** The arguments of a call: {@code (positional, name=value, *spread, **spreadNamed)}. */
    record Passed(
            List<Expression> positional,
            List<NamedArgument> named,
            List<Expression> spread,
            List<Expression> spreadNamed) {
        static final Passed NONE = new Passed(List.of(), List.of(), List.of(), List.of());
    }

    record NamedArgument(String name, Expression value) {}

    /** {@code -operand} or {@code +operand}. */
    record Sign(boolean negative, Expression operand, int line) implements Expression {}

    record Not(Expression operand) implements Expression {}

    /** {@code left and right} or {@code left or right}; gives one of the operands, as in Python. */
    record Logical(boolean and, Expression left, Expression right) implements Expression {}

    /** Arithmetic: {@code + - * / // % **}. */
    record Binary(String operator, Expression left, Expression right, int line) implements Expression {}

    /** {@code first < a <= b ...}: every neighbouring pair must hold. */
    record Comparison(Expression first, List<Comparand> rest, int line) implements Expression {}

    record Comparand(String operator, Expression operand) {}

    /** {@code a ~ b ~ c}. */
    record Concatenation(List<Expression> parts, int line) implements Expression {}

    record Conditional(Expression condition, Expression yes, Expression no) implements Expression {}
}
