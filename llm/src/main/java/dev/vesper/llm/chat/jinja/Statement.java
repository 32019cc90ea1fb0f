package dev.vesper.llm.chat.jinja;

import java.util.List;

/** A statement of a template, as a tree. {@code line} is where it stands, for error messages. */
sealed interface Statement {

    record Text(String text) implements Statement {}

    /** <code>{{ value }}</code>. */
    record Output(Expression value, int line) implements Statement {}

    record If(List<Branch> branches, List<Statement> otherwise) implements Statement {}

    record Branch(Expression condition, List<Statement> body, int line) {}

    /** A loop over the items for which {@code filter} holds; {@code otherwise} runs if there were none. */
    record For(
            Target target,
            Expression iterable,
            Expression filter,
            List<Statement> body,
            List<Statement> otherwise,
            int line)
            implements Statement {}

    record Break() implements Statement {}

    record Continue() implements Statement {}

    record Assign(Target target, Expression value, int line) implements Statement {}

    /** Renders the body and assigns {@code value}, which finds the text under {@link #CAPTURED}. */
    record AssignBlock(Target target, Expression value, List<Statement> body, int line) implements Statement {}

    /** Renders the body and prints {@code value}, which finds the text under {@link #CAPTURED}. */
    record FilterBlock(Expression value, List<Statement> body, int line) implements Statement {}

    record Define(Declaration declaration) implements Statement {}

    /** {@code call(...) callee(...)}: calls {@code call}, handing over {@code caller}. */
    record CallBlock(Expression.Call call, Declaration caller, int line) implements Statement {}

    /** {@code with a=1}, and with no assignments the body of {@code generation}: a scope of its own. */
    record With(List<Assign> assignments, List<Statement> body) implements Statement {}

    /** The name under which a block's text is handed to its filters; no template can spell it. */
    String CAPTURED = " captured";

    /**
     * A macro.
     *
     * @param caller whether the body uses {@code caller}, likewise {@code varargs} and {@code kwargs}; only then may a
     *     call pass them
     */
    record Declaration(
            String name,
            List<Parameter> parameters,
            List<Statement> body,
            boolean caller,
            boolean varargs,
            boolean kwargs,
            int line) {}

    record Parameter(String name, Expression standard) {}

    /** What can stand on the left of an assignment. */
    sealed interface Target {
        record Variable(String name) implements Target {}

        /** {@code namespace.name}. */
        record Member(String namespace, String name) implements Target {}

        record Several(List<Target> targets) implements Target {}
    }
}
