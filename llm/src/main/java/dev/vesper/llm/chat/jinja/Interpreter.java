package dev.vesper.llm.chat.jinja;

import dev.vesper.llm.chat.jinja.Statement.Declaration;
import dev.vesper.llm.chat.jinja.Statement.Parameter;
import dev.vesper.llm.chat.jinja.Statement.Target;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Executes statements and collects what they print. */
final class Interpreter {
    /** How a statement was left. */
    private enum Flow {
        NEXT,
        BREAK,
        CONTINUE
    }

    private final Budget budget;
    private final Evaluator evaluator;
    private StringBuilder output = new StringBuilder();
    private int line = 1;

    Interpreter(Budget budget) {
        this.budget = budget;
        this.evaluator = new Evaluator(this, budget);
    }

    String render(List<Statement> template, Scope scope) {
        run(template, scope);
        return output.toString();
    }

    /** Remembers where execution is, so that an error can name it. */
    void at(int newLine) {
        line = newLine;
    }

    int line() {
        return line;
    }

    /** The text of a value where it is printed or concatenated. */
    String printed(Object value) {
        String text = PythonText.str(value, budget);
        budget.string(text.length());
        return text;
    }

    private void print(String text) {
        budget.output((long) output.length() + text.length());
        output.append(text);
    }

    /** Runs the statements and gives what they print instead of printing it. */
    private String captured(List<Statement> body, Scope scope) {
        StringBuilder outer = output;
        output = new StringBuilder();
        run(body, scope);
        String text = output.toString();
        output = outer;
        return text;
    }

    private Flow run(List<Statement> body, Scope scope) {
        budget.enter();
        for (Statement statement : body) {
            Flow flow = run(statement, scope);
            if (flow != Flow.NEXT) {
                budget.leave();
                return flow;
            }
        }
        budget.leave();
        return Flow.NEXT;
    }

    private Flow run(Statement statement, Scope scope) {
        budget.step();
        switch (statement) {
            case Statement.Text text -> {
                budget.string(text.text().length());
                print(text.text());
            }
            case Statement.Output out -> {
                at(out.line());
                print(printed(evaluator.evaluate(out.value(), scope)));
            }
            case Statement.If conditional -> {
                return runIf(conditional, scope);
            }
            case Statement.For loop -> {
                at(loop.line());
                return runFor(loop, evaluator.evaluate(loop.iterable(), scope), 0, scope);
            }
            case Statement.Break ignored -> {
                return Flow.BREAK;
            }
            case Statement.Continue ignored -> {
                return Flow.CONTINUE;
            }
            case Statement.Assign assign -> {
                at(assign.line());
                assign(assign.target(), evaluator.evaluate(assign.value(), scope), scope);
            }
            case Statement.AssignBlock block -> {
                Object value = filtered(block.value(), block.body(), scope);
                at(block.line());
                assign(block.target(), value, scope);
            }
            case Statement.FilterBlock block -> print(printed(filtered(block.value(), block.body(), scope)));
            case Statement.Define define ->
                scope.set(define.declaration().name(), new Callable.Macro(define.declaration(), scope));
            case Statement.CallBlock block -> {
                at(block.line());
                Callable.Macro caller = new Callable.Macro(block.caller(), scope);
                print(printed(evaluator.call(block.call(), Map.of("caller", caller), scope)));
            }
            case Statement.With with -> {
                Scope inner = scope.inner();
                for (Statement.Assign assign : with.assignments()) {
                    at(assign.line());
                    // the values see the outer scope, not each other
                    assign(assign.target(), evaluator.evaluate(assign.value(), scope), inner);
                }
                return run(with.body(), inner);
            }
        }
        return Flow.NEXT;
    }

    private Object filtered(Expression value, List<Statement> body, Scope scope) {
        Scope inner = scope.inner();
        String text = captured(body, inner);
        Scope around = scope.inner();
        around.set(Statement.CAPTURED, text);
        return evaluator.evaluate(value, around);
    }

    private Flow runIf(Statement.If conditional, Scope scope) {
        for (Statement.Branch branch : conditional.branches()) {
            at(branch.line());
            if (evaluator.truth(branch.condition(), scope)) {
                return run(branch.body(), scope);
            }
        }
        return run(conditional.otherwise(), scope);
    }

