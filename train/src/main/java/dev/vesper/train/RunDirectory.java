package dev.vesper.train;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** The folder that a run leaves behind: the result, where it can be resumed, what it was made from, and how it went. */
public record RunDirectory(Path folder) {

    /** What was trained if it was the whole model; an adapter lies in the folder itself, in PEFT's form. */
    public Path model() {
        return folder.resolve("model.gguf");
    }

    /** Where the run can be resumed. */
    public Path checkpoint() {
        return folder.resolve("checkpoint.safetensors");
    }

    /** What the model thought of all rows before training, for objectives that ask. */
    public Path reference() {
        return folder.resolve("reference.json");
    }

    /** Settings, hashes, machine, and figures. */
    public Path record() {
        return folder.resolve("run.json");
    }

    /** How chosen and rejected answers came apart, as a picture, for objectives that tell them apart. */
    public Path margins() {
        return folder.resolve("margin.svg");
    }

    /** The losses as a picture. */
    public Path curve() {
        return folder.resolve("loss.svg");
    }

    /** What the model answered at each measurement. */
    public Path samples() {
        return folder.resolve("samples.json");
    }

    /**
     * The page about the run.
     *
     * @param kind html or md
     */
    public Path report(String kind) {
        return folder.resolve("report." + kind);
    }

    /**
     * Creates the folder for a new run, or finds that of one to resume.
     *
     * @throws TrainException if there is something in the folder of a new run, or no run in that of one to resume, or one
     *     that another process is making
     */
    void prepare(boolean resume) {
        if (resume) {
            if (!Files.isRegularFile(record())) {
                throw new TrainException(
                        "%s: there is no run to resume: no %s".formatted(folder, record().getFileName()));
            }
            PastRun.read(folder).requireIdle();
            return;
        }
        try {
            if (Files.exists(folder) && !Files.isDirectory(folder)) {
                throw new TrainException("%s: expected a folder for the results, found a file".formatted(folder));
            }
            Files.createDirectories(folder);
            try (Stream<Path> entries = Files.list(folder)) {
                if (entries.findAny().isPresent()) {
                    throw new TrainException(
                            "%s: expected an empty or new folder for the results, found files in it; to go on with an interrupted run there, resume it (--resume)"
                                    .formatted(folder));
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException("%s: cannot be made the folder for results: %s".formatted(folder, e), e);
        }
    }

    boolean hasReference() {
        return Files.isRegularFile(reference());
    }

    boolean hasCheckpoint() {
        return Files.isRegularFile(checkpoint());
    }
}
