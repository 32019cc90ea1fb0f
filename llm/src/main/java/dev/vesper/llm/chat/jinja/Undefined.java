package dev.vesper.llm.chat.jinja;

import dev.vesper.llm.chat.jinja.TemplateException.Kind;

/**
 * A value that is not there. It prints as nothing, is false and empty; anything else done with it, such as calling it,
 * fails with {@code message}.
 *
 * @param forbidden whether it is there but the sandbox does not give it out
 */
record Undefined(String message, boolean forbidden) {

    static Undefined because(String message) {
        return new Undefined(message, false);
    }

    static Undefined name(String name) {
        return because("'%s' is undefined".formatted(name));
    }

    /** What {@code target.name} or {@code target[name]} gives where there is no such member. */
    static Undefined member(Object target, Object name) {
        String owner = target == None.NONE ? "None" : PythonText.typeName(target) + " object";
        return because(
                name instanceof String
                        ? "'%s' has no attribute '%s'".formatted(owner, name)
                        : "%s has no element %s".formatted(owner, PythonText.shortForm(name)));
    }

    static Undefined forbidden(Object target, String name) {
        return new Undefined(
                "access to attribute '%s' of '%s' object is unsafe.".formatted(name, PythonText.typeName(target)),
                true);
    }

    TemplateException failure() {
        return TemplateException.of(forbidden ? Kind.SECURITY : Kind.UNDEFINED, message);
    }
}
