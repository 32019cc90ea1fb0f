package dev.vesper.llm.chat.jinja;

import dev.vesper.llm.chat.jinja.TemplateException.Kind;
import java.time.LocalDateTime;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.IntSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A parsed template. Renders as jinja2's {@code ImmutableSandboxedEnvironment} does with Hugging Face's settings:
 * {@code trim_blocks}, {@code lstrip_blocks}, loop controls, no escaping, undefined names printing as nothing.
 * Immutable and safe to share between threads.
 *
 * <p>Left out, each with a clear error: inheritance, inclusion and import; the filters and functions for HTML, random
 * choice and grouping; changing a list or dict in place, which the sandbox forbids anyway.
 *
 * @see <a href="https://jinja.palletsprojects.com/en/stable/templates/">Jinja: Template Designer Documentation</a>
 */
public final class Template {
    private final String name;
    private final List<Statement> statements;

    private Template(String name, List<Statement> statements) {
        this.name = name;
        this.statements = statements;
    }

    /**
     * Parses a template.
     *
     * @param name what error messages call it
     * @throws TemplateException if the source is not a template; it names line, column, what was expected and found
     */
    public static Template parse(String name, String source) {
        return guarded(name, () -> 1, () -> new Template(name, StatementParser.parse(source)));
    }

    /**
     * Renders the template; {@code strftime_now} is undefined in it.
     *
     * @param variables null, booleans, numbers, text, lists, arrays and maps, nested as needed
     * @throws TemplateException if the template fails, raises an exception itself, or exceeds the limits
     */
    public String render(Map<String, ? extends @Nullable Object> variables, Limits limits) {
        return render(variables, limits, globals -> {});
    }

    /**
     * Renders the template; {@code strftime_now} tells the given time.
     *
     * @param variables null, booleans, numbers, text, lists, arrays and maps, nested as needed
     * @throws TemplateException if the template fails, raises an exception itself, or exceeds the limits
     */
    public String render(Map<String, ? extends @Nullable Object> variables, LocalDateTime now, Limits limits) {
        return render(variables, limits, globals -> Globals.define(globals, now));
    }

    private String render(
            Map<String, ? extends @Nullable Object> variables, Limits limits, Consumer<Scope> furtherGlobals) {
        var budget = new Budget(limits);
        var interpreter = new Interpreter(budget);
        return guarded(name, interpreter::line, () -> {
            Scope globals = Scope.outermost();
            Globals.define(globals);
            furtherGlobals.accept(globals);
            Scope scope = globals.inner();
            variables.forEach((variable, value) -> scope.set(variable, FromJava.value(value, variable, budget)));
            return interpreter.render(statements, scope);
        });
    }

    private static <T> T guarded(String name, IntSupplier line, Supplier<T> action) {
        try {
            return action.get();
        } catch (TemplateException e) {
            throw e.in(name, line.getAsInt());
        } catch (StackOverflowError e) {
            // the limits on depth come first on any usual stack; this is for threads with a very small one
            throw TemplateException.of(Kind.LIMIT, "nested too deeply for the stack of this thread")
                    .in(name, line.getAsInt());
        }
    }
}
