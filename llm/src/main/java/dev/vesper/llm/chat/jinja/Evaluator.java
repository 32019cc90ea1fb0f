package dev.vesper.llm.chat.jinja;

import dev.vesper.llm.chat.jinja.Expression.Comparand;
import dev.vesper.llm.chat.jinja.Expression.NamedArgument;
import dev.vesper.llm.chat.jinja.Expression.Passed;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Evaluates expressions. */
final class Evaluator {
    private final Interpreter interpreter;
    private final Budget budget;

    Evaluator(Interpreter interpreter, Budget budget) {
        this.interpreter = interpreter;
        this.budget = budget;
    }

    Budget budget() {
        return budget;
    }

    Object evaluate(Expression expression, Scope scope) {
        budget.enter();
        Object value = switch (expression) {
            case Expression.Literal literal -> literal.value();
            case Expression.Absent absent -> Undefined.because(absent.why());
            case Expression.Name name -> scope.find(name.name()).orElseGet(() -> Undefined.name(name.name()));
            case Expression.Items items -> new Sequence(items.kind(), all(items.elements(), scope));
            case Expression.DictLiteral dict -> dict(dict, scope);
            case Expression.Attribute attribute -> {
                Object target = evaluate(attribute.target(), scope);
                interpreter.at(attribute.line());
                yield Access.attribute(target, attribute.name());
            }
            case Expression.Item item -> {
                Object target = evaluate(item.target(), scope);
                Object index = evaluate(item.index(), scope);
                interpreter.at(item.line());
                yield Access.item(target, index, budget);
            }
            case Expression.Slice slice -> slice(slice, scope);
            case Expression.Call call -> call(call, Map.of(), scope);
            case Expression.Filter filter -> {
                Object target = evaluate(filter.target(), scope);
                Arguments arguments = arguments(filter.passed(), scope);
                interpreter.at(filter.line());
                yield Filters.apply(filter.name(), target, arguments, budget);
            }
            case Expression.Check check -> {
                Object target = evaluate(check.target(), scope);
                Arguments arguments = arguments(check.passed(), scope);
                interpreter.at(check.line());
                yield Checks.holds(check.name(), target, arguments, budget);
            }
            case Expression.Sign sign -> {
                Object operand = evaluate(sign.operand(), scope);
                interpreter.at(sign.line());
                yield Operators.sign(sign.negative(), operand);
            }
            case Expression.Not not -> !truth(not.operand(), scope);
            case Expression.Logical logical -> {
                Object left = evaluate(logical.left(), scope);
                yield Numbers.truth(left) == logical.and() ? evaluate(logical.right(), scope) : left;
            }
            case Expression.Binary binary -> {
                Object left = evaluate(binary.left(), scope);
                Object right = evaluate(binary.right(), scope);
                interpreter.at(binary.line());
                yield Operators.apply(binary.operator(), left, right, budget);
            }
            case Expression.Comparison comparison -> compare(comparison, scope);
            case Expression.Concatenation concatenation -> concatenate(concatenation, scope);
            case Expression.Conditional conditional ->
                evaluate(truth(conditional.condition(), scope) ? conditional.yes() : conditional.no(), scope);
        };
        budget.leave();
        return value;
    }

    boolean truth(Expression expression, Scope scope) {
        return Numbers.truth(evaluate(expression, scope));
    }

    private List<Object> all(List<Expression> expressions, Scope scope) {
        budget.list(expressions.size());
        List<Object> values = new ArrayList<>(expressions.size());
        for (Expression expression : expressions) {
            values.add(evaluate(expression, scope));
        }
        return values;
    }

    private Dict dict(Expression.DictLiteral literal, Scope scope) {
        budget.dict(literal.entries().size());
        var dict = new Dict();
        for (Expression.Entry entry : literal.entries()) {
            Object key = evaluate(entry.key(), scope);
            Object value = evaluate(entry.value(), scope);
            interpreter.at(literal.line());
            dict.put(key, value);
        }
        return dict;
    }

    private Object slice(Expression.Slice slice, Scope scope) {
        Object target = evaluate(slice.target(), scope);
        Object start = evaluate(slice.start(), scope);
        Object stop = evaluate(slice.stop(), scope);
        Object step = evaluate(slice.step(), scope);
        interpreter.at(slice.line());
        return Access.slice(target, start, stop, step, budget);
    }

    private boolean compare(Expression.Comparison comparison, Scope scope) {
        Object left = evaluate(comparison.first(), scope);
        for (Comparand comparand : comparison.rest()) {
            Object right = evaluate(comparand.operand(), scope);
            interpreter.at(comparison.line());
            if (!Comparing.holds(comparand.operator(), left, right, budget)) {
                return false;
            }
            left = right;
        }
        return true;
    }

    private String concatenate(Expression.Concatenation concatenation, Scope scope) {
        var out = new StringBuilder();
        for (Expression part : concatenation.parts()) {
            Object value = evaluate(part, scope);
            interpreter.at(concatenation.line());
            out.append(interpreter.printed(value));
        }
        return out.toString();
    }

    /** @param handedOver further named arguments, which a call block adds */
    Object call(Expression.Call call, Map<String, Object> handedOver, Scope scope) {
        Object callee = evaluate(call.callee(), scope);
        Arguments arguments = arguments(call.passed(), scope);
        if (!handedOver.isEmpty()) {
            Map<String, Object> named = new LinkedHashMap<>(arguments.named());
            named.putAll(handedOver);
            arguments = new Arguments(arguments.positional(), named);
        }
        interpreter.at(call.line());
        return switch (callee) {
            case Callable.Macro macro -> interpreter.call(macro, arguments);
            case Callable.Method method -> Methods.call(method, arguments, budget);
            case Callable.Function function -> function.body().call(this, arguments);
            case Loop loop -> loop.recurse(arguments.bind("loop", 1, "iterable").value(0));
            case Undefined undefined -> throw undefined.failure();
            default -> throw TemplateException.type(
                    "'%s' object is not callable".formatted(PythonText.typeName(callee)));
        };
    }

    private Arguments arguments(Passed passed, Scope scope) {
        if (passed.equals(Passed.NONE)) {
            return Arguments.NONE;
        }
        List<Object> positional = all(passed.positional(), scope);
        Map<String, Object> named = new LinkedHashMap<>();
        for (NamedArgument argument : passed.named()) {
            if (named.put(argument.name(), evaluate(argument.value(), scope)) != null) {
                throw TemplateException.type("keyword argument repeated: " + argument.name());
            }
        }
        for (Expression spread : passed.spread()) {
            positional.addAll(Access.items(evaluate(spread, scope), budget));
            budget.list(positional.size());
        }
        for (Expression spread : passed.spreadNamed()) {
            if (!(evaluate(spread, scope) instanceof Dict dict)) {
                throw TemplateException.type("argument after ** must be a mapping");
            }
            for (Dict.Entry entry : dict.entries()) {
                if (!(entry.key() instanceof String name)) {
                    throw TemplateException.type("keywords must be strings");
                }
                if (named.put(name, entry.value()) != null) {
                    throw TemplateException.type("got multiple values for keyword argument '%s'".formatted(name));
                }
            }
        }
        return new Arguments(positional, named);
    }
}
