package dev.vesper.train;

import dev.vesper.data.Data;
import dev.vesper.data.Hashes;
import dev.vesper.data.Row;
import dev.vesper.llm.Backend;
import dev.vesper.llm.ModelFile;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** All that a run works with, made from a request: the model opened, the data read, and that it fits made sure. */
final class Preparation implements AutoCloseable {
    /** Bytes that a token of a row takes: its number, and whether it is learnt. */
    private static final int TOKEN_BYTES = 5;

    private static final int SMALLEST_PASS = 64;

    private final TuneRequest request;
    private final ModelFile model;
    private final Backend backend;
    private final Arena arena;
    private final Data data;

    private Preparation(TuneRequest request, ModelFile model, Backend backend, Arena arena, Data data) {
        this.request = request;
        this.model = model;
        this.backend = backend;
        this.arena = arena;
        this.data = data;
    }

    /**
     * Opens and reads what the request names.
     *
     * @throws dev.vesper.data.DataException if the data cannot be used
     */
    @SuppressWarnings("MustBeClosedChecker") // they live as long as the preparation
    static Preparation of(TuneRequest request) {
        ModelFile model = ModelFile.open(request.model());
        try {
            TrainOptions options = request.options();
            Data data = Data.read(request.data(), request.format(), model, options.rows(), options.seed());
            return new Preparation(
                    request, model, Backend.of(request.kernels(), request.threads()), Arena.ofShared(), data);
        } catch (RuntimeException | Error e) {
            model.close();
            throw e;
        }
    }

    ModelFile model() {
        return model;
    }

    Backend backend() {
        return backend;
    }

    Data data() {
        return data;
    }

    /**
     * The trainer of the run, with its parameters made.
     *
     * @throws TrainException if it cannot fit into the memory that there is
     */
    Trainer trainer(RunDirectory directory, Map<String, Object> settings, TrainListener listener) {
        requireRoom(Memory.Room.now());
        return unchecked(directory, settings, listener);
    }

    /** The same, whether it fits or not. */
    Trainer unchecked(RunDirectory directory, Map<String, Object> settings, TrainListener listener) {
        TrainOptions options = request.options();
        Trainee trainee = Trainee.of(model, options.method(), options.seed(), backend, arena);
        Samples samples =
                Samples.of(directory.samples(), this, trainee.model(), request.conduct(), request.format());
        return new Trainer(
                trainee, data, options, settings, directory, request.pace(), new WatchedRun(listener, samples), backend,
                request.conduct());
    }

    /** A trainer of its own beginning on some of the rows, of which nothing is saved. */
    Trainer trial(Data part, TrainOptions options) {
        requireRoom(Memory.Room.now());
        Trainee trainee = Trainee.of(model, options.method(), options.seed(), backend, arena);
        Trainer trainer = new Trainer(
                trainee, part, options, settings(), new RunDirectory(request.out()), request.pace(), TrainListener.NONE,
                backend, request.conduct());
        trainer.prepareTrial();
        return trainer;
    }

    /** What the run needs at its peak. */
    Memory memory() {
        return memory(passes(), request.conduct().lowMemory());
    }

    Passes passes() {
        return Passes.of(data, request.options().objective(), request.options().steps());
    }

    private Memory memory(Passes passes, boolean lowMemory) {
        long tokens = data.train().stream().mapToLong(row -> row.tokens().length).sum()
                + data.heldOut().stream().mapToLong(row -> row.tokens().length).sum();
        return MemoryEstimate.of(model, request.options().method(), HeapRegions.current())
                .of(passes, lowMemory, backend.workers().threads(),
                        data.file().toFile().length() + TOKEN_BYTES * tokens);
    }

