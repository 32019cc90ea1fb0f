package dev.vesper.llm.lora;

import dev.vesper.llm.file.HuggingFaceNames;
import dev.vesper.llm.file.LoraTensorName;
import dev.vesper.llm.file.LoraTensorName.Matrix;
import dev.vesper.llm.file.ModelFileException;
import dev.vesper.llm.file.Safetensors;
import dev.vesper.llm.file.SafetensorsWriter;
import dev.vesper.tensor.Format;
import dev.vesper.tensor.Weight;
import dev.vesper.tensor.quant.Codecs;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Adapters in the form of PEFT: a folder with {@code adapter_config.json} and {@code adapter_model.safetensors}, whose
 * tensors are A {@code [rank, inputs]} and B {@code [outputs, rank]} under Hugging Face's names. Where the family's
 * query and key rows lie in another order there, those of B are moved.
 *
 * @see <a href="https://huggingface.co/docs/peft/developer_guides/checkpoint">PEFT, checkpoint format</a>
 */
public final class AdapterFile {
    private static final String CONFIG = "adapter_config.json";
    private static final String TENSORS = "adapter_model.safetensors";
    private static final String SUFFIX = ".weight";
    private static final Set<Format> FORMATS = Set.of(Format.F32, Format.F16, Format.BF16);
    private static final ValueLayout.OfFloat FLOAT =
            ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private AdapterFile() {}

    /**
     * Reads an adapter into memory, as float32; it lives as long as something refers to it.
     *
     * @throws AdapterException if it is not a plain LoRA adapter, or does not fit itself or the layout; fitting the
     *     layers of the model is checked when the two meet
     * @throws ModelFileException if the tensors' file is not well-formed
     */
    public static Adapter read(Path folder, HeadLayout layout) {
        PeftConfig config = PeftConfig.read(folder.resolve(CONFIG));
        Path path = folder.resolve(TENSORS);
        try (Safetensors file = Safetensors.open(path)) {
            Map<String, Weight> down = new TreeMap<>();
            Map<String, Weight> up = new TreeMap<>();
            for (Safetensors.Entry entry : file.entries().values()) {
                String name = entry.name();
                LoraTensorName parsed = LoraTensorName.ofPeft(name)
                        .orElseThrow(() -> wrong(path, name, "an A or B matrix of a known layer", "this name"));
                Weight weight = load(file, entry, parsed, config, layout);
                String layer = layer(parsed.weight());
                (parsed.matrix() == Matrix.A ? down : up).put(layer, weight);
            }
            checkPairs(path, down, up, config);
            Map<String, LowRank> changes = new TreeMap<>();
            down.forEach((layer, a) -> changes.put(layer, new LowRank(a, Objects.requireNonNull(up.get(layer)))));
            return new Adapter(changes, config.rank(), config.alpha());
        }
    }

    private static Weight load(
            Safetensors file, Safetensors.Entry entry, LoraTensorName parsed, PeftConfig config, HeadLayout layout) {
        String name = entry.name();
        List<Long> shape = entry.shape();
        if (shape.size() != 2) {
            throw wrong(file.path(), name, "a matrix", "shape " + shape);
        }
        Weight weight = file.weight(name).orElseThrow();
        if (!FORMATS.contains(weight.format())) {
            throw wrong(file.path(), name, "one of " + new TreeSet<>(FORMATS), weight.format().toString());
        }
        int rank = parsed.matrix() == Matrix.A ? weight.rows() : weight.columns();
        if (rank != config.rank()) {
            throw wrong(file.path(), name, "rank %d as in %s".formatted(config.rank(), CONFIG), "shape " + shape);
        }
        float[] values = new float[Math.multiplyExact(weight.rows(), weight.columns())];
        Codecs.of(weight.format()).decode(weight.data(), 0, values, 0, values.length);
        int heads = parsed.matrix() == Matrix.B ? permutedHeads(layer(parsed.weight()), layout) : 0;
        if (heads > 0) {
            if (weight.rows() != heads * layout.headSize()) {
                throw wrong(
                        file.path(), name, heads + " heads of " + layout.headSize() + " rows", "shape " + shape);
            }
            values = HuggingFaceNames.permuteRows(
                    values, weight.rows(), weight.columns(), heads, layout.headSize(), true);
        }
        MemorySegment data = Arena.ofAuto().allocate((long) values.length * Float.BYTES, 64);
        MemorySegment.copy(values, 0, data, FLOAT, 0, values.length);
        return new Weight(parsed.gguf(), Format.F32, data, weight.rows(), weight.columns());
    }

