package dev.vesper.train;

import dev.vesper.data.DataFormat;
import dev.vesper.data.Row;
import dev.vesper.llm.Message;
import dev.vesper.llm.ModelFile;
import dev.vesper.llm.arch.Model;
import dev.vesper.llm.file.AtomicFiles;
import dev.vesper.llm.layer.Batch;
import dev.vesper.llm.layer.KvCache;
import dev.vesper.llm.text.StreamDecoder;
import dev.vesper.tensor.Format;
import dev.vesper.tensor.op.Ops;
import dev.vesper.tensor.op.Span;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/** What a model answers to the same few questions while it learns: the likeliest token at a time, nothing drawn. */
final class Samples {
    private static final int DEFAULT_PROMPTS = 2;
    private static final int TEXT_PROMPT = 16;
    private static final int MOST_TOKENS = 48;
    private static final JsonMapper JSON =
            JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

    private final Path path;
    private final ModelFile file;
    private final Model model;
    private final Ops ops;
    private final List<int[]> prompts;
    private final List<Sample> taken = new ArrayList<>();

    private Samples(Path path, ModelFile file, Model model, Ops ops, List<int[]> prompts) {
        this.path = path;
        this.file = file;
        this.model = model;
        this.ops = ops;
        this.prompts = prompts;
    }

    /**
     * Prepares the questions of a run.
     *
     * @param path where they are written to
     * @param model the one that learns
     */
    static Samples of(Path path, Preparation preparation, Model model, Conduct conduct, DataFormat format) {
        ModelFile file = preparation.model();
        List<Row> heldOut = preparation.data().heldOut();
        int together = format.rowsPerExample();
        List<int[]> prompts = conduct.prompts().isEmpty()
                ? IntStream.range(0, heldOut.size() / together)
                        .limit(DEFAULT_PROMPTS)
                        .mapToObj(example -> prompt(heldOut.get(example * together)))
                        .toList()
                : conduct.prompts().stream()
                        .map(question -> format == DataFormat.TEXT
                                ? file.promptTokens(question)
                                : file.promptTokens(List.of(Message.user(question))))
                        .toList();
        return new Samples(path, file, model, preparation.backend().inference(), prompts);
    }

    /** Up to the first answer of a conversation, or the beginning of a text. */
    private static int[] prompt(Row row) {
        int end = 1;
        while (end < row.tokens().length && !row.supervised()[end]) {
            end++;
        }
        return Arrays.copyOf(row.tokens(), end > 1 ? end : Math.min(TEXT_PROMPT, row.inputs()));
    }

    /** Answers all, and writes down what is known by now. Answers of later steps, from before a resumption, go. */
    void take(int step) {
        if (taken.isEmpty() && Files.isRegularFile(path)) {
            taken.addAll(read(path));
        }
        taken.removeIf(sample -> sample.step() >= step);
        for (int[] prompt : prompts) {
            taken.add(new Sample(step, file.tokenizer().text(prompt), answer(prompt)));
        }
        AtomicFiles.write(path, JSON.writeValueAsString(taken) + "\n");
    }

    private String answer(int[] prompt) {
        int most = Math.min(file.model().shape().contextLength(), prompt.length + MOST_TOKENS);
        KvCache.Layout layout =
                KvCache.Layout.of(Format.F32, model.shape().layers(), model.shape().attention());
        KvCache cache = new KvCache(layout, most);
        StreamDecoder decoder = file.tokenizer().streamDecoder(false, false);
        StringBuilder text = new StringBuilder();
        int[] tokens = prompt;
        for (int position = 0; position + tokens.length <= most;) {
            while (cache.capacity() < position + tokens.length) {
                cache.addPage(layout.page());
            }
            int next = next(tokens, position, cache);
            position += tokens.length;
            if (file.tokenizer().vocabulary().endsGeneration(next) || next >= file.tokenizer().vocabulary().size()) {
                break;
            }
            text.append(decoder.next(next));
            tokens = new int[] {next};
        }
        return text.append(decoder.finish()).toString();
    }

    private int next(int[] tokens, int position, KvCache cache) {
        ops.begin();
        Span span = new Span(0, tokens.length, position, cache);
        Batch batch = new Batch(tokens, List.of(span), new int[] {tokens.length - 1});
        float[] logits = model.logits(ops, model.hidden(ops, batch)).data();
        int best = 0;
        for (int i = 1; i < model.shape().vocabulary(); i++) {
            best = logits[i] > logits[best] ? i : best;
        }
        return best;
    }

    /** Those of a run's folder, in order of steps. */
    static List<Sample> read(Path path) {
        try {
            return List.of(JSON.readValue(Files.readAllBytes(path), Sample[].class));
        } catch (IOException | JacksonException e) {
            throw new TrainException("%s: expected samples in JSON, found %s".formatted(path, e.getMessage()), e);
        }
    }
}
