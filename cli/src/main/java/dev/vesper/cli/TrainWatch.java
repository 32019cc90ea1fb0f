package dev.vesper.cli;

import dev.vesper.data.Row;
import dev.vesper.train.LossCurve;
import dev.vesper.train.Preflight;
import dev.vesper.train.TrainListener;
import java.nio.file.Path;
import java.util.List;

/** Passes on what happens in a run, and remembers which rows were held out, to measure on them again. */
final class TrainWatch implements TrainListener {
    private final TrainListener listener;
    private List<Row> heldOut = List.of();

    TrainWatch(TrainListener listener) {
        this.listener = listener;
    }

    List<Row> heldOut() {
        return heldOut;
    }

    @Override
    public void preflight(Preflight preflight) {
        listener.preflight(preflight);
    }

    @Override
    public void begins(Plan plan) {
        heldOut = plan.data().heldOut();
        listener.begins(plan);
    }

    @Override
    public void referenced(int answers, int total) {
        listener.referenced(answers, total);
    }

    @Override
    public void preferred(LossCurve.Margin margin, boolean heldOut) {
        listener.preferred(margin, heldOut);
    }

    @Override
    public void stepped(Progress progress) {
        listener.stepped(progress);
    }

    @Override
    public void measured(LossCurve.HeldOut heldOutLoss, boolean best) {
        listener.measured(heldOutLoss, best);
    }

    @Override
    public void saved(Path checkpoint, int step) {
        listener.saved(checkpoint, step);
    }

    @Override
    public boolean stopRequested() {
        return listener.stopRequested();
    }
}
