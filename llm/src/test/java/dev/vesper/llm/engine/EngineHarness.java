package dev.vesper.llm.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vesper.llm.arch.Model;
import dev.vesper.llm.layer.KvCache;
import dev.vesper.tensor.Format;
import dev.vesper.tensor.Workers;
import dev.vesper.tensor.kernel.ScalarKernels;
import dev.vesper.tensor.op.Ops;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;

/** An engine to test, with a model that computes nothing, and what closes it. */
final class EngineHarness {
    static final long PAGE_BYTES = new KvCache.Layout(Format.F32, 2, 2, 2).pageBytes();
    final Workers workers = new Workers(1);
    final ScriptedModel model = new ScriptedModel(5);
    private final List<Engine> engines = new ArrayList<>();

    void close() {
        engines.forEach(Engine::close);
        workers.close();
    }

    /** @param pages of keys and values */
    Engine engine(int context, int pages, int maxRunning, int promptTokensPerStep) {
        var options = new EngineOptions(context, pages * PAGE_BYTES, maxRunning, promptTokensPerStep, Format.F32);
        Engine engine = new Engine(Ops.forInference(new ScalarKernels(), workers), ScriptedModel.SHAPE, options);
        engines.add(engine);
        return engine;
    }

    static GenerationRequest request(Model model, int[] prompt, int maxTokens) {
        return new GenerationRequest(model, prompt, maxTokens, Set.of(), SamplerOptions.greedy());
    }

    static int[] prompt(int length, int seed) {
        return new Random(seed).ints(length, 0, ScriptedModel.VOCABULARY).toArray();
    }

    /** All memory and all slots are free: a sequence that needs everything runs to its end. */
    void assertEverythingFree(Engine engine) {
        int context = engine.contextLength();
        Collected all = new Collected();
        engine.submit(request(model, prompt(3, 0), context), all);
        assertThat(all.ended().tokens()).isEqualTo(model.continuation(prompt(3, 0), context - 3));
        assertThat(engine.load()).isEqualTo(new Engine.Load(0, 0));
    }
}
