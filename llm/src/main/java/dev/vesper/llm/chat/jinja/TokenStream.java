package dev.vesper.llm.chat.jinja;

import dev.vesper.llm.chat.jinja.Token.Kind;
import java.util.List;

/** The place in the tokens where the parsers are, and how deep they have gone. */
final class TokenStream {
    private final List<Token> tokens;
    private int next;
    private int depth;

    TokenStream(List<Token> tokens) {
        this.tokens = tokens;
    }

    Token peek() {
        return tokens.get(next);
    }

    /** The token after {@link #peek()}. */
    Token peekSecond() {
        return tokens.get(Math.min(next + 1, tokens.size() - 1));
    }

    Token take() {
        Token token = tokens.get(next);
        if (token.kind() != Kind.END) {
            next++;
        }
        return token;
    }

    boolean acceptOperator(String operator) {
        boolean found = peek().isOperator(operator);
        if (found) {
            next++;
        }
        return found;
    }

    boolean acceptName(String name) {
        boolean found = peek().isName(name);
        if (found) {
            next++;
        }
        return found;
    }

    Token expect(Kind kind) {
        if (peek().kind() != kind) {
            throw expected(kind.description());
        }
        return take();
    }

    void expectOperator(String operator) {
        if (!acceptOperator(operator)) {
            throw expected("'" + operator + "'");
        }
    }

    void expectName(String name) {
        if (!acceptName(name)) {
            throw expected("'" + name + "'");
        }
    }

    /** The error that {@code what} should stand here but something else does. */
    TemplateException expected(String what) {
        return error(peek(), "expected %s, found %s".formatted(what, peek().shown()));
    }

    static TemplateException error(Token at, String message) {
        return TemplateException.syntax(at.line(), at.column(), message);
    }

    /** Goes one level into something nested; the parsers recurse, so this is what bounds their stack. */
    void enter() {
        if (++depth > Limits.NESTING) {
            throw error(peek(), "expected at most %d levels of nesting, found more".formatted(Limits.NESTING));
        }
    }

    void leave() {
        depth--;
    }
}
