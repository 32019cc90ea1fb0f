package dev.vesper.llm.chat.jinja;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Evaluated arguments of a call. */
record Arguments(List<Object> positional, Map<String, Object> named) {
    static final Arguments NONE = new Arguments(List.of(), Map.of());

    private static final Undefined MISSING = Undefined.because("argument was not provided");

    /**
     * Assigns the arguments to parameters as Python does.
     *
     * @param required how many of the parameters, from the first, must be given
     */
    Bound bind(String function, int required, String... parameters) {
        if (positional.size() > parameters.length) {
            throw TemplateException.type("%s() takes at most %d arguments (%d given)"
                    .formatted(function, parameters.length, positional.size()));
        }
        List<Object> values = new ArrayList<>(positional);
        int used = 0;
        for (int i = positional.size(); i < parameters.length; i++) {
            if (named.containsKey(parameters[i])) {
                used++;
            } else if (i < required) {
                throw TemplateException.type(
                        "%s() missing required argument '%s'".formatted(function, parameters[i]));
            }
            values.add(named.getOrDefault(parameters[i], MISSING));
        }
        if (used < named.size()) {
            List<String> unexpected = new ArrayList<>(named.keySet());
            unexpected.removeAll(List.of(parameters).subList(positional.size(), parameters.length));
            throw TemplateException.type("%s() got an unexpected or repeated keyword argument '%s'"
                    .formatted(function, unexpected.getFirst()));
        }
        return new Bound(function, values);
    }

    /** Without the first positional argument. */
    Arguments rest() {
        return new Arguments(positional.subList(1, positional.size()), named);
    }

    /** Arguments assigned to parameters, which are counted from 0. */
    record Bound(String function, List<Object> values) {

        boolean has(int parameter) {
            return !MISSING.equals(values.get(parameter));
        }

        /** As {@link #has}, with none standing for not given. */
        boolean given(int parameter) {
            return has(parameter) && values.get(parameter) != None.NONE;
        }

        Object value(int parameter) {
            return values.get(parameter);
        }

        Object value(int parameter, Object standard) {
            return has(parameter) ? values.get(parameter) : standard;
        }

        /** A string argument. */
        String text(int parameter, String standard) {
            return switch (value(parameter, standard)) {
                case String text -> text;
                case Undefined undefined -> throw undefined.failure();
                case Object other -> throw wrong(parameter, "str", other);
            };
        }

        /** An integer argument, brought into the range of int, which no size or position in a template exceeds. */
        int integer(int parameter, int standard) {
            return switch (value(parameter, (long) standard)) {
                case Boolean flag -> flag ? 1 : 0;
                case Long number -> (int) Math.clamp(number, Integer.MIN_VALUE + 1L, Integer.MAX_VALUE);
                case Undefined undefined -> throw undefined.failure();
                case Object other -> throw wrong(parameter, "int", other);
            };
        }

        boolean flag(int parameter, boolean standard) {
            return Numbers.truth(value(parameter, standard));
        }

        private TemplateException wrong(int parameter, String expected, Object found) {
            return TemplateException.type("%s() argument %d must be %s, not %s"
                    .formatted(function, parameter + 1, expected, PythonText.typeName(found)));
        }
    }
}
