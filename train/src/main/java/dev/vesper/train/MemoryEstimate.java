package dev.vesper.train;

import dev.vesper.llm.ModelFile;
import dev.vesper.llm.arch.ModelShape;
import dev.vesper.llm.file.TensorInfo;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;

/**
 * Computes what a run needs from the shapes of its layers. A pass keeps what the backward pass reads: the output of every
 * layer at every position, each in an array of its own.
 */
final class MemoryEstimate {
    /** Class data, compiled code, threads and the collector's own tables: measured on runs of models of several sizes. */
    private static final long JAVA_ITSELF = 110L << 20;

    /** What is in the heap besides arrays of floats: measured likewise. */
    private static final long PROGRAM = 24L << 20;

    /** Floats of logits that exist at a time, as the loss takes them. */
    private static final long LOGITS = 8L << 20;

    /** Floats of panels and tiles of a worker, at most; measured. */
    private static final long PANELS = 300_000;

    /** The widest vector: rows whose length is no multiple are padded, all positions at a time, by each worker. */
    private static final int LANES = 16;

    /** A table that some models have beside their weights; it is not trained. */
    private static final String ROPE_FACTORS = "rope_freqs.weight";

    private final ModelFile file;
    private final Method method;
    private final ModelShape shape;
    private final LayerSizes sizes;
    private final HeapRegions heap;

    private MemoryEstimate(ModelFile file, Method method, LayerSizes sizes, HeapRegions heap) {
        this.file = file;
        this.method = method;
        this.shape = file.model().shape();
        this.sizes = sizes;
        this.heap = heap;
    }

    /** For one model and method. */
    static MemoryEstimate of(ModelFile file, Method method, HeapRegions heap) {
        LayerSizes sizes = new LayerSizes(file.weights());
        file.model(sizes);
        return new MemoryEstimate(file, method, sizes, heap);
    }

    /** @param dataBytes of the rows in memory */
    Memory of(Passes passes, boolean lowMemory, int threads, long dataBytes) {
        long trained = parameterSizes().stream().mapToLong(Long::longValue).sum();
        List<Memory.Part> parts = new ArrayList<>();
        parts.add(new Memory.Part("weights", weightBytes(), false, "the model's file, mapped and not copied"));
        parts.add(new Memory.Part("trained numbers", 4 * trained, false, "%,d in float32".formatted(trained)));
        parts.add(heap("gradients", parameters(), "one for each trained number"));
        parts.add(heap("moments", 2 * parameters(), "two for each trained number (AdamW)"));
        parts.add(activations(passes, lowMemory));
        parts.add(heap(
                "their gradients",
                arrays(passes.positions(), gradientWidths()) + 2 * heap.bytes((long) passes.targets() * shape.dim()),
                "%,d positions x %,d of one block at a time".formatted(passes.positions(), sum(gradientWidths()))));
        parts.add(heap("logits", logits(passes.targets()),
                "a few of %,d targets x %,d tokens at a time, and their gradient".formatted(
                        passes.targets(), shape.vocabulary())));
        parts.add(heap(
                "measuring",
                arrays(passes.measured(), blockWidths()) + 3 * heap.bytes((long) passes.measured() * shape.dim()),
                "%,d positions x one block".formatted(passes.measured())));
        parts.add(heap("scratch", threads * heap.bytes(PANELS + passes.positions() * widestPadded()),
                "%d threads".formatted(threads)));
        parts.add(heap("data", dataBytes, "the file and its rows"));
        parts.add(heap("the program", PROGRAM, "measured once"));
        parts.add(new Memory.Part("Java itself", JAVA_ITSELF, false, "measured once"));
        return new Memory(parts, passes.positions());
    }

    private Memory.Part activations(Passes passes, boolean lowMemory) {
        long positions = passes.positions();
        long block = arrays(positions, blockWidths());
        long stream = heap.bytes(positions * shape.dim());
        long ends = stream + 2 * heap.bytes((long) passes.targets() * shape.dim());
        long width = sum(blockWidths());
        return lowMemory
                ? heap("activations", ends + shape.layers() * stream + block,
                        "%,d positions x (%d blocks x %,d + one block's %,d)".formatted(
                                positions, shape.layers(), shape.dim(), width))
                : heap("activations", ends + shape.layers() * block,
                        "%,d positions x %d blocks x %,d".formatted(positions, shape.layers(), width));
    }

