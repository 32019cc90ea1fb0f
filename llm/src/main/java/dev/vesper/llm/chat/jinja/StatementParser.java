package dev.vesper.llm.chat.jinja;

import dev.vesper.llm.chat.jinja.Expression.Literal;
import dev.vesper.llm.chat.jinja.Statement.Branch;
import dev.vesper.llm.chat.jinja.Statement.Declaration;
import dev.vesper.llm.chat.jinja.Statement.Parameter;
import dev.vesper.llm.chat.jinja.Statement.Target;
import dev.vesper.llm.chat.jinja.Token.Kind;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Parses a template: text, output and the statements that chat templates use. */
final class StatementParser {
    private static final Set<String> CONSTANTS = Set.of("true", "false", "none", "True", "False", "None");

    private final TokenStream tokens;
    private final ExpressionParser expressions;
    private int loops;

    private StatementParser(TokenStream tokens) {
        this.tokens = tokens;
        this.expressions = new ExpressionParser(tokens);
    }

    static List<Statement> parse(String source) {
        var tokens = new TokenStream(Lexer.tokens(source));
        var parser = new StatementParser(tokens);
        List<Statement> body = parser.body(tokens.peek(), "template", Set.of());
        if (tokens.peek().kind() != Kind.END) {
            tokens.take();
            throw tokens.expected("a statement");
        }
        return body;
    }

    /** Statements up to a block that begins with one of {@code ends}; that block is left to be read. */
    private List<Statement> body(Token opening, String what, Set<String> ends) {
        tokens.enter();
        List<Statement> statements = new ArrayList<>();
        while (true) {
            Token token = tokens.peek();
            switch (token.kind()) {
                case TEXT -> statements.add(new Statement.Text(tokens.take().text()));
                case OUTPUT_BEGIN -> {
                    tokens.take();
                    statements.add(new Statement.Output(expressions.tuple(), token.line()));
                    tokens.expect(Kind.OUTPUT_END);
                }
                case BLOCK_BEGIN -> {
                    Token word = tokens.peekSecond();
                    if (isEnd(word, ends)) {
                        tokens.leave();
                        return statements;
                    }
                    tokens.take();
                    statements.add(statement(tokens.expect(Kind.NAME)));
                }
                default -> {
                    if (ends.isEmpty()) {
                        tokens.leave();
                        return statements;
                    }
                    throw tokens.expected("'{%% %s %%}' to end the %s of line %d"
                            .formatted(String.join(" %}' or '{% ", ends.stream().sorted().toList()), what,
                                    opening.line()));
                }
            }
        }
    }

    private static boolean isEnd(Token word, Set<String> ends) {
        return word.kind() == Kind.NAME && (ends.contains(word.text()) || (ends.isEmpty() && isEndWord(word.text())));
    }

    private static boolean isEndWord(String word) {
        return word.startsWith("end") || word.equals("else") || word.equals("elif");
    }

    private void end(String word) {
        tokens.expect(Kind.BLOCK_BEGIN);
        tokens.expectName(word);
        tokens.expect(Kind.BLOCK_END);
    }

    private Statement statement(Token word) {
        return switch (word.text()) {
            case "if" -> ifBlock(word);
            case "for" -> forBlock(word);
            case "set" -> set(word);
            case "macro" -> macro(word);
            case "call" -> callBlock(word);
            case "filter" -> filterBlock(word);
            case "with" -> with(word);
            case "generation" -> generation(word);
            case "break" -> loopControl(word, new Statement.Break());
            case "continue" -> loopControl(word, new Statement.Continue());
            default -> throw TokenStream.error(word,
                    "expected if, for, set, macro, call, filter, with, generation, raw, break or continue, found '%s'"
                            .formatted(word.text()));
        };
    }

    private Statement loopControl(Token word, Statement statement) {
        if (loops == 0) {
            throw TokenStream.error(word, "expected '%s' inside of a loop, found it outside".formatted(word.text()));
        }
        tokens.expect(Kind.BLOCK_END);
        return statement;
    }

    private Statement ifBlock(Token word) {
        List<Branch> branches = new ArrayList<>();
        List<Statement> otherwise = List.of();
        Token opening = word;
        while (true) {
            Expression condition = expressions.tuple();
            tokens.expect(Kind.BLOCK_END);
            List<Statement> body = body(opening, opening.text(), Set.of("elif", "else", "endif"));
            branches.add(new Branch(condition, body, opening.line()));
            tokens.expect(Kind.BLOCK_BEGIN);
            opening = tokens.take();
            if (opening.isName("elif")) {
                continue;
            }
            tokens.expect(Kind.BLOCK_END);
            if (opening.isName("else")) {
                otherwise = body(opening, "else", Set.of("endif"));
                end("endif");
            }
            return new Statement.If(branches, otherwise);
        }
    }

    private Statement forBlock(Token word) {
        Target target = target(false);
        tokens.expectName("in");
        Expression iterable = expressions.iterable();
        Expression filter = tokens.acceptName("if") ? expressions.expression() : new Literal(true);
        // any loop here can call itself through loop(...), so that the word says nothing new
        tokens.acceptName("recursive");
        tokens.expect(Kind.BLOCK_END);
        loops++;
        List<Statement> body = body(word, "for", Set.of("else", "endfor"));
        loops--;
        List<Statement> otherwise = List.of();
        if (tokens.peekSecond().isName("else")) {
            end("else");
            otherwise = body(word, "for", Set.of("endfor"));
        }
        end("endfor");
        return new Statement.For(target, iterable, filter, body, otherwise, word.line());
    }

