package dev.vesper.llm.chat.jinja;

import dev.vesper.llm.chat.jinja.Arguments.Bound;
import dev.vesper.llm.chat.jinja.TemplateException.Kind;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The functions that every template finds. */
final class Globals {
    private Globals() {}

    static void define(Scope scope) {
        define(scope, "range", Globals::range);
        define(scope, "dict", Globals::dict);
        define(scope, "namespace", Globals::namespace);
        define(scope, "joiner", Globals::joiner);
        define(scope, "raise_exception", Globals::raise);
    }

    /** Defines {@code strftime_now}; without it a template sees that it is undefined and may use a date of its own. */
    static void define(Scope scope, LocalDateTime now) {
        define(scope, "strftime_now", (evaluator, arguments) -> Strftime
                .format(arguments.bind("strftime_now", 1, "format").text(0, ""), now));
    }

    private static void define(Scope scope, String name, Callable.Body body) {
        scope.set(name, new Callable.Function(name, body));
    }

    private static Object range(Evaluator evaluator, Arguments arguments) {
        Bound bound = arguments.bind("range", 1, "start", "stop", "step");
        long start = bound.has(1) ? bound.integer(0, 0) : 0;
        long stop = bound.has(1) ? bound.integer(1, 0) : bound.integer(0, 0);
        long step = bound.integer(2, 1);
        if (step == 0) {
            throw TemplateException.value("range() arg 3 must not be zero");
        }
        long distance = step > 0 ? stop - start : start - stop;
        long size = distance <= 0 ? 0 : (distance - 1) / Math.abs(step) + 1;
        if (size > Limits.RANGE) {
            throw TemplateException.of(
                    Kind.LIMIT,
                    "Range too big. The sandbox blocks ranges larger than %d; this one has %d items."
                            .formatted(Limits.RANGE, size));
        }
        evaluator.budget().list(size);
        List<Object> items = new ArrayList<>((int) size);
        for (long i = 0; i < size; i++) {
            items.add(start + i * step);
        }
        return new Sequence(Sequence.Kind.RANGE, items);
    }

    private static Dict dict(Evaluator evaluator, Arguments arguments) {
        var dict = new Dict();
        Bound bound = new Arguments(arguments.positional(), Map.of()).bind("dict", 0, "iterable");
        switch (bound.value(0, new Dict())) {
            case Dict given -> given.entries().forEach(entry -> dict.put(entry.key(), entry.value()));
            case Object pairs -> {
                for (Object pair : Access.items(pairs, evaluator.budget())) {
                    List<Object> parts = Access.items(pair, evaluator.budget());
                    if (parts.size() != 2) {
                        throw TemplateException.value(
                                "dictionary update sequence element has length %d; 2 is required"
                                        .formatted(parts.size()));
                    }
                    dict.put(parts.get(0), parts.get(1));
                }
            }
        }
        arguments.named().forEach(dict::put);
        evaluator.budget().dict(dict.size());
        return dict;
    }

    private static Namespace namespace(Evaluator evaluator, Arguments arguments) {
        var namespace = new Namespace();
        for (Dict.Entry entry : dict(evaluator, arguments).entries()) {
            if (!(entry.key() instanceof String name)) {
                throw TemplateException.type("namespace() takes names, not " + PythonText.typeName(entry.key()));
            }
            namespace.attributes().put(name, entry.value());
        }
        return namespace;
    }

    /** A function that gives nothing when it is called first and the separator ever after. */
    private static Callable joiner(Evaluator evaluator, Arguments arguments) {
        String separator = arguments.bind("joiner", 0, "sep").text(0, ", ");
        boolean[] used = new boolean[1];
        return new Callable.Function("joiner", (inner, none) -> {
            String result = used[0] ? separator : "";
            used[0] = true;
            return result;
        });
    }

    private static Object raise(Evaluator evaluator, Arguments arguments) {
        Object message = arguments.bind("raise_exception", 1, "message").value(0);
        throw TemplateException.of(Kind.RAISED, PythonText.str(message, evaluator.budget()));
    }
}