    private static Memory.Part heap(String name, long bytes, String basis) {
        return new Memory.Part(name, bytes, true, basis);
    }

    private long arrays(long positions, List<Long> widths) {
        return widths.stream().mapToLong(width -> heap.bytes(positions * width)).sum();
    }

    private static long sum(List<Long> widths) {
        return widths.stream().mapToLong(Long::longValue).sum();
    }

    private long parameters() {
        return parameterSizes().stream().mapToLong(heap::bytes).sum();
    }

    /** Numbers of each matrix that is trained. */
    private List<Long> parameterSizes() {
        return switch (method) {
            case Method.Full full -> file.checkpoint().tensors().values().stream()
                    .filter(tensor -> !tensor.name().equals(ROPE_FACTORS))
                    .map(TensorInfo::elements)
                    .toList();
            case Method.Lora lora -> sizes.linears().stream()
                    .filter(this::adapted)
                    .flatMap(linear -> LongStream.of(linear.inputs(), linear.outputs()).boxed())
                    .map(width -> width * lora.rank())
                    .toList();
        };
    }

    private long weightBytes() {
        try {
            return Files.size(file.path());
        } catch (IOException e) {
            throw new UncheckedIOException("%s: %s".formatted(file.path(), e.getMessage()), e);
        }
    }

    /** Floats at each position of each array that one block keeps: layers' outputs, and what lies between the layers. */
    private List<Long> blockWidths() {
        List<Long> widths = new ArrayList<>();
        long key = shape.attention().keyValueColumns();
        long query = shape.attention().queryColumns();
        for (LayerSizes.Sizes linear : ofFirstBlock(sizes.linears())) {
            // An adapter's product is added up in a buffer that the next layer then uses: after the query that is the key.
            boolean wider = adapted(linear) && linear.name().endsWith("attn_k");
            widths.add(wider ? Math.max(key, query) : linear.outputs());
            if (adapted(linear)) {
                widths.add((long) rank());
            }
        }
        for (LayerSizes.Sizes norm : ofFirstBlock(sizes.norms())) {
            widths.add((long) norm.outputs());
            widths.add(1L);
        }
        widths.addAll(List.of(
                query, (long) shape.attention().heads(), (long) shape.feedForward(), (long) shape.dim(),
                (long) shape.dim()));
        return widths;
    }

    /** Blocks are alike; those of the first stand for all. */
    private static List<LayerSizes.Sizes> ofFirstBlock(List<LayerSizes.Sizes> all) {
        return all.stream().filter(layer -> layer.name().startsWith("blk.0.")).toList();
    }

    /** Gradients that live at a time: those of the feed-forward part, of attention, and of the residual stream. */
    private List<Long> gradientWidths() {
        long inner = shape.feedForward();
        long dim = shape.dim();
        long query = shape.attention().queryColumns();
        long key = shape.attention().keyValueColumns();
        return List.of(inner, inner, inner, dim, dim, dim, dim, query, query, key, key);
    }

    private long logits(int targets) {
        long chunk = Math.max(1, Math.min(targets, LOGITS / shape.vocabulary()));
        return 3 * heap.bytes(chunk * shape.vocabulary()) + 2 * heap.bytes(chunk * shape.dim());
    }

    /** The longest rows that have to be padded, the adapter's own among them. */
    private long widestPadded() {
        long widest = sizes.linears().stream()
                .mapToLong(LayerSizes.Sizes::inputs)
                .filter(columns -> columns % LANES != 0)
                .max()
                .orElse(0);
        return Math.ceilDiv(Math.max(widest, rank() % LANES == 0 ? 0 : rank()), LANES) * LANES;
    }

    private boolean adapted(LayerSizes.Sizes linear) {
        String kind = linear.name().substring(linear.name().lastIndexOf('.') + 1);
        return method instanceof Method.Lora lora && lora.targets().contains(kind);
    }

    private int rank() {
        return method instanceof Method.Lora lora ? lora.rank() : 0;
    }
}
