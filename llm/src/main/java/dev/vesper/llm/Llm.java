package dev.vesper.llm;

import dev.vesper.llm.engine.Engine;
import dev.vesper.llm.engine.EngineOptions;
import dev.vesper.llm.engine.GenerationRequest;
import dev.vesper.llm.lora.Adapter;
import dev.vesper.llm.lora.WeightedAdapter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Collectors;

/**
 * A language model, loaded and ready. Requests may come from any number of threads; they share the model's passes.
 *
 * <pre>{@code
 * try (Llm llm = Llm.load(Path.of("model.gguf"))) {
 *     Reply reply = llm.chat(List.of(Message.user("Why is the sky blue?")), GenerateOptions.defaults());
 *     System.out.println(reply.text());
 * }
 * }</pre>
 */
public final class Llm implements AutoCloseable {
    private static final int PROMPT_TOKENS_PER_STEP = 512;

    private final ModelFile file;
    private final Backend backend;
    private final Engine engine;
    private final AdapterShelf adapters;

    private Llm(ModelFile file, Backend backend, Engine engine, AdapterShelf adapters) {
        this.file = file;
        this.backend = backend;
        this.engine = engine;
        this.adapters = adapters;
    }

    /** Loads a GGUF file with default settings. */
    public static Llm load(Path path) {
        return load(path, LoadOptions.defaults());
    }

    /**
     * Loads a GGUF file: maps it, reads its tokenizer and template, starts the engine.
     *
     * @throws dev.vesper.llm.file.ModelFileException if it is not a sound file
     * @throws dev.vesper.llm.arch.UnsupportedModelException if this build cannot run it
     */
    public static Llm load(Path path, LoadOptions options) {
        ModelFile file = ModelFile.open(path);
        try {
            Backend backend = Backend.of(options.kernels(), options.threads());
            Engine engine = new Engine(backend.inference(), file.model().shape(), engineOptions(file, options)).start();
            return new Llm(file, backend, engine, new AdapterShelf(file));
        } catch (RuntimeException e) {
            file.close();
            throw e;
        }
    }

    private static EngineOptions engineOptions(ModelFile file, LoadOptions options) {
        int own = file.model().shape().contextLength();
        long cache = options.cacheBytes() > 0 ? options.cacheBytes() : Runtime.getRuntime().maxMemory() / 2;
        return new EngineOptions(
                options.contextLength() > 0 ? options.contextLength() : own,
                cache,
                options.maxRunning(),
                PROMPT_TOKENS_PER_STEP,
                options.cacheFormat());
    }

    /** The opened file: tokenizer, template, metadata. */
    public ModelFile file() {
        return file;
    }

    /** One line: the kernels that run and why, and the number of threads. */
    public String describeBackend() {
        return backend.describe();
    }

    /** The longest conversation, prompt and reply together, in tokens. */
    public int contextLength() {
        return engine.contextLength();
    }

    /** Requests that run, and that wait. */
    public Load load() {
        Engine.Load load = engine.load();
        return new Load(load.running(), load.waiting());
    }

    /**
     * Makes the model with these adapters, one on top of the other, available under a name. Replaces what had that name;
     * requests that run go on with what they began with.
     *
     * @throws dev.vesper.llm.lora.AdapterException if an adapter does not fit the model
     */
    public void addAdapters(String name, List<Adapter> stack) {
        addWeighted(name, stack.stream().map(adapter -> new WeightedAdapter(adapter, 1)).toList());
    }

    /**
     * As {@link #addAdapters}, with so much of each.
     *
     * @throws dev.vesper.llm.lora.AdapterException if an adapter does not fit the model
     */
    public void addWeighted(String name, List<WeightedAdapter> stack) {
        adapters.put(name, stack);
    }

    /** Removes what was added under a name. Returns whether there was any; requests that run go on with it. */
    public boolean removeAdapters(String name) {
        return adapters.remove(name);
    }

    /** The names that adapters were added under, sorted. */
    public List<String> adapterNames() {
        return adapters.names();
    }

    /**
     * A number that stays the same as long as the adapters that these options ask for do; 0 for the base.
     *
     * @throws UnknownModelException if there is none of one of the names
     */
    public int adapterRevision(GenerateOptions options) {
        return adapters.revision(asked(options));
    }

    /** Continues a text; an empty one begins from nothing. */
    public Reply complete(String prompt, GenerateOptions options) {
        return complete(prompt, options, piece -> true);
    }

    /** Continues a text and hands out the continuation as it is written. */
    public Reply complete(String prompt, GenerateOptions options, TextListener listener) {
        return generate(file.promptTokens(prompt), options, listener);
    }

    /** Answers a conversation, rendered by the model's chat template. */
    public Reply chat(List<Message> messages, GenerateOptions options) {
        return chat(messages, options, piece -> true);
    }

    /** Answers a conversation and hands out the answer as it is written. */
    public Reply chat(List<Message> messages, GenerateOptions options, TextListener listener) {
        List<String> stop = new ArrayList<>(options.stop());
        stop.addAll(file.templateStops());
        return generate(file.promptTokens(messages), options.stop(stop), listener);
    }

    /**
     * Continues a prompt of token ids.
     *
     * @throws dev.vesper.llm.error.ContextLengthException if the prompt leaves no room for a reply
     * @throws UnknownModelException if there is no adapter of a name that the options ask for
     * @throws java.util.concurrent.CancellationException if this model is closed, or the thread is interrupted, meanwhile
     */
    public Reply generate(int[] prompt, GenerateOptions options, TextListener listener) {
        long seed = options.seed().orElseGet(() -> ThreadLocalRandom.current().nextLong() >>> 1);
        Set<Integer> end = options.endTokens()
                ? Arrays.stream(file.tokenizer().vocabulary().endOfGeneration()).boxed().collect(Collectors.toSet())
                : Set.of();
        var request = new GenerationRequest(
                adapters.model(asked(options)), prompt, options.maxTokens(), end, options.sampling(seed));
        var generation = new Generation(file.tokenizer().streamDecoder(file.beginsText(prompt), false), options.stop());
        return generation.run(engine, request, seed, listener);
    }

    private static List<Weighted> asked(GenerateOptions options) {
        return options.model().isEmpty() ? options.adapters() : List.of(new Weighted(options.model(), 1));
    }

    /** Ends all requests and closes the file. */
    @Override
    public void close() {
        engine.close();
        backend.close();
        file.close();
    }
}