    /** Heads whose rows change places, 0 if they stay. */
    private static int permutedHeads(String layer, HeadLayout layout) {
        if (!layout.permuted()) {
            return 0;
        }
        return layer.endsWith(".attn_q") ? layout.heads() : layer.endsWith(".attn_k") ? layout.keyValueHeads() : 0;
    }

    private static void checkPairs(Path path, Map<String, Weight> down, Map<String, Weight> up, PeftConfig config) {
        if (down.isEmpty()) {
            throw wrong(path, "tensors", "at least one pair", "none");
        }
        Set<String> lonely = new TreeSet<>(down.keySet());
        lonely.addAll(up.keySet());
        lonely.removeIf(layer -> down.containsKey(layer) && up.containsKey(layer));
        if (!lonely.isEmpty()) {
            throw wrong(path, lonely.iterator().next(), "both A and B", "one of them");
        }
        Set<String> modules = modules(down.keySet());
        if (!config.targets().isEmpty() && !config.targets().equals(modules)) {
            throw wrong(path, "tensors", "the target_modules %s of %s".formatted(config.targets(), CONFIG),
                    modules.toString());
        }
    }

    /** The last parts of Hugging Face's names of these layers: {@code q_proj} for {@code blk.0.attn_q}. */
    private static Set<String> modules(Set<String> layers) {
        Set<String> modules = new TreeSet<>();
        for (String layer : layers) {
            String name = HuggingFaceNames.toHuggingFace(layer)
                    .orElseThrow(() -> new AdapterException("layer %s has no name in PEFT's form".formatted(layer)));
            modules.add(name.substring(name.lastIndexOf('.') + 1));
        }
        return modules;
    }

    /**
     * Writes an adapter as float32. A reader sees the old adapter, or the new one, or for a moment, when their settings
     * differ, that the tensors are missing; never parts of both.
     *
     * @param baseModel what the configuration calls the base model
     */
    public static void write(Path folder, Adapter adapter, HeadLayout layout, String baseModel) {
        PeftConfig config =
                new PeftConfig(baseModel, adapter.rank(), adapter.alpha(), modules(adapter.changes().keySet()));
        SafetensorsWriter writer = new SafetensorsWriter(Map.of("format", "pt"));
        adapter.changes().forEach((layer, change) -> {
            add(writer, new LoraTensorName(layer + SUFFIX, Matrix.A), change.down(), 0, layout);
            add(writer, new LoraTensorName(layer + SUFFIX, Matrix.B), change.up(), permutedHeads(layer, layout),
                    layout);
        });
        Path configFile = folder.resolve(CONFIG);
        try {
            Files.createDirectories(folder);
            byte[] text = config.json().getBytes(StandardCharsets.UTF_8);
            if (!Files.exists(configFile) || !Arrays.equals(Files.readAllBytes(configFile), text)) {
                Files.deleteIfExists(folder.resolve(TENSORS));
                config.write(configFile);
            }
        } catch (IOException e) {
            throw new ModelFileException(folder, "writing", "success", e.toString(), e);
        }
        writer.write(folder.resolve(TENSORS));
    }

    private static void add(
            SafetensorsWriter writer, LoraTensorName name, Weight weight, int heads, HeadLayout layout) {
        String peft = name.peft().orElseThrow();
        float[] values = new float[Math.multiplyExact(weight.rows(), weight.columns())];
        Codecs.of(weight.format()).decode(weight.data(), 0, values, 0, values.length);
        if (heads > 0) {
            values = HuggingFaceNames.permuteRows(
                    values, weight.rows(), weight.columns(), heads, layout.headSize(), false);
        }
        MemorySegment data = Arena.ofAuto().allocate((long) values.length * Float.BYTES, 64);
        MemorySegment.copy(values, 0, data, FLOAT, 0, values.length);
        writer.tensor(peft, Format.F32, List.of((long) weight.rows(), (long) weight.columns()), data);
    }

    private static String layer(String weight) {
        return weight.substring(0, weight.length() - SUFFIX.length());
    }

    private static AdapterException wrong(Path file, String place, String expected, String found) {
        return new AdapterException("%s: %s: expected %s, found %s".formatted(file, place, expected, found));
    }
}
