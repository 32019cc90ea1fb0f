package dev.vesper.llm.chat.jinja;

import dev.vesper.llm.chat.jinja.Expression.Comparand;
import dev.vesper.llm.chat.jinja.Token.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * Parses expressions down to their operands. From weakest to strongest: {@code if else}, {@code or}, {@code and},
 * {@code not}, comparisons and {@code in}, {@code + -}, {@code ~}, {@code * / // %}, {@code **} (grouping to the left,
 * unlike Python's), sign, then the members, calls, filters and tests that {@link OperandParser} reads.
 */
final class ExpressionParser {
    private static final Set<String> COMPARISONS = Set.of("==", "!=", "<", "<=", ">", ">=");
    private static final Set<String> SUMS = Set.of("+", "-");
    private static final Set<String> PRODUCTS = Set.of("*", "/", "//", "%");

    private final TokenStream tokens;
    private final OperandParser operands;

    ExpressionParser(TokenStream tokens) {
        this.tokens = tokens;
        this.operands = new OperandParser(tokens, this);
    }

    OperandParser operands() {
        return operands;
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
            value = operands.primary();
        }
        value = operands.members(value);
        return filtered ? operands.filters(value) : value;
    }
}