    private Target target(boolean members) {
        Target first = singleTarget(members);
        if (!tokens.peek().isOperator(",")) {
            return first;
        }
        List<Target> targets = new ArrayList<>(List.of(first));
        while (tokens.acceptOperator(",")) {
            boolean another = tokens.peek().kind() == Kind.NAME && !tokens.peek().isName("in");
            if (!another && !tokens.peek().isOperator("(")) {
                break;
            }
            targets.add(singleTarget(members));
        }
        return new Target.Several(targets);
    }

    private Target singleTarget(boolean members) {
        if (tokens.peek().isOperator("(")) {
            tokens.enter();
            tokens.take();
            Target inner = target(members);
            tokens.expectOperator(")");
            tokens.leave();
            return inner;
        }
        Token name = tokens.expect(Kind.NAME);
        if (CONSTANTS.contains(name.text())) {
            throw TokenStream.error(name, "expected a name to assign to, found '%s'".formatted(name.text()));
        }
        if (members && tokens.acceptOperator(".")) {
            return new Target.Member(name.text(), tokens.expect(Kind.NAME).text());
        }
        return new Target.Variable(name.text());
    }

    private Statement set(Token word) {
        Target target = target(true);
        if (tokens.acceptOperator("=")) {
            Expression value = expressions.tuple();
            tokens.expect(Kind.BLOCK_END);
            return new Statement.Assign(target, value, word.line());
        }
        Expression value = captured(word);
        if (tokens.acceptOperator("|")) {
            value = expressions.operands().filterChain(value);
        }
        tokens.expect(Kind.BLOCK_END);
        List<Statement> body = body(word, "set", Set.of("endset"));
        end("endset");
        return new Statement.AssignBlock(target, value, body, word.line());
    }

    private static Expression captured(Token word) {
        return new Expression.Name(Statement.CAPTURED, word.line());
    }

    private Statement macro(Token word) {
        Token name = tokens.expect(Kind.NAME);
        return new Statement.Define(declaration(word, name.text(), "endmacro"));
    }

    private Declaration declaration(Token word, String name, String endWord) {
        // a macro is a function of its own: break in it cannot end a loop around it
        int outerLoops = loops;
        loops = 0;
        Set<String> outerNames = expressions.operands().takeNames();
        List<Parameter> parameters = tokens.peek().isOperator("(") ? parameters() : List.of();
        if (word.isName("macro")) {
            tokens.expect(Kind.BLOCK_END);
        }
        List<Statement> body = body(word, word.text(), Set.of(endWord));
        end(endWord);
        Set<String> used = expressions.operands().takeNames();
        expressions.operands().addNames(outerNames);
        loops = outerLoops;
        return new Declaration(
                name,
                parameters,
                body,
                used.contains("caller"),
                used.contains("varargs"),
                used.contains("kwargs"),
                word.line());
    }

    private List<Parameter> parameters() {
        List<Parameter> parameters = new ArrayList<>();
        tokens.expectOperator("(");
        boolean optional = false;
        while (!tokens.acceptOperator(")")) {
            if (!parameters.isEmpty()) {
                tokens.expectOperator(",");
                if (tokens.acceptOperator(")")) {
                    break;
                }
            }
            Token name = tokens.expect(Kind.NAME);
            if (tokens.acceptOperator("=")) {
                parameters.add(new Parameter(name.text(), expressions.expression()));
                optional = true;
            } else if (optional) {
                throw TokenStream.error(name, "expected a default for the parameter '%s', since one before it has one"
                        .formatted(name.text()));
            } else {
                parameters.add(new Parameter(
                        name.text(), new Expression.Absent("parameter '%s' was not provided".formatted(name.text()))));
            }
        }
        return parameters;
    }

    private Statement callBlock(Token word) {
        List<Parameter> parameters = tokens.peek().isOperator("(") ? parameters() : List.of();
        Token start = tokens.peek();
        if (!(expressions.expression() instanceof Expression.Call call)) {
            throw TokenStream.error(start, "expected a call, found another expression");
        }
        tokens.expect(Kind.BLOCK_END);
        Declaration body = declaration(word, "caller", "endcall");
        var caller = new Declaration(
                "caller", parameters, body.body(), body.caller(), body.varargs(), body.kwargs(), word.line());
        return new Statement.CallBlock(call, caller, word.line());
    }

    private Statement filterBlock(Token word) {
        Expression value = expressions.operands().filterChain(captured(word));
        tokens.expect(Kind.BLOCK_END);
        List<Statement> body = body(word, "filter", Set.of("endfilter"));
        end("endfilter");
        return new Statement.FilterBlock(value, body, word.line());
    }

    private Statement with(Token word) {
        List<Statement.Assign> assignments = new ArrayList<>();
        while (tokens.peek().kind() != Kind.BLOCK_END) {
            if (!assignments.isEmpty()) {
                tokens.expectOperator(",");
            }
            Target target = singleTarget(false);
            tokens.expectOperator("=");
            assignments.add(new Statement.Assign(target, expressions.expression(), word.line()));
        }
        tokens.expect(Kind.BLOCK_END);
        List<Statement> body = body(word, "with", Set.of("endwith"));
        end("endwith");
        return new Statement.With(assignments, body);
    }

    /** Hugging Face's marker for the parts that a model writes; it renders its body as if it were not there. */
    private Statement generation(Token word) {
        tokens.expect(Kind.BLOCK_END);
        List<Statement> body = body(word, "generation", Set.of("endgeneration"));
        end("endgeneration");
        return new Statement.With(List.of(), body);
    }
}
