package dev.vesper.train.eval.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Where values lie in a picture.
 *
 * @param low the value at {@code from}
 * @param high the value at {@code to}
 */
record Axis(double low, double high, double from, double to) {
    private static final int TICKS = 4;

    /** An axis that has room for all of these values and ends at round numbers; infinite ones are left out. */
    static Axis around(List<Double> values, double from, double to) {
        double low = Double.POSITIVE_INFINITY;
        double high = Double.NEGATIVE_INFINITY;
        for (double value : values) {
            if (Math.abs(value) < Double.POSITIVE_INFINITY) {
                low = Math.min(low, value);
                high = Math.max(high, value);
            }
        }
        if (low > high) {
            return new Axis(0, 1, from, to);
        }
        double room = high > low ? 0.06 * (high - low) : Math.max(1e-3, Math.abs(low) * 0.1);
        double step = step(low - room, high + room);
        return new Axis(Math.floor((low - room) / step) * step, Math.ceil((high + room) / step) * step, from, to);
    }

    /** A round number that goes into the range a few times. */
    private static double step(double low, double high) {
        double rough = (high - low) / TICKS;
        double power = Math.pow(10, Math.floor(Math.log10(rough)));
        double digit = rough / power;
        return (digit <= 1 ? 1 : digit <= 2 ? 2 : digit <= 5 ? 5 : 10) * power;
    }

    double at(double value) {
        return from + (to - from) * (value - low) / (high - low);
    }

    /** Round numbers along the axis. */
    List<Double> ticks() {
        double step = step(low, high);
        List<Double> ticks = new ArrayList<>();
        for (long k = (long) Math.ceil(low / step - 1e-9); k * step <= high + 1e-9 * step; k++) {
            ticks.add(k * step);
        }
        return ticks;
    }

    /** A tick in as many digits as tell it from its neighbours. */
    String words(double tick) {
        int digits = (int) Math.clamp((long) -Math.floor(Math.log10(step(low, high)) + 1e-9), 0L, 8L);
        String words = String.format(Locale.ROOT, "%." + digits + "f", tick);
        return words.matches("-0(\\.0*)?") ? words.substring(1) : words;
    }
}
