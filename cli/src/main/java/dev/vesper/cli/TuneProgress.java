package dev.vesper.cli;

import dev.vesper.train.LossCurve;
import dev.vesper.train.Preflight;
import dev.vesper.train.TrainListener;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.CountDownLatch;

/**
 * Shows how a run goes, on stderr: a line that renews itself on a terminal, a line now and then elsewhere. Turns Ctrl-C
 * into a request to stop, and keeps the process until the checkpoint is written.
 */
final class TuneProgress implements TrainListener, AutoCloseable {
    private static final long ON_TERMINAL = 200_000_000L;
    private static final long ELSEWHERE = 10_000_000_000L;

    private final PrintWriter out;
    private final boolean terminal;
    private final CountDownLatch done = new CountDownLatch(1);
    private final Thread hook = new Thread(this::stop, "stop");
    private volatile boolean stopping;
    private long next;
    private String line = "";
    /** What is said of margins after the loss of the step and of the held-out rows; empty where there are none. */
    private String margin = "";
    private String heldOutMargin = "";

    private TuneProgress(PrintWriter out, boolean terminal) {
        this.out = out;
        this.terminal = terminal;
    }

    static TuneProgress of(PrintWriter out) {
        TuneProgress progress = new TuneProgress(out, Terminals.interactive());
        Runtime.getRuntime().addShutdownHook(progress.hook);
        return progress;
    }

    /** Runs when the process is asked to end; it ends when this returns. */
    private void stop() {
        if (done.getCount() == 0) {
            return;
        }
        stopping = true;
        out.println(System.lineSeparator() + "stopping after this step");
        out.flush();
        try {
            done.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void preflight(Preflight preflight) {
        PreflightReport.of(preflight, terminal).lines().forEach(this::say);
    }

    @Override
    public void begins(Plan plan) {
        say("%d numbers are trained in %d steps, on %s".formatted(plan.parameters(), plan.totalSteps(),
                plan.backend()));
        if (plan.resumedAt() > 0) {
            say("resumed after step " + plan.resumedAt());
        }
    }

    @Override
    public void referenced(int answers, int total) {
        if (terminal || answers == total) {
            out.print("%s%d of %d answers weighed by the model before training%s"
                    .formatted(terminal ? "\r\033[K" : "", answers, total, terminal ? "" : System.lineSeparator()));
            out.flush();
        }
    }

    @Override
    public void preferred(LossCurve.Margin told, boolean heldOut) {
        String words = String.format(
                Locale.ROOT, ", margin %.4f, accuracy %.0f %%", told.margin(), 100 * told.accuracy());
        if (heldOut) {
            heldOutMargin = words;
        } else {
            margin = words;
        }
    }

    @Override
    public void measured(LossCurve.HeldOut heldOut, boolean best) {
        say(String.format(
                Locale.ROOT,
                "step %d: held-out loss %.4f%s%s",
                heldOut.step(),
                heldOut.loss(),
                heldOutMargin,
                best ? ", the best so far, saved" : ""));
    }

    @Override
    public void stepped(Progress progress) {
        line = String.format(
                Locale.ROOT,
                "step %d of %d, epoch %d: loss %.4f%s, held out %.4f%s, %.0f tokens/s, %s left, peak memory %s",
                progress.point().step(),
                progress.totalSteps(),
                progress.epoch(),
                progress.point().loss(),
                margin,
                progress.heldOutLoss(),
                heldOutMargin,
                progress.tokensPerSecond(),
                time(progress.left()),
                Sizes.of(progress.peakMemory()));
        long now = System.nanoTime();
        if (now >= next) {
            next = now + (terminal ? ON_TERMINAL : ELSEWHERE);
            out.print(terminal ? "\r\033[K" + line : line + System.lineSeparator());
            out.flush();
        }
    }

    /** A line that stays. */
    private void say(String words) {
        out.println(terminal ? "\r\033[K" + words : words);
        out.print(terminal ? line : "");
        out.flush();
    }

    @Override
    public boolean stopRequested() {
        return stopping;
    }

    /** Seconds below two minutes, minutes below two hours, then hours. */
    static String time(Duration duration) {
        long seconds = duration.toSeconds();
        if (seconds < 120) {
            return seconds + " s";
        }
        return seconds < 7200 ? seconds / 60 + " min" : String.format(Locale.ROOT, "%.1f h", seconds / 3600.0);
    }

    @Override
    public void close() {
        if (terminal) {
            out.print("\r\033[K");
            out.flush();
        }
        done.countDown();
        if (!stopping) {
            Runtime.getRuntime().removeShutdownHook(hook);
        }
    }
}
