package dev.vesper.llm.chat.jinja;

/** A chat template that cannot be read, cannot be rendered, or said itself that it will not render this conversation. */
public final class TemplateException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** What went wrong; the names in brackets are what Python's jinja2 raises in the same place. */
    public enum Kind {
        /** The source is not a template, or uses a part of Jinja that chat templates do not use (TemplateSyntaxError). */
        SYNTAX,
        /** Something undefined was used where a value is needed (UndefinedError). */
        UNDEFINED,
        /** A value of the wrong type, or an unknown filter or test (TypeError, TemplateRuntimeError). */
        TYPE,
        /** A value outside of what the operation takes (ValueError, ZeroDivisionError, OverflowError, KeyError). */
        VALUE,
        /** The template tried what the sandbox forbids, such as changing a list (SecurityError). */
        SECURITY,
        /** The template called {@code raise_exception}; {@link #detail()} is exactly its message. */
        RAISED,
        /** The template exceeded one of the {@link Limits}. */
        LIMIT,
        /** The template rendered, but not in a form that can be split into prompt and answer for training. */
        SPLIT
    }

    private final Kind kind;
    private final String detail;
    private final int line;
    private final int column;

    private TemplateException(Kind kind, String detail, String where, int line, int column) {
        super(where + detail);
        this.kind = kind;
        this.detail = detail;
        this.line = line;
        this.column = column;
    }

    /** An exception whose place is not known, or not known yet. */
    public static TemplateException of(Kind kind, String detail) {
        return new TemplateException(kind, detail, "", 0, 0);
    }

    static TemplateException syntax(int line, int column, String detail) {
        return new TemplateException(Kind.SYNTAX, detail, "line %d, column %d: ".formatted(line, column), line, column);
    }

    static TemplateException type(String detail) {
        return of(Kind.TYPE, detail);
    }

    static TemplateException value(String detail) {
        return of(Kind.VALUE, detail);
    }

    /** The same failure, said to have happened in the template {@code name}, at {@code failedLine} if no line is known. */
    TemplateException in(String name, int failedLine) {
        int knownLine = line > 0 ? line : failedLine;
        String place = column > 0 ? "line %d, column %d".formatted(knownLine, column) : "line " + knownLine;
        var located =
                new TemplateException(kind, detail, "template %s, %s: ".formatted(name, place), knownLine, column);
        located.setStackTrace(getStackTrace());
        return located;
    }

    /** What went wrong. */
    public Kind kind() {
        return kind;
    }

    /** The bare message, without the name of the template and the place; Python's own wording where it has one. */
    public String detail() {
        return detail;
    }

    /** The line of the template, from 1; 0 if the failure belongs to no line. */
    public int line() {
        return line;
    }

    /** The column, from 1; 0 unless this is a syntax error. */
    public int column() {
        return column;
    }
}
