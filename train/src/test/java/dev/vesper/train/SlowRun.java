package dev.vesper.train;

import java.nio.file.Path;

/** A run in a process of its own, slow enough to be killed in the middle. */
final class SlowRun {
    private SlowRun() {}

    public static void main(String[] arguments) {
        TuneRequest request = Runs.request(
                Path.of(arguments[0]),
                Path.of(arguments[1]),
                Path.of(arguments[2]),
                Runs.options(Runs.LORA, Integer.parseInt(arguments[3])),
                arguments.length > 4);
        Tuner.run(request, new TrainListener() {
            @Override
            public void stepped(Progress progress) {
                System.out.println("step " + progress.point().step());
                try {
                    Thread.sleep(50);
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
            }
        });
    }
}