    /** @throws TrainException if the run needs more memory than there is; says what would fit */
    void requireRoom(Memory.Room room) {
        Memory need = memory();
        if (room.holds(need)) {
            return;
        }
        String parts = need.parts().stream()
                .sorted((a, b) -> Long.compare(b.bytes(), a.bytes()))
                .limit(3)
                .map(part -> "%s %s".formatted(part.name(), mebibytes(part.bytes())))
                .collect(Collectors.joining(", "));
        throw new TrainException(
                ("this run needs about %s of memory, %s of it in Java's heap (most of it: %s), but the machine can give"
                        + " %s and the heap %s; %s")
                        .formatted(
                                mebibytes(need.total()), mebibytes(need.heap()), parts, mebibytes(room.machine()),
                                mebibytes(room.heap()), remedies(need, room)));
    }

    private String remedies(Memory need, Memory.Room room) {
        List<String> remedies = new ArrayList<>();
        int longest = Math.max(
                data.train().stream().mapToInt(Row::inputs).max().orElse(1),
                data.heldOut().stream().mapToInt(Row::inputs).max().orElse(1));
        int together = request.options().objective().rowsTogether();
        boolean low = request.conduct().lowMemory();
        for (boolean lowMemory : low ? new boolean[] {true} : new boolean[] {false, true}) {
            for (int pass = need.positions(); pass >= SMALLEST_PASS; pass /= 2) {
                Memory other = memory(passes().atMost(pass), lowMemory);
                if (room.holds(other)) {
                    remedies.add(
                            remedy(pass, pass < need.positions(), lowMemory && !low,
                                    pass / together < longest ? pass / together : 0, mebibytes(other.total())));
                    break;
                }
            }
        }
        if (need.total() <= room.machine()) {
            remedies.add(
                    "VESPER_JAVA_OPTS=-Xmx%dm (gives the heap enough)".formatted((need.heap() >> 20) * 11 / 10 + 1));
        }
        return remedies.isEmpty()
                ? "no setting of this run would make it fit: take shorter rows (--max-sequence)%s or a smaller model"
                        .formatted(request.options().method() instanceof Method.Lora ? ", a lower --rank" : "")
                : "what would fit: " + String.join("; or ", remedies);
    }

    /** @param sequence the longest that rows may be, 0 for as they are */
    private static String remedy(int pass, boolean smaller, boolean lowMemory, int sequence, String need) {
        List<String> options = new ArrayList<>();
        if (lowMemory) {
            options.add("--low-memory");
        }
        if (smaller) {
            options.add("--micro-batch-tokens " + pass);
        }
        if (sequence > 0) {
            options.add("--max-sequence %d --truncate".formatted(sequence));
        }
        return "%s (%s)".formatted(String.join(" ", options), need);
    }

    private static String mebibytes(long bytes) {
        return bytes < 10L << 30
                ? "%,d MiB".formatted(Math.max(1, bytes >> 20))
                : "%,d GiB".formatted(bytes >> 30);
    }

    /** What the trainer is about to do; makes passes to see what they take. */
    Preflight preflight(Trainer trainer) {
        Pace pace = trainer.rehearse();
        long heldOut = data.heldOut().stream().mapToLong(Row::inputs).sum();
        long positions = trainer.positionsLeft();
        int measurements = trainer.measurementsLeft();
        long before = trainer.positionsBefore();
        return new Preflight(
                data,
                Preflight.Example.of(data.train(), model.tokenizer()),
                memory(),
                Memory.Room.now(),
                pace,
                pace.time(positions, before + measurements * heldOut),
                trainer.totalSteps() - trainer.step(),
                before,
                positions,
                measurements);
    }

    /** What decides the bits of the result. */
    Map<String, Object> settings() {
        Map<String, Object> settings = new LinkedHashMap<>(request.options().settings());
        settings.put("kernels", backend.choice().kernels().description());
        settings.put("data_format", data.format().name().toLowerCase(Locale.ROOT));
        settings.put("data_sha256", data.sha256());
        settings.put("model_sha256", Hashes.sha256(request.model()));
        return settings;
    }

    @Override
    public void close() {
        arena.close();
        backend.close();
        model.close();
    }
}
