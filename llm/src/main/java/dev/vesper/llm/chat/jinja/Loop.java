package dev.vesper.llm.chat.jinja;

import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** The {@code loop} variable: where a loop stands. */
final class Loop {
    private final List<Object> items;
    private final int depth;
    private final Function<Object, String> recursion;
    private int index;
    private Object changed = None.NONE;
    private boolean asked;

    /**
     * @param depth nesting of {@code loop(...)}, from 0
     * @param recursion renders the loop's body for other items, one level deeper
     */
    Loop(List<Object> items, int depth, Function<Object, String> recursion) {
        this.items = items;
        this.depth = depth;
        this.recursion = recursion;
    }

    void moveTo(int newIndex) {
        index = newIndex;
    }

    String recurse(Object newItems) {
        return recursion.apply(newItems);
    }

    Object cycle(List<Object> values) {
        if (values.isEmpty()) {
            throw TemplateException.type("no items for cycling given");
        }
        return values.get(index % values.size());
    }

    /** Whether the values differ from those of the previous call. */
    boolean changed(List<Object> values, Budget budget) {
        Object now = new Sequence(Sequence.Kind.TUPLE, values);
        boolean differs = !asked || !Comparing.equal(changed, now, budget);
        changed = now;
        asked = true;
        return differs;
    }

    Optional<Object> attribute(String name) {
        long size = items.size();
        return Optional.ofNullable(
                switch (name) {
                    case "index" -> index + 1L;
                    case "index0" -> (long) index;
                    case "revindex" -> size - index;
                    case "revindex0" -> size - index - 1;
                    case "first" -> index == 0;
                    case "last" -> index == size - 1;
                    case "length" -> size;
                    case "depth" -> depth + 1L;
                    case "depth0" -> (long) depth;
                    case "previtem" ->
                        index > 0 ? items.get(index - 1) : Undefined.because("there is no previous item");
                    case "nextitem" ->
                        index < size - 1 ? items.get(index + 1) : Undefined.because("there is no next item");
                    case "cycle", "changed" -> new Callable.Method(this, name);
                    default -> null;
                });
    }
}
