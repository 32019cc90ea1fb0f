package dev.vesper.llm.chat.jinja;

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

/** Parses the operands of expressions: literals and names, with the members, calls, filters and tests after them. */
final class OperandParser {
    /** Names that go on with the surrounding expression, so that they cannot be the argument of a test. */
    private static final Set<String> CONNECTING = Set.of("else", "or", "and", "if", "in", "not", "is");

    private final TokenStream tokens;
    private final ExpressionParser expressions;
    /** Every name read since the last {@link #takeNames}; tells a macro what its body uses. */
    private Set<String> names = new HashSet<>();

    OperandParser(TokenStream tokens, ExpressionParser expressions) {
        this.tokens = tokens;
        this.expressions = expressions;
    }

    /** Forgets the names read so far and gives them, so that the caller can put them back with {@link #addNames}. */
    Set<String> takeNames() {
        Set<String> seen = names;
        names = new HashSet<>();
        return seen;
    }

    void addNames(Set<String> seen) {
        names.addAll(seen);
    }

    Expression primary() {
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
        Expression inner = expressions.tuple();
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
            elements.add(expressions.expression());
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
            Expression key = expressions.expression();
            tokens.expectOperator(":");
            entries.add(new Entry(key, expressions.expression()));
        }
        return new Expression.DictLiteral(entries, line);
    }

    Expression members(Expression start) {
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
        Expression index = expressions.tuple();
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
        return absent ? new Literal(None.NONE) : expressions.expression();
    }

    /** The arguments of a call, with their parentheses. */
    private Passed arguments() {
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
                spread.add(expressions.expression());
            } else if (tokens.acceptOperator("**")) {
                spreadNamed.add(expressions.expression());
            } else if (tokens.peek().kind() == Kind.NAME && tokens.peekSecond().isOperator("=")) {
                String name = tokens.take().text();
                tokens.take();
                named.add(new NamedArgument(name, expressions.expression()));
            } else if (named.isEmpty() && spreadNamed.isEmpty()) {
                positional.add(expressions.expression());
            } else {
                throw tokens.expected("a named argument");
            }
        }
        return new Passed(positional, named, spread, spreadNamed);
    }

    Expression filters(Expression start) {
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
