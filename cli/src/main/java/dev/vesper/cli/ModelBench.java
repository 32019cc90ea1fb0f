package dev.vesper.cli;

import dev.vesper.llm.Backend;
import dev.vesper.llm.ModelFile;
import dev.vesper.llm.arch.Model;
import dev.vesper.llm.arch.ModelShape;
import dev.vesper.llm.layer.Batch;
import dev.vesper.llm.layer.KvCache;
import dev.vesper.tensor.Format;
import dev.vesper.tensor.op.Ops;
import dev.vesper.tensor.op.Span;
import dev.vesper.tensor.op.Tape;
import dev.vesper.train.LoraParameters;
import dev.vesper.train.Method;
import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.stream.IntStream;

/** How fast a model runs: the passes themselves, without tokenizer, sampler or server. */
final class ModelBench {
    private static final int CHUNK = 512;

    private final ModelFile file;
    private final Backend backend;
    private final Ops ops;
    private final KvCache.Layout layout;
    private final int[] tokens;

    /** @param tokens how many different positions are needed at most */
    ModelBench(ModelFile file, Backend backend, int tokens, Format cacheFormat) {
        ModelShape shape = file.model().shape();
        this.layout = KvCache.Layout.of(cacheFormat, shape.layers(), shape.attention());
        this.file = file;
        this.backend = backend;
        this.ops = backend.inference();
        int vocabulary = file.model().shape().vocabulary();
        this.tokens = new SplittableRandom(1).ints(tokens, 0, vocabulary).toArray();
    }

    /** Seconds to process a prompt and get the logits of its last token, with an empty cache. */
    double prefill(int count) {
        KvCache cache = cache(count);
        long begin = System.nanoTime();
        prompt(count, cache);
        return (System.nanoTime() - begin) / 1e9;
    }

    /** Seconds to process {@code count} tokens one after the other, each with logits, after a prompt that is not counted. */
    double decode(int prompt, int count) {
        KvCache cache = cache(prompt + count);
        prompt(prompt, cache);
        long begin = System.nanoTime();
        for (int i = prompt; i < prompt + count; i++) {
            pass(i, i + 1, cache, true);
        }
        return (System.nanoTime() - begin) / 1e9;
    }

    private void prompt(int count, KvCache cache) {
        for (int from = 0; from < count; from += CHUNK) {
            int to = Math.min(count, from + CHUNK);
            pass(from, to, cache, to == count);
        }
    }

    private void pass(int from, int to, KvCache cache, boolean wanted) {
        Model model = file.model();
        Batch batch = new Batch(
                Arrays.copyOfRange(tokens, from, to),
                List.of(new Span(0, to - from, from, cache)),
                wanted ? new int[] {to - from - 1} : new int[0]);
        ops.begin();
        var hidden = model.hidden(ops, batch);
        if (wanted) {
            model.logits(ops, hidden);
        }
    }

    /**
     * Seconds of each of {@code runs} training passes, forward and backward, over one sequence with an adapter as
     * {@code tune} makes it by default. The first is not counted.
     */
    double[] train(int count, int runs) {
        ModelShape shape = file.model().shape();
        try (Arena arena = Arena.ofShared()) {
            var lora = LoraParameters.create(file.weights(), file::model, new Method.Lora(16, 32, Method.Lora.ALL), 1,
                    arena);
            Model model = file.model(List.of(lora.adapter()));
            Tape tape = new Tape(lora.parameters());
            Ops training = backend.training(tape);
            Batch batch = Batch.whole(List.of(Arrays.copyOf(tokens, count)));
            int[] targets = IntStream.range(0, count)
                    .map(i -> (tokens[i] + 1) % shape.vocabulary())
                    .toArray();
            double[] losses = new double[count];
            double[] seconds = new double[runs];
            for (int run = -1; run < runs; run++) {
                long begin = System.nanoTime();
                training.begin();
                model.loss(training, model.hidden(training, batch), targets, losses);
                training.backward();
                if (run >= 0) {
                    seconds[run] = (System.nanoTime() - begin) / 1e9;
                }
            }
            return seconds;
        }
    }

    /** Bytes of weights that one token moves: all but an embedding table that is not the output too. */
    long bytesPerToken() {
        boolean tied = !file.checkpoint().tensors().containsKey("output.weight");
        return file.checkpoint().tensors().values().stream()
                .filter(tensor -> tied || !tensor.name().equals("token_embd.weight"))
                .mapToLong(tensor -> tensor.bytes())
                .sum();
    }

    /** Parameters of the matrices that every token is multiplied with: the output projection is not among them. */
    long blockParameters() {
        return file.checkpoint().tensors().values().stream()
                .filter(tensor -> tensor.name().startsWith("blk.") && tensor.rows() > 1)
                .mapToLong(tensor -> tensor.elements())
                .sum();
    }

    /** Parameters of the output projection. */
    long outputParameters() {
        ModelShape shape = file.model().shape();
        return (long) shape.vocabulary() * shape.dim();
    }

    /** The formats of the model's matrices. */
    String formats() {
        var formats = new TreeSet<String>();
        file.checkpoint().tensors().values().stream()
                .filter(tensor -> tensor.rows() > 1)
                .forEach(tensor -> formats.add(tensor.format().name()));
        return String.join("+", formats);
    }

    private KvCache cache(int positions) {
        KvCache cache = new KvCache(layout, positions);
        while (cache.capacity() < positions) {
            cache.addPage(layout.page());
        }
        return cache;
    }
}
