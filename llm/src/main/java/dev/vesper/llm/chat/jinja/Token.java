package dev.vesper.llm.chat.jinja;

/**
 * One token of a template.
 *
 * @param text the template text, the name, the operator, the digits, or the string with its escapes resolved
 * @param line from 1
 * @param column from 1, in UTF-16 units
 */
record Token(Kind kind, String text, int line, int column) {
    enum Kind {
        TEXT("text"),
        OUTPUT_BEGIN("'{{'"),
        OUTPUT_END("'}}'"),
        BLOCK_BEGIN("'{%'"),
        BLOCK_END("'%}'"),
        NAME("a name"),
        STRING("a string"),
        INTEGER("an integer"),
        FLOAT("a float"),
        OPERATOR("an operator"),
        END("the end of the template");

        private final String description;

        Kind(String description) {
            this.description = description;
        }

        String description() {
            return description;
        }
    }

    boolean isOperator(String operator) {
        return kind == Kind.OPERATOR && text.equals(operator);
    }

    boolean isName(String name) {
        return kind == Kind.NAME && text.equals(name);
    }

    /** How an error message shows this token. */
    String shown() {
        return switch (kind) {
            case NAME, OPERATOR, INTEGER, FLOAT -> "'" + text + "'";
            default -> kind.description();
        };
    }
}