    private Flow runFor(Statement.For statement, Object iterable, int depth, Scope scope) {
        List<Object> items = chosen(statement, Access.items(iterable, budget), scope);
        var loop = new Loop(items, depth, inner -> {
            StringBuilder outer = output;
            output = new StringBuilder();
            runFor(statement, inner, depth + 1, scope);
            String text = output.toString();
            output = outer;
            return text;
        });
        boolean anyCompleted = false;
        for (int i = 0; i < items.size(); i++) {
            budget.step();
            at(statement.line());
            loop.moveTo(i);
            Scope turn = scope.inner();
            turn.set("loop", loop);
            assign(statement.target(), items.get(i), turn);
            Flow flow = run(statement.body(), turn);
            if (flow == Flow.BREAK) {
                break;
            }
            // as in jinja2, "else" also runs if every turn was left by "continue" or "break"
            anyCompleted |= flow == Flow.NEXT;
        }
        return anyCompleted ? Flow.NEXT : run(statement.otherwise(), scope.inner());
    }

    private List<Object> chosen(Statement.For statement, List<Object> items, Scope scope) {
        if (statement.filter() instanceof Expression.Literal literal && Boolean.TRUE.equals(literal.value())) {
            return items;
        }
        List<Object> chosen = new ArrayList<>();
        for (Object item : items) {
            budget.element();
            Scope turn = scope.inner();
            assign(statement.target(), item, turn);
            if (evaluator.truth(statement.filter(), turn)) {
                chosen.add(item);
            }
        }
        return chosen;
    }

    private void assign(Target target, Object value, Scope scope) {
        switch (target) {
            case Target.Variable variable -> scope.set(variable.name(), value);
            case Target.Member member -> {
                Object owner = scope.find(member.namespace()).orElseGet(() -> Undefined.name(member.namespace()));
                if (!(owner instanceof Namespace namespace)) {
                    throw TemplateException.type("cannot assign attribute on non-namespace object");
                }
                budget.element();
                namespace.attributes().put(member.name(), value);
            }
            case Target.Several several -> unpack(several.targets(), value, scope);
        }
    }

    private void unpack(List<Target> targets, Object value, Scope scope) {
        if (!(value instanceof String || value instanceof Sequence || value instanceof Dict
                || value instanceof Generator || value instanceof Undefined)) {
            throw TemplateException.type(
                    "cannot unpack non-iterable %s object".formatted(PythonText.typeName(value)));
        }
        List<Object> values = Access.items(value, budget);
        if (values.size() < targets.size()) {
            throw TemplateException.value("not enough values to unpack (expected %d, got %d)"
                    .formatted(targets.size(), values.size()));
        }
        if (values.size() > targets.size()) {
            throw TemplateException.value("too many values to unpack (expected %d)".formatted(targets.size()));
        }
        for (int i = 0; i < targets.size(); i++) {
            assign(targets.get(i), values.get(i), scope);
        }
    }

    /** Calls a macro: its body sees the scope of its definition, and what it prints is the result. */
    String call(Callable.Macro macro, Arguments arguments) {
        Declaration declaration = macro.declaration();
        Scope scope = macro.scope().inner();
        Map<String, Object> named = new LinkedHashMap<>(arguments.named());
        List<Object> positional = arguments.positional();
        int callLine = line;
        for (int i = 0; i < declaration.parameters().size(); i++) {
            Parameter parameter = declaration.parameters().get(i);
            boolean byName = named.containsKey(parameter.name());
            if (i < positional.size() && byName) {
                throw TemplateException.type("macro '%s' got multiple values for argument '%s'"
                        .formatted(declaration.name(), parameter.name()));
            }
            Object value = i < positional.size() ? positional.get(i) : named.remove(parameter.name());
            scope.set(parameter.name(), value == null ? evaluator.evaluate(parameter.standard(), scope) : value);
        }
        extraArguments(declaration, positional, named, scope);
        at(declaration.line());
        String text = captured(declaration.body(), scope);
        at(callLine);
        return text;
    }

    private static void extraArguments(
            Declaration declaration, List<Object> positional, Map<String, Object> named, Scope scope) {
        Object caller = named.remove("caller");
        if (declaration.caller()) {
            scope.set("caller", caller == null ? Undefined.because("No caller defined") : caller);
        } else if (caller != null) {
            throw TemplateException.type(
                    "macro '%s' was called by a call block but does not use caller".formatted(declaration.name()));
        }
        int parameters = declaration.parameters().size();
        List<Object> further = positional.subList(Math.min(parameters, positional.size()), positional.size());
        if (declaration.varargs()) {
            scope.set("varargs", new Sequence(Sequence.Kind.TUPLE, further));
        } else if (!further.isEmpty()) {
            throw TemplateException.type(
                    "macro '%s' takes not more than %d argument(s)".formatted(declaration.name(), parameters));
        }
        if (declaration.kwargs()) {
            var rest = new Dict();
            named.forEach(rest::put);
            scope.set("kwargs", rest);
        } else if (!named.isEmpty()) {
            throw TemplateException.type("macro '%s' takes no keyword argument '%s'"
                    .formatted(declaration.name(), named.keySet().iterator().next()));
        }
    }
}
