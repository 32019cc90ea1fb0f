package dev.vesper.train.eval.report;

import java.util.Locale;

/** What a number counts. */
public enum Unit {
    NATS_PER_TOKEN("nats per token", 1, "%.4f"),
    NATS_PER_BYTE("nats per byte", 1, "%.4f"),
    /** A share, shown in per cent. */
    PERCENT("%", 100, "%.1f"),
    /** A difference of shares, shown in per cent. */
    POINTS("points", 100, "%.1f"),
    TOKENS("tokens", 1, "%.1f");

    private final String words;
    private final double factor;
    private final String format;

    Unit(String words, double factor, String format) {
        this.words = words;
        this.factor = factor;
        this.format = format;
    }

    public String words() {
        return words;
    }

    /** The number as it is shown. */
    double shown(double value) {
        return value * factor;
    }

    /** The number in digits, without the unit. */
    String digits(double value) {
        if (Double.isNaN(value)) {
            return "none";
        }
        String digits = String.format(Locale.ROOT, format, shown(value));
        return digits.matches("-0(\\.0*)?") ? digits.substring(1) : digits;
    }

    /** The same with its sign. */
    String signed(double value) {
        String digits = digits(value);
        return value > 0 && !digits.matches("0(\\.0*)?") ? "+" + digits : digits;
    }
}
