package dev.vesper.cli;

import dev.vesper.llm.Llm;
import dev.vesper.llm.LoadOptions;
import dev.vesper.llm.file.ModelFileException;
import dev.vesper.server.AdapterFolder;
import dev.vesper.server.ServerOptions;
import dev.vesper.server.VesperServer;
import dev.vesper.tensor.Format;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Serves a model over OpenAI's API until it is told to stop. */
@Command(
        name = "serve",
        description = {
            "Serve a model, and adapters of it under names, over OpenAI's API.",
            "Ctrl-C or SIGTERM lets requests that run go on for a while, and then ends."
        },
        footer = {
            "",
            "Examples:",
            "  vesper serve --model model.gguf",
            "  vesper serve --model model.gguf --adapter letters=runs/letters --port 9000",
            "  vesper serve --model model.gguf --adapters my-adapters",
            "  VESPER_API_KEY=secret vesper serve --model model.gguf --host 0.0.0.0"
        })
final class ServeCommand implements Callable<Integer> {
    /** Kept here, as the JDK forgets the level of a logger that nobody holds. */
    private static final Logger JETTY = Logger.getLogger("org.eclipse.jetty");

    /** How often the folder of adapters is looked at. */
    private static final Duration POLL = Duration.ofSeconds(1);

    @Option(names = "--model", required = true, paramLabel = "FILE", description = "The model, a GGUF file.")
    private Path model = Path.of("");

    @Option(
            names = "--name",
            paramLabel = "NAME",
            defaultValue = "",
            description = "What requests call the model; the file's name without .gguf where this is not given.")
    private String name = "";

    @Option(
            names = "--adapter",
            paramLabel = "NAME=PATH[=W]",
            description = "An adapter, a folder in PEFT's form or a GGUF file, what requests call it, and how much of it"
                    + " (1); several of one name are put on top of each other.")
    private List<String> adapters = List.of();

    @Option(
            names = "--adapters",
            paramLabel = "FOLDER",
            description = "A folder to watch: each adapter that appears in it, by its name, is served from then on; one that"
                    + " is replaced is read again, one that is removed goes.")
    private @Nullable Path adapterFolder;

    @Option(
            names = "--host",
            paramLabel = "H",
            defaultValue = "127.0.0.1",
            description = "The address to listen on (${DEFAULT-VALUE}); one that others can reach needs --api-key.")
    private String host = "";

    @Option(
            names = "--port",
            paramLabel = "P",
            defaultValue = "8080",
            description = "The port to listen on (${DEFAULT-VALUE}); 0 for any that is free.")
    private int port;

    @Option(
            names = "--api-key",
            paramLabel = "K",
            defaultValue = "${env:VESPER_API_KEY:-}",
            showDefaultValue = picocli.CommandLine.Help.Visibility.NEVER,
            description = "What clients must send as their API key. Others can see the arguments of a program:"
                    + " the variable VESPER_API_KEY says it too.")
    private String apiKey = "";

    @Option(
            names = "--threads", converter = Values.Threads.class,
            paramLabel = "T",
            description = "Threads to compute with; 0, the default, for all processors.")
    private int threads;

    @Option(
            names = "--kernels", converter = Values.Kernels.class,
            paramLabel = "KIND",
            defaultValue = "auto",
            description = "auto, scalar, vector, x86 or x86-f32; auto takes the fastest that runs here.")
    private String kernels = "";

    @Option(
            names = "--context", converter = Values.Context.class,
            paramLabel = "N",
            description = "The longest text in tokens, prompt and reply together; 0, the default, for the model's own.")
    private int context;

    @Option(
            names = "--cache-type", converter = Values.CacheType.class,
            paramLabel = "F",
            description = "What keys and values are kept in: f32, the default, f16 (half) or q8_0 (about a quarter of it).")
    private Format cacheType = Format.F32;

    @Option(
            names = "--max-running",
            paramLabel = "N",
            defaultValue = "64",
            description = "Replies that are written at a time (${DEFAULT-VALUE}); others wait.")
    private int maximumRunning;

    @Option(
            names = "--max-requests",
            paramLabel = "N",
            defaultValue = "512",
            description = "Replies that are written or wait (${DEFAULT-VALUE}); what comes beyond is refused with 503.")
    private int maximumRequests;

