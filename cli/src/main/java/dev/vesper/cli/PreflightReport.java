package dev.vesper.cli;

import dev.vesper.data.Data;
import dev.vesper.data.Refusal;
import dev.vesper.train.Memory;
import dev.vesper.train.Preflight;
import dev.vesper.train.Preflight.Example;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;

/** A pre-flight for people, and as figures. */
final class PreflightReport {
    private static final int MOST_REFUSED = 20;
    private static final int MOST_TEXT = 1200;
    private static final String LEARNT = "\033[1;32m";
    private static final String SHOWN = "\033[2m";
    private static final String PLAIN = "\033[0m";

    private final StringBuilder text = new StringBuilder();
    private final Preflight preflight;
    private final boolean colour;

    private PreflightReport(Preflight preflight, boolean colour) {
        this.preflight = preflight;
        this.colour = colour;
    }

    /** @param colour whether what is learnt is marked by colour, otherwise by brackets */
    static String of(Preflight preflight, boolean colour) {
        PreflightReport report = new PreflightReport(preflight, colour);
        report.data();
        report.example();
        report.memory();
        report.time();
        return report.text.toString();
    }

    /** To where a command prints. */
    static void print(Preflight preflight, boolean json, PrintWriter to) {
        to.print(json
                ? Json.of(figures(preflight)) + System.lineSeparator()
                : of(preflight, Terminals.interactive()));
        to.flush();
    }

    private void data() {
        Data data = preflight.data();
        int together = data.format().rowsPerExample();
        line("rows", "%,d read from %s: %,d to learn from, %,d held out%s", data.rowsRead(), data.file(),
                data.train().size() / together, data.heldOut().size() / together,
                together == 1 ? "" : ", each with %d answers".formatted(together));
        if (!data.refused().isEmpty()) {
            line("", "%,d CANNOT BE USED AND ARE LEFT OUT (--skip-bad-rows):", data.refused().size());
            data.refused().stream().limit(MOST_REFUSED).map(Refusal::toString).forEach(row -> line("", "  %s", row));
            if (data.refused().size() > MOST_REFUSED) {
                line("", "  and %,d more", data.refused().size() - MOST_REFUSED);
            }
        }
        line("", "%,d truncated%s", data.truncated(),
                data.dropped() == 0
                        ? ""
                        : ", %,d of them left out as nothing to learn was left".formatted(
                                data.dropped()));
        line("tokens", "%,d in an epoch, of which %,d are learnt (%.1f %%)", data.trainTokens(), data.trainTargets(),
                100.0 * data.trainTargets() / data.trainTokens());
    }

    private void example() {
        Example example = preflight.example();
        line("a row", "%s; what is learnt is %s", example.place(),
                colour ? LEARNT + "like this" + PLAIN : "[[like this]]");
        int left = MOST_TEXT;
        StringBuilder row = new StringBuilder();
        for (Example.Piece piece : example.pieces()) {
            String part = piece.text();
            String shown = part.length() <= left ? part : part.substring(0, Math.max(0, left));
            left -= part.length();
            row.append(marked(printable(shown), piece.learnt()));
            if (left < 0) {
                row.append(" … (cut here, not in training)");
                break;
            }
        }
        row.toString().lines().forEach(each -> line("", "| %s", each));
    }

    private String marked(String part, boolean learnt) {
        if (!colour) {
            return learnt ? "[[" + part + "]]" : part;
        }
        String begin = learnt ? LEARNT : SHOWN;
        return begin + part.replace("\n", PLAIN + "\n" + begin) + PLAIN;
    }

    /** Nothing of a data file may steer the terminal. */
    private static String printable(String part) {
        return part.replaceAll("[\\p{Cntrl}&&[^\n\t]]", "\uFFFD");
    }

    private void memory() {
        Memory memory = preflight.memory();
        line("memory", "%s of %s that there are, in Java's heap %s of %s", Sizes.of(memory.total()),
                Sizes.of(preflight.room().machine()), Sizes.of(memory.heap()), Sizes.of(preflight.room().heap()));
        for (Memory.Part part : memory.parts()) {
            line("", "  %10s  %s: %s", Sizes.of(part.bytes()), part.name(), part.basis());
        }
    }

    private void time() {
        line("time", "about %s for %,d steps over %,d tokens and %,d measurements, at %,.0f tokens/s",
                TuneProgress.time(preflight.time()), preflight.stepsLeft(), preflight.positions(),
                preflight.measurements(), preflight.pace().positionsPerSecond());
        if (preflight.before() > 0) {
            line("", "  with the model before training asked about %,d tokens", preflight.before());
        }
        line("", "  measured on %d passes over %,d tokens: %.3f ms a token forward, %.3f ms backward",
                preflight.pace().passes(), preflight.pace().positions(), 1000 * preflight.pace().forward(),
                1000 * preflight.pace().backward());
    }

    private void line(String name, String format, Object... values) {
        text.append("%-8s".formatted(name)).append(String.format(Locale.ROOT, format, values)).append('\n');
    }

    /** What {@code --json} prints. */
    static Figures figures(Preflight preflight) {
        Data data = preflight.data();
        return new Figures(
                data.rowsRead(), data.train().size(), data.heldOut().size(), data.refused(), data.truncated(),
                data.dropped(), data.trainTokens(), data.trainTargets(), preflight.example(),
                preflight.memory().total(), preflight.memory().heap(), preflight.memory().parts(),
                preflight.room(), preflight.pace().positionsPerSecond(), preflight.stepsLeft(),
                preflight.measurements(), preflight.time().toMillis() / 1000.0);
    }

    /** Bytes and seconds. */
    record Figures(
            int rowsRead,
            int rows,
            int heldOutRows,
            List<Refusal> refused,
            int truncatedRows,
            int droppedRows,
            long tokens,
            long learntTokens,
            Example example,
            long memory,
            long heap,
            List<Memory.Part> memoryParts,
            Memory.Room room,
            double tokensPerSecond,
            int steps,
            int measurements,
            double seconds) {}
}
