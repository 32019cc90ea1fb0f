package dev.vesper.server;

import dev.vesper.llm.Llm;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * Keeps the adapters of a folder served while they come, change and go: each PEFT folder {@code NAME} and each file
 * {@code NAME.gguf} in it. It is looked at again and again, which works on every file system. An adapter is taken when
 * two looks have found the same files, so that one that is still being written waits; one that cannot be read gives a
 * line in the log and leaves what was served by its name. Requests that run go on with what they began with.
 */
public final class AdapterFolder implements AutoCloseable {
    private static final List<String> PEFT_FILES = List.of("adapter_config.json", "adapter_model.safetensors");
    private static final String GGUF = ".gguf";
    /** Between the two looks at the start, which should not take long. */
    private static final Duration FIRST_PAUSE = Duration.ofMillis(200);

    /** What tells whether a file is another than before. */
    private record Stamp(String file, long bytes, long modifiedNanos, String key) {}

    /** @param stamps of its files; empty where it is not whole */
    private record Found(Path path, List<Stamp> stamps) {}

    /** What is known of a name: what the last look found, and what was last dealt with. */
    private static final class Known {
        List<Stamp> seen = List.of();
        List<Stamp> handled = List.of();
        boolean served;
        boolean missing;
    }

    private final Llm llm;
    private final Path folder;
    private final Set<String> taken;
    private final Duration every;
    private final Consumer<String> log;
    private final Map<String, Known> known = new TreeMap<>();
    private final Map<Path, String> complaints = new HashMap<>();
    private final Thread thread;

    private AdapterFolder(Llm llm, Path folder, Set<String> taken, Duration every, Consumer<String> log) {
        this.llm = llm;
        this.folder = folder;
        this.taken = taken;
        this.every = every;
        this.log = log;
        this.thread = Thread.ofPlatform().daemon().name("vesper-adapters").unstarted(this::run);
    }

    /**
     * Serves what is in the folder, and goes on to look. The model stays the caller's to close, after this.
     *
     * @param base what the model without adapters is called, which no adapter may be
     * @param every how long to wait between two looks
     * @param log takes a line for each adapter that came, changed, went or could not be read; from a thread of this
     */
    public static AdapterFolder watch(Llm llm, String base, Path folder, Duration every, Consumer<String> log) {
        Set<String> taken = new TreeSet<>(llm.adapterNames());
        taken.add(base);
        var watched = new AdapterFolder(llm, folder, taken, every, log);
        watched.look();
        if (!watched.known.isEmpty() && pause(FIRST_PAUSE)) {
            watched.look();
        }
        watched.thread.start();
        return watched;
    }

    private void run() {
        while (pause(every)) {
            look();
        }
    }

    /** Returns whether nobody wants this to end. */
    private static boolean pause(Duration time) {
        try {
            Thread.sleep(time);
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    /** Looks once: from the thread of this alone, unless that sleeps. */
    void look() {
        try {
            Map<String, Found> found = list();
            found.forEach(this::consider);
            for (String name : List.copyOf(known.keySet())) {
                if (!found.containsKey(name)) {
                    miss(name);
                }
            }
            complaints.remove(folder);
        } catch (IOException | RuntimeException e) {
            complain(folder, "the folder of adapters cannot be read, and all stays as it is: " + e);
        }
    }

    private Map<String, Found> list() throws IOException {
        List<Path> paths;
        try (Stream<Path> entries = Files.list(folder)) {
            paths = entries.sorted().toList();
        }
        Map<String, Found> found = new TreeMap<>();
        for (Path path : paths) {
            Optional<Found> adapter = adapter(path);
            if (adapter.isEmpty()) {
                continue;
            }
            String name = name(path);
            if (taken.contains(name)) {
                complain(path, "adapter %s is not taken: the name is in use already".formatted(path));
                continue;
            }
            Found first = found.putIfAbsent(name, adapter.get());
            if (first != null) {
                complain(path, "adapter %s is not taken: %s has its name".formatted(path, first.path()));
            }
        }
        return found;
    }

    private static String name(Path path) {
        String file = String.valueOf(path.getFileName());
        return file.endsWith(GGUF) && !Files.isDirectory(path)
                ? file.substring(0, file.length() - GGUF.length())
                : file;
    }

    /** What lies there if it is, or is to become, an adapter. */
    private static Optional<Found> adapter(Path path) throws IOException {
        String file = String.valueOf(path.getFileName());
        if (file.startsWith(".") || file.endsWith(".tmp")) {
            return Optional.empty();
        }
        if (Files.isDirectory(path)) {
            return Optional.of(new Found(path, stamps(path, PEFT_FILES)));
        }
        return file.endsWith(GGUF) && file.length() > GGUF.length()
                ? Optional.of(new Found(path, stamps(folderOf(path), List.of(file))))
                : Optional.empty();
    }

    private static Path folderOf(Path file) {
        return file.resolveSibling("");
    }

    /** Stamps of all these files; empty if one is missing. */
    private static List<Stamp> stamps(Path folder, List<String> files) throws IOException {
        List<Stamp> stamps = new ArrayList<>();
        for (String file : files) {
            Path path = folder.resolve(file);
            if (!Files.isRegularFile(path)) {
                return List.of();
            }
            BasicFileAttributes attributes = Files.readAttributes(path, BasicFileAttributes.class);
            stamps.add(new Stamp(file, attributes.size(),
                    attributes.lastModifiedTime().to(TimeUnit.NANOSECONDS),
                    String.valueOf(attributes.fileKey())));
        }
        return stamps;
    }

    private void consider(String name, Found found) {
        Known own = known.computeIfAbsent(name, key -> new Known());
        own.missing = false;
        boolean settled = !found.stamps().isEmpty() && found.stamps().equals(own.seen);
        own.seen = found.stamps();
        if (settled && !found.stamps().equals(own.handled)) {
            take(name, found.path(), own);
        }
    }

    private void take(String name, Path path, Known own) {
        try {
            llm.addAdapters(name, List.of(llm.file().readAdapter(path)));
            log("adapter %s: %s".formatted(name, own.served ? "replaced" : "served from now on"));
            own.served = true;
        } catch (RuntimeException | InternalError | OutOfMemoryError e) {
            // InternalError: the file became shorter while it was read
            log("adapter %s: %s: %s".formatted(name,
                    own.served ? "cannot be read, and the one before stays" : "not served", e.getMessage()));
        }
        own.handled = own.seen;
    }

    /** A name is gone when two looks in a row have not found it: between two renames there is a moment without it. */
    private void miss(String name) {
        Known own = Objects.requireNonNull(known.get(name));
        if (!own.missing) {
            own.missing = true;
            return;
        }
        known.remove(name);
        if (own.served) {
            llm.removeAdapters(name);
            log("adapter %s: removed".formatted(name));
        }
    }

    /** Once, and not again at each look. */
    private void complain(Path about, String message) {
        if (!message.equals(complaints.put(about, message))) {
            log(message);
        }
    }

    /** One line, whatever is in names and messages. */
    private void log(String message) {
        log.accept(message.replaceAll("[\\p{Cntrl}]+", " "));
    }

    /** Stops looking; what is served stays so. */
    @Override
    public void close() {
        thread.interrupt();
        boolean interrupted = false;
        while (thread.isAlive() && thread != Thread.currentThread()) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
