package dev.vesper.cli;

import dev.vesper.train.eval.EvalListener;
import java.io.PrintWriter;
import org.jspecify.annotations.Nullable;

/** Shows on stderr how an evaluation goes. */
final class EvalProgress implements EvalListener {
    private final PrintWriter out;
    private @Nullable Progress progress;

    EvalProgress(PrintWriter out) {
        this.out = out;
    }

    @Override
    public void begins(String what, String unit, long total) {
        progress = Progress.of(what + ":", unit, total, out);
    }

    @Override
    public void advanced(long amount) {
        if (progress != null) {
            progress.add(amount);
        }
    }

    @Override
    public void ends() {
        if (progress != null) {
            progress.close();
        }
    }
}
