package dev.vesper.cli;

import java.io.PrintWriter;
import java.util.Locale;

/**
 * The progress of work of known length, on stderr: one line that renews itself on a terminal, a line now and then
 * elsewhere; nothing at all for work that is done in two seconds.
 */
final class Progress implements AutoCloseable {
    private static final long FIRST = 2_000_000_000L;
    private static final long ON_TERMINAL = 200_000_000L;
    private static final long ELSEWHERE = 10_000_000_000L;

    private final String verb;
    private final String unit;
    private final long total;
    private final PrintWriter out;
    private final boolean terminal;
    private final long begin = System.nanoTime();
    private long done;
    private long next = begin + FIRST;
    private boolean shown;

    private Progress(String verb, String unit, long total, PrintWriter out, boolean terminal) {
        this.verb = verb;
        this.unit = unit;
        this.total = total;
        this.out = out;
        this.terminal = terminal;
    }

    static Progress of(String verb, String unit, long total, PrintWriter out) {
        return new Progress(verb, unit, total, out, Terminals.interactive());
    }

    void add(long amount) {
        done += amount;
        long now = System.nanoTime();
        if (now >= next) {
            next = now + (terminal ? ON_TERMINAL : ELSEWHERE);
            show(now);
        }
    }

    private void show(long now) {
        double seconds = (now - begin) / 1e9;
        double rate = done / seconds;
        String line = String.format(
                Locale.ROOT,
                "%s %d of %d %s, %.0f/s, %.0f s left",
                verb,
                done,
                total,
                unit,
                rate,
                (total - done) / rate);
        out.print(terminal ? "\r\033[K" + line : line + System.lineSeparator());
        out.flush();
        shown = true;
    }

    @Override
    public void close() {
        if (shown && terminal) {
            out.print("\r\033[K");
            out.flush();
        }
    }
}
