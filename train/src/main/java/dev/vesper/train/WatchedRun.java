package dev.vesper.train;

import java.nio.file.Path;

/** Hands on what happens in a run, and takes samples at each measurement. */
record WatchedRun(TrainListener listener, Samples samples) implements TrainListener {
    @Override
    public void preflight(Preflight preflight) {
        listener.preflight(preflight);
    }

    @Override
    public void begins(Plan plan) {
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
    public void measured(LossCurve.HeldOut heldOut, boolean best) {
        listener.measured(heldOut, best);
        samples.take(heldOut.step());
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