    @Option(
            names = "--stop-timeout",
            paramLabel = "SECONDS",
            defaultValue = "10",
            description = "How long requests may go on after the signal to stop (${DEFAULT-VALUE}).")
    private int stopTimeout;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() {
        ServerOptions options = options();
        Map<String, List<AdapterArgument>> given = givenAdapters();
        checkFolder();
        JETTY.setLevel(Level.WARNING);
        try (Llm llm = Llm.load(model, new LoadOptions(kernels, threads, context, 0, maximumRunning, cacheType))) {
            given.forEach((adapter, parts) -> llm.addWeighted(
                    adapter, parts.stream().map(part -> part.read(llm.file())).toList()));
            try (@Nullable AdapterFolder watched = watch(llm);
                    VesperServer server = VesperServer.start(llm, baseName(), options)) {
                describe(llm, server);
                var hook = new Thread(() -> stop(llm, server, watched), "vesper-stop");
                Runtime.getRuntime().addShutdownHook(hook);
                try {
                    new CountDownLatch(1).await();
                } catch (InterruptedException e) {
                    // A signal ends the process and comes by the hook. An interrupt says the same to this thread alone, and
                    // is not passed on: the requests that run may still go on for a while.
                } finally {
                    removeHook(hook);
                }
            }
        }
        return Vesper.DONE;
    }

    private ServerOptions options() {
        try {
            ServerOptions defaults = ServerOptions.defaults();
            ServerOptions options = defaults.at(host, port)
                    .apiKey(apiKey)
                    .limits(defaults.maximumBodyBytes(), maximumRequests)
                    .times(defaults.idle(), Duration.ofSeconds(stopTimeout));
            options.address();
            return options;
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), String.valueOf(e.getMessage()), e);
        }
    }

    private String baseName() {
        if (!name.isEmpty()) {
            return name;
        }
        Path file = model.getFileName();
        String text = file == null ? "" : file.toString();
        return text.endsWith(".gguf") ? text.substring(0, text.length() - ".gguf".length()) : text;
    }

    private void checkFolder() {
        if (adapterFolder != null && !Files.isDirectory(adapterFolder)) {
            throw new ModelFileException(adapterFolder, "watching for adapters", "a folder",
                    Files.exists(adapterFolder) ? "a file" : "no such folder");
        }
    }

    private @Nullable AdapterFolder watch(Llm llm) {
        if (adapterFolder == null) {
            return null;
        }
        PrintWriter err = spec.commandLine().getErr();
        return AdapterFolder.watch(llm, baseName(), adapterFolder, POLL, line -> {
            err.println("vesper: " + line);
            err.flush();
        });
    }

    private Map<String, List<AdapterArgument>> givenAdapters() {
        Map<String, List<AdapterArgument>> given = new LinkedHashMap<>();
        for (String adapter : adapters) {
            int equals = adapter.indexOf('=');
            if (equals < 1 || equals == adapter.length() - 1) {
                throw new ParameterException(
                        spec.commandLine(), "--adapter: expected NAME=PATH, found \"%s\"".formatted(adapter));
            }
            String adapterName = adapter.substring(0, equals);
            if (adapterName.equals(baseName())) {
                throw new ParameterException(
                        spec.commandLine(),
                        "--adapter: \"%s\" is the model itself; give the adapter another name, or the model (--name)"
                                .formatted(adapterName));
            }
            given.computeIfAbsent(adapterName, key -> new ArrayList<>()).add(part(adapter.substring(equals + 1)));
        }
        return given;
    }

    private AdapterArgument part(String text) {
        try {
            return AdapterArgument.of(text);
        } catch (IllegalArgumentException e) {
            throw new ParameterException(spec.commandLine(), "--adapter: " + e.getMessage(), e);
        }
    }

    private void describe(Llm llm, VesperServer server) {
        PrintWriter err = spec.commandLine().getErr();
        err.printf("vesper: serving %s/v1%s%n", server.uri(), apiKey.isEmpty() ? "" : ", with an API key");
        err.printf("vesper: models: %s%n", String.join(", ", server.models()));
        err.printf("vesper: context of %d tokens; %s%n", llm.contextLength(), llm.describeBackend());
        if (!llm.file().hasTemplate()) {
            err.printf("vesper: %s has no chat template; the template \"%s\" is used%n",
                    model, llm.file().template().name());
        }
        err.flush();
    }

    private void stop(Llm llm, VesperServer server, @Nullable AdapterFolder watched) {
        if (watched != null) {
            watched.close();
        }
        PrintWriter err = spec.commandLine().getErr();
        int left = llm.load().running() + llm.load().waiting();
        if (left > 0) {
            err.printf("vesper: stopping; %d replies are being written and have %d s%n", left, stopTimeout);
            err.flush();
        }
        boolean done = server.stop();
        err.println(done ? "vesper: stopped" : "vesper: stopped; some replies were cut off");
        err.flush();
        llm.close();
    }

    private static void removeHook(Thread hook) {
        try {
            Runtime.getRuntime().removeShutdownHook(hook);
        } catch (IllegalStateException e) {
            // the process is ending, and the hook runs
        }
    }
}
