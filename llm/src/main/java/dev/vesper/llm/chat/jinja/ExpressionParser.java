package dev.vesper.llm.chat.jinja;

import dev.vesper.llm.chat.jinja.Expression.Comparand;
import dev.vesper.llm.chat.jinja.Expression.Entry;
import dev.vesper.llm.chat.jinja.Expression.Literal;
import dev.vesper.llm.chat.jinja.Expression.NamedArgument;
import dev.vesper.llm.chat.jinja.Expression.Passed;
import dev.vesper.llm.chat.jinja.Token.Kind;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Parses expressions. From weakest to strongest: {@code if else}, {@code or}, {@code and}, {@code not}, comparisons and
 * {@code in}, {@code + -}, {@code ~}, {@code * / // %}, {@code **} (grouping to the left, unlike Python's), sign, then
 * members, calls, filters and tests.
 */
final class ExpressionParser {
    private static final Set<String> COMPARISONS = Set.of("==", "!=", "<", "<=", ">", ">=");
    private static final Set<String> SUMS = Set.of("+", "-");
    private static final Set<String> PRODUCTS = Set.of("*", "/", "//", "%");
    /** Names that go on with the surrounding expression, so that they cannot be the argument of a test. */
    private static final Set<String> CONNECTING = Set.of("else", "or", "and", "if", "in", "not", "is");

    private final TokenStream tokens;
    /** Every name read so far since the last {@link #namesSince}; tells a macro what its body uses. */
    private Set<String> names = new HashSet<>();

    ExpressionParser(TokenStream tokens) {
        this.tokens = tokens;
    }

    /** Forgets the names seen so far and gives them, so that the caller can put them back with {@link #addNames}. */
    Set<String> namesSince() {
        Set<String> seen = names;
        names = new HashSet<>();
        return seen;
    }

    void addNames(Set<String> seen) {
        names.addAll(seen);
    }

    Expression expression() {
        tokens.enter();
        Expression value = or();
        while (tokens.acceptName("if")) {
            Expression condition = or();
            int line = tokens.peek().line();
            Expression no = tokens.acceptName("else")
                    ? expression()
                    : new Expression.Absent(
                            "the inline if-expression on line %d evaluated to false and no else section was defined."
                                    .formatted(line));
            value = new Expression.Conditional(condition, value, no);
        }
        tokens.leave();
        return value;
    }

    /** An expression, or several with commas between, which make a tuple. */
    Expression tuple() {
        Expression first = expression();
        if (!tokens.peek().isOperator(",")) {
            return first;
        }
        List<Expression> elements = new ArrayList<>(List.of(first));
        while (tokens.acceptOperator(",") && !atTupleEnd()) {
            elements.add(expression());
        }
        return new Expression.Items(Sequence.Kind.TUPLE, elements);
    }

    private boolean atTupleEnd() {
        Token token = tokens.peek();
        return token.kind() == Kind.BLOCK_END
                || token.kind() == Kind.OUTPUT_END
                || token.isOperator(")")
                || token.isOperator("]");
    }

    /** What a loop goes over: a tuple without {@code if else}, since {@code if} filters the loop. */
    Expression iterable() {
        Expression first = or();
        if (!tokens.peek().isOperator(",")) {
            return first;
        }
        List<Expression> elements = new ArrayList<>(List.of(first));
        while (tokens.acceptOperator(",") && !atTupleEnd()) {
            elements.add(or());
        }
        return new Expression.Items(Sequence.Kind.TUPLE, elements);
    }

    private Expression or() {
        Expression left = and();
        while (tokens.acceptName("or")) {
            left = new Expression.Logical(false, left, and());
        }
        return left;
    }

    private Expression and() {
        Expression left = not();
        while (tokens.acceptName("and")) {
            left = new Expression.Logical(true, left, not());
        }
        return left;
    }

    private Expression not() {
        if (!tokens.acceptName("not")) {
            return comparison();
        }
        tokens.enter();
        Expression operand = not();
        tokens.leave();
        return new Expression.Not(operand);
    }

    private Expression comparison() {
        int line = tokens.peek().line();
        Expression first = sum();
        List<Comparand> rest = new ArrayList<>();
        while (true) {
            Token token = tokens.peek();
            if (token.kind() == Kind.OPERATOR && COMPARISONS.contains(token.text())) {
                rest.add(new Comparand(tokens.take().text(), sum()));
            } else if (tokens.acceptName("in")) {
                rest.add(new Comparand("in", sum()));
            } else if (token.isName("not") && tokens.peekSecond().isName("in")) {
                tokens.take();
                tokens.take();
                rest.add(new Comparand("not in", sum()));
            } else {
                return rest.isEmpty() ? first : new Expression.Comparison(first, rest, line);
            }
        }
    }

    private boolean atOperator(Set<String> operators) {
        return tokens.peek().kind() == Kind.OPERATOR && operators.contains(tokens.peek().text());
    }

    private Expression sum() {
        Expression left = concatenation();
        while (atOperator(SUMS)) {
            Token operator = tokens.take();
            left = new Expression.Binary(operator.text(), left, concatenation(), operator.line());
        }
        return left;
    }

    private Expression concatenation() {
        Expression first = product();
        if (!tokens.peek().isOperator("~")) {
            return first;
        }
        int line = tokens.peek().line();
        List<Expression> parts = new ArrayList<>(List.of(first));
        while (tokens.acceptOperator("~")) {
            parts.add(product());
        }
        return new Expression.Concatenation(parts, line);
    }

    private Expression product() {
        Expression left = power();
        while (atOperator(PRODUCTS)) {
            Token operator = tokens.take();
            left = new Expression.Binary(operator.text(), left, power(), operator.line());
        }
        return left;
    }

    private Expression power() {
        Expression left = unary(true);
        while (tokens.peek().isOperator("**")) {
            Token operator = tokens.take();
            left = new Expression.Binary(operator.text(), left, unary(true), operator.line());
        }
        return left;
    }

    private Expression unary(boolean filtered) {
        Expression value;
        if (atOperator(SUMS)) {
            Token sign = tokens.take();
            tokens.enter();
            value = new Expression.Sign(sign.text().equals("-"), unary(false), sign.line());
            tokens.leave();
        } else {
            value = primary();
        }
        value = members(value);
        return filtered ? filters(value) : value;
    }

    private Expression primary() {
        Token token = tokens.peek();
        return switch (token.kind()) {
            case NAME -> name(tokens.take());
            case STRING -> string();
            case INTEGER -> new Literal(integer(tokens.take()));
            case FLOAT -> new Literal(Double.parseDouble(tokens.take().text()));
            case OPERATOR -> switch (token.text()) {
                case "(" -> parentheses();
                case "[" -> list();
                case "{" -> dict();
                default -> throw tokens.expected("an expression");
            };
            default -> throw tokens.expected("an expression");
        };
    }

    private Expression name(Token token) {
        return switch (token.text()) {
            case "true", "True" -> new Literal(true);
            case "false", "False" -> new Literal(false);
            case "none", "None" -> new Literal(None.NONE);
            default -> {
                names.add(token.text());
                yield new Expression.Name(token.text(), token.line());
            }
        };
    }

    private Expression string() {
        var text = new StringBuilder();
        while (tokens.peek().kind() == Kind.STRING) {
            text.append(tokens.take().text());
        }
        return new Literal(text.toString());
    }

    private static Object integer(Token token) {
        String digits = token.text();
        int radix = digits.length() < 2
                ? 10
                : switch (digits.charAt(1)) {
                    case 'x', 'X' -> 16;
                    case 'o', 'O' -> 8;
                    case 'b', 'B' -> 2;
                    default -> 10;
                };
        try {
            return Numbers.normal(new BigInteger(radix == 10 ? digits : digits.substring(2), radix));
        } catch (NumberFormatException e) {
            throw TokenStream.error(token, "expected an integer, found '%s'".formatted(digits));
        }
    }

    private Expression parentheses() {
        tokens.take();
        if (tokens.acceptOperator(")")) {
            return new Expression.Items(Sequence.Kind.TUPLE, List.of());
        }
        Expression inner = tuple();
        tokens.expectOperator(")");
        return inner;
    }

    private Expression list() {
        tokens.take();
        List<Expression> elements = new ArrayList<>();
        while (!tokens.acceptOperator("]")) {
            if (!elements.isEmpty()) {
                tokens.expectOperator(",");
                if (tokens.acceptOperator("]")) {
                    break;
                }
            }
            elements.add(expression());
        }
        return new Expression.Items(Sequence.Kind.LIST, elements);
    }

    private Expression dict() {
        int line = tokens.take().line();
        List<Entry> entries = new ArrayList<>();
        while (!tokens.acceptOperator("}")) {
            if (!entries.isEmpty()) {
                tokens.expectOperator(",");
                if (tokens.acceptOperator("}")) {
                    break;
                }
            }
            Expression key = expression();
            tokens.expectOperator(":");
            entries.add(new Entry(key, expression()));
        }
        return new Expression.DictLiteral(entries, line);
    }

    private Expression members(Expression start) {
        Expression target = start;
        while (true) {
            Token token = tokens.peek();
            if (tokens.acceptOperator(".")) {
                Token member = tokens.take();
                target = switch (member.kind()) {
                    case NAME -> new Expression.Attribute(target, member.text(), token.line());
                    case INTEGER -> new Expression.Item(target, new Literal(integer(member)), token.line());
                    default -> throw TokenStream.error(
                            member, "expected a name or an integer after '.', found " + member.shown());
                };
            } else if (tokens.acceptOperator("[")) {
                target = item(target, token.line());
            } else if (token.isOperator("(")) {
                target = new Expression.Call(target, arguments(), token.line());
            } else {
                return target;
            }
        }
    }

    private Expression item(Expression target, int line) {
        if (tokens.peek().isOperator(":")) {
            return slice(target, new Literal(None.NONE), line);
        }
        Expression index = tuple();
        if (tokens.peek().isOperator(":")) {
            return slice(target, index, line);
        }
        tokens.expectOperator("]");
        return new Expression.Item(target, index, line);
    }

    private Expression slice(Expression target, Expression start, int line) {
        tokens.expectOperator(":");
        Expression stop = slicePart();
        Expression step = tokens.acceptOperator(":") ? slicePart() : new Literal(None.NONE);
        tokens.expectOperator("]");
        return new Expression.Slice(target, start, stop, step, line);
    }

    private Expression slicePart() {
        boolean absent = tokens.peek().isOperator(":") || tokens.peek().isOperator("]");
        return absent ? new Literal(None.NONE) : expression();
    }

    /** The arguments of a call, with their parentheses. */
    Passed arguments() {
        List<Expression> positional = new ArrayList<>();
        List<NamedArgument> named = new ArrayList<>();
        List<Expression> spread = new ArrayList<>();
        List<Expression> spreadNamed = new ArrayList<>();
        tokens.expectOperator("(");
        boolean first = true;
        while (!tokens.acceptOperator(")")) {
            if (!first) {
                tokens.expectOperator(",");
                if (tokens.acceptOperator(")")) {
                    break;
                }
            }
            first = false;
            if (tokens.acceptOperator("*")) {
                spread.add(expression());
            } else if (tokens.acceptOperator("**")) {
                spreadNamed.add(expression());
            } else if (tokens.peek().kind() == Kind.NAME && tokens.peekSecond().isOperator("=")) {
                String name = tokens.take().text();
                tokens.take();
                named.add(new NamedArgument(name, expression()));
            } else if (named.isEmpty() && spreadNamed.isEmpty()) {
                positional.add(expression());
            } else {
                throw tokens.expected("a named argument");
            }
        }
        return new Passed(positional, named, spread, spreadNamed);
    }

    private Expression filters(Expression start) {
        Expression target = start;
        while (true) {
            Token token = tokens.peek();
            if (token.isOperator("|")) {
                target = filter(target);
            } else if (tokens.acceptName("is")) {
                target = check(target);
            } else if (token.isOperator("(")) {
                target = new Expression.Call(target, arguments(), token.line());
            } else {
                return target;
            }
        }
    }

    /** One or more filters after each other, the first of them without its {@code |}, as blocks write them. */
    Expression filterChain(Expression start) {
        Expression target = namedFilter(start);
        while (tokens.peek().isOperator("|")) {
            target = filter(target);
        }
        return target;
    }

    private Expression filter(Expression target) {
        tokens.expectOperator("|");
        return namedFilter(target);
    }

    private Expression namedFilter(Expression target) {
        Token name = tokens.expect(Kind.NAME);
        Passed passed = tokens.peek().isOperator("(") ? arguments() : Passed.NONE;
        return new Expression.Filter(target, name.text(), passed, name.line());
    }

    private Expression check(Expression target) {
        boolean negated = tokens.acceptName("not");
        Token name = tokens.expect(Kind.NAME);
        Passed passed = Passed.NONE;
        if (tokens.peek().isOperator("(")) {
            passed = arguments();
        } else if (atTestArgument()) {
            passed = new Passed(List.of(members(primary())), List.of(), List.of(), List.of());
        }
        Expression check = new Expression.Check(target, name.text(), passed, name.line());
        return negated ? new Expression.Not(check) : check;
    }

    private boolean atTestArgument() {
        Token token = tokens.peek();
        return switch (token.kind()) {
            case NAME -> !CONNECTING.contains(token.text());
            case STRING, INTEGER, FLOAT -> true;
            case OPERATOR -> token.isOperator("[") || token.isOperator("{");
            default -> false;
        };
    }
}
