package dev.vesper.train;

import dev.vesper.data.DataException;
import dev.vesper.data.DataFormat;
import dev.vesper.data.Texts;
import dev.vesper.llm.file.Gguf;
import dev.vesper.llm.text.VocabularyException;
import dev.vesper.train.fresh.FreshModel;
import dev.vesper.train.vocabulary.VocabularyTrainer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Stream;
import tools.jackson.databind.json.JsonMapper;

/** Fits a model from scratch: learns a vocabulary, makes a model of random weights, and trains all of them. */
public final class ScratchTrainer {
    /** Tokens of a message besides its content: who speaks, and the end. */
    private static final int TOKENS_AROUND = 2;

    private ScratchTrainer() {}

    /** Hears what was learnt before the training itself begins. */
    @FunctionalInterface
    public interface StartListener {
        void started(VocabularyTrainer.Result vocabulary, long parameters, int batchRows);
    }

    /**
     * Trains, or goes on with training. What a run to be resumed began with is made again and must be the same.
     *
     * @throws DataException if the data cannot be used
     * @throws VocabularyException if the data has no vocabulary of that size
     * @throws TrainException as {@link Tuner#run} does
     */
    public static TrainResult run(ScratchRequest request, StartListener start, TrainListener listener) {
        prepare(request);
        TuneRequest tuning = begin(request, start);
        boolean begun = Files.isRegularFile(new RunDirectory(request.run()).record());
        return Tuner.run(begun ? tuning : tuning.fromStart(), listener);
    }

    /**
     * Finds out what a run from the start would do, need and take, and leaves its folder alone: what it would begin with
     * is made in one of its own and thrown away.
     *
     * @throws DataException if the data cannot be used
     * @throws TrainException if the run cannot fit into memory
     */
    public static Preflight preflight(ScratchRequest request, StartListener start) {
        try {
            Path folder = Files.createTempDirectory("vesper-train");
            ScratchRequest elsewhere = request.in(folder);
            try {
                return Tuner.preflight(begin(elsewhere, start));
            } finally {
                Files.deleteIfExists(elsewhere.start());
                Files.delete(folder);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("a folder to try the run in: " + e, e);
        }
    }

    /** Learns the vocabulary, and makes the model that the run begins with if it is not there. */
    private static TuneRequest begin(ScratchRequest request, StartListener start) {
        VocabularyTrainer trainer = new VocabularyTrainer();
        Texts texts = Texts.read(request.data(), request.format(), request.options().rows().skipBad(), trainer::add);
        VocabularyTrainer.Result learnt = FreshModel.vocabulary(trainer, request.blueprint());
        String recipe = recipe(request, texts);
        if (Files.exists(request.start())) {
            requireSame(request.start(), recipe);
        } else {
            new FreshModel(request.blueprint(), learnt.vocabulary(), request.options().seed())
                    .write(request.start(), recipe);
        }
        int batchRows = batchRows(request, texts, learnt.tokens());
        start.started(learnt, request.blueprint().parameters(learnt.vocabulary().size()), batchRows);
        return request.tuning(batchRows);
    }

    private static void prepare(ScratchRequest request) {
        try {
            if (request.resume()) {
                if (!Files.isRegularFile(request.start())) {
                    throw new TrainException("%s: there is no run to resume: no %s"
                            .formatted(request.out(), request.start().getFileName()));
                }
                return;
            }
            if (Files.exists(request.out()) && !Files.isDirectory(request.out())) {
                throw new TrainException(
                        "%s: expected a folder for the results, found a file".formatted(request.out()));
            }
            Files.createDirectories(request.out());
            try (Stream<Path> entries = Files.list(request.out())) {
                if (entries.findAny().isPresent()) {
                    throw new TrainException(
                            "%s: expected an empty or new folder for the results, found files in it; to go on with an interrupted run there, resume it (--resume)"
                                    .formatted(request.out()));
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(
                    "%s: cannot be made the folder for results: %s".formatted(request.out(), e), e);
        }
    }

    /** What decides the bits of the start. */
    private static String recipe(ScratchRequest request, Texts texts) {
        Map<String, Object> recipe = new LinkedHashMap<>(request.blueprint().settings());
        recipe.put("seed", request.options().seed());
        recipe.put("data_sha256", texts.sha256());
        return JsonMapper.shared().writeValueAsString(recipe);
    }

    private static void requireSame(Path start, String recipe) {
        try (Gguf file = Gguf.open(start)) {
            String before = file.metadata().string(FreshModel.RECIPE).orElse("nothing");
            if (!before.equals(recipe)) {
                throw new TrainException("%s: only the same run can be resumed, but it was made from %s and is now %s"
                        .formatted(start, before, recipe));
            }
        }
    }

    /** Rows of a step, from the mean length of a row. */
    private static int batchRows(ScratchRequest request, Texts texts, long tokens) {
        int longest = request.options().rows().maxSequence();
        double mean = request.format() == DataFormat.TEXT
                ? longest
                : Math.min(longest, (double) (tokens + TOKENS_AROUND * texts.texts()) / texts.rows());
        return (int) Math.max(1, Math.round(request.batchTokens() / mean));
    }
}
