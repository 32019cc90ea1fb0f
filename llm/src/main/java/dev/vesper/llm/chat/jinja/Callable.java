package dev.vesper.llm.chat.jinja;

/** Something that a template can call. */
sealed interface Callable {

    /** A macro or the body of a call block, with the scope that it was defined in. */
    record Macro(Statement.Declaration declaration, Scope scope) implements Callable {}

    /** A method of a string, dict, list or loop, bound to it. */
    record Method(Object receiver, String name) implements Callable {}

    /** A function that this package provides. */
    record Function(String name, Body body) implements Callable {}

    @FunctionalInterface
    interface Body {
        Object call(Evaluator evaluator, Arguments arguments);
    }
}
