package dev.vesper.bench;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;

/**
 * What two engines reached in turn. What else runs on a machine comes and goes: the ratio of neighbours is steadier than
 * that of medians.
 */
record Comparison(String first, String second, List<Pair> pairs) {
    /** Two runs, one right after the other. */
    record Pair(Rates first, Rates second) {}

    Comparison {
        pairs = List.copyOf(pairs);
        if (pairs.isEmpty()) {
            throw new IllegalArgumentException("expected at least one pair of runs, found none");
        }
    }

    /** The figures as Markdown: each pair, the medians, and the median of the ratios first / second. */
    String markdown() {
        StringBuilder text = new StringBuilder();
        table(text, "prefill", Rates::prefill);
        text.append('\n');
        table(text, "decode", Rates::decode);
        return text.toString();
    }

    private void table(StringBuilder text, String what, ToDoubleFunction<Rates> rate) {
        text.append("| %s, tokens/s | %s | %s | ratio |\n|---|---:|---:|---:|\n".formatted(what, first, second));
        for (int i = 0; i < pairs.size(); i++) {
            Pair pair = pairs.get(i);
            line(text, "pair " + (i + 1), rate.applyAsDouble(pair.first), rate.applyAsDouble(pair.second),
                    rate.applyAsDouble(pair.first) / rate.applyAsDouble(pair.second));
        }
        line(text, "median",
                median(pair -> rate.applyAsDouble(pair.first)),
                median(pair -> rate.applyAsDouble(pair.second)),
                median(pair -> rate.applyAsDouble(pair.first) / rate.applyAsDouble(pair.second)));
    }

    private double median(ToDoubleFunction<Pair> value) {
        double[] sorted = pairs.stream().mapToDouble(value).sorted().toArray();
        int half = sorted.length / 2;
        return sorted.length % 2 == 1 ? sorted[half] : Arrays.stream(sorted, half - 1, half + 1).sum() / 2;
    }

    private static void line(StringBuilder text, String name, double first, double second, double ratio) {
        text.append(String.format(Locale.ROOT, "| %s | %.2f | %.2f | %.3f |\n", name, first, second, ratio));
    }
}
