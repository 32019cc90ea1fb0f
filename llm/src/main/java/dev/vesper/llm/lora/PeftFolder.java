package dev.vesper.llm.lora;

import dev.vesper.llm.file.HuggingFaceNames;
import dev.vesper.llm.file.LoraTensorName;
import dev.vesper.llm.file.LoraTensorName.Matrix;
import dev.vesper.llm.file.ModelFileException;
import dev.vesper.llm.file.Safetensors;
import dev.vesper.llm.file.SafetensorsWriter;
import dev.vesper.tensor.Format;
import dev.vesper.tensor.Weight;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ThreadLocalRandom;

/**
 * The form of PEFT: {@code adapter_config.json} and {@code adapter_model.safetensors}, whose tensors are A
 * {@code [rank, inputs]} and B {@code [outputs, rank]} under Hugging Face's names. Where the family's query and key rows
 * lie in another order there, those of B are moved.
 *
 * @see <a href="https://huggingface.co/docs/peft/developer_guides/checkpoint">PEFT, checkpoint format</a>
 */
final class PeftFolder {
    static final String CONFIG = "adapter_config.json";
    static final String TENSORS = "adapter_model.safetensors";
    private static final Set<Format> FORMATS = EnumSet.of(Format.F32, Format.F16, Format.BF16);

    private PeftFolder() {}

    static StoredAdapter read(Path folder, HeadLayout layout) {
        PeftConfig config = PeftConfig.read(folder.resolve(CONFIG));
        Path path = folder.resolve(TENSORS);
        try (Safetensors file = Safetensors.open(path)) {
            Pairs pairs = new Pairs(path);
            for (Safetensors.Entry entry : file.entries().values()) {
                String name = entry.name();
                LoraTensorName parsed = LoraTensorName.ofPeft(name)
                        .orElseThrow(() -> Pairs.wrong(path, name, "an A or B matrix of a known layer", "this name"));
                pairs.add(name, parsed, load(file, entry, parsed, config, layout));
            }
            Map<String, LowRank> changes = pairs.complete();
            Set<String> modules = modules(changes.keySet());
            if (!config.targets().isEmpty() && !config.targets().equals(modules)) {
                throw Pairs.wrong(path, "tensors", "the target_modules %s of %s".formatted(config.targets(), CONFIG),
                        modules.toString());
            }
            return new StoredAdapter(
                    folder, AdapterForm.PEFT, new Adapter(changes, config.rank(), config.alpha()), "",
                    config.baseModel());
        }
    }

    private static Weight load(
            Safetensors file, Safetensors.Entry entry, LoraTensorName parsed, PeftConfig config, HeadLayout layout) {
        String name = entry.name();
        List<Long> shape = entry.shape();
        if (shape.size() != 2) {
            throw Pairs.wrong(file.path(), name, "a matrix", "shape " + shape);
        }
        Weight weight = file.weight(name).orElseThrow();
        if (!FORMATS.contains(weight.format())) {
            throw Pairs.wrong(file.path(), name, "one of " + FORMATS, weight.format().toString());
        }
        int rank = parsed.matrix() == Matrix.A ? weight.rows() : weight.columns();
        if (rank != config.rank()) {
            throw Pairs.wrong(file.path(), name, "rank %d as in %s".formatted(config.rank(), CONFIG), "shape " + shape);
        }
        Weight own = Matrices.copy(parsed.gguf(), weight);
        int heads = parsed.matrix() == Matrix.B ? layout.permutedHeads(Pairs.layer(parsed)) : 0;
        if (heads == 0) {
            return own;
        }
        if (weight.rows() != heads * layout.headSize()) {
            throw Pairs.wrong(
                    file.path(), name, heads + " heads of " + layout.headSize() + " rows", "shape " + shape);
        }
        return Matrices.permuted(own, heads, layout.headSize(), true);
    }

    /** The last parts of Hugging Face's names of these layers: {@code q_proj} for {@code blk.0.attn_q}. */
    static Set<String> modules(Set<String> layers) {
        Set<String> modules = new TreeSet<>();
        for (String layer : layers) {
            String name = HuggingFaceNames.toHuggingFace(layer)
                    .orElseThrow(() -> new AdapterException("layer %s has no name in PEFT's form".formatted(layer)));
            modules.add(name.substring(name.lastIndexOf('.') + 1));
        }
        return modules;
    }

    static void write(Path folder, Adapter adapter, HeadLayout layout, String baseModel) {
        if (Files.exists(folder)) {
            fill(folder, adapter, layout, baseModel);
            return;
        }
        Path whole = folder.toAbsolutePath();
        Path temporary = whole.resolveSibling(".%s.%s.tmp".formatted(
                whole.getFileName(), HexFormat.of().toHexDigits(ThreadLocalRandom.current().nextLong())));
        try {
            fill(temporary, adapter, layout, baseModel);
            Files.move(temporary, whole, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            delete(temporary, e);
            throw new ModelFileException(folder, "writing", "success", e.toString(), e);
        } catch (RuntimeException | Error e) {
            delete(temporary, e);
            throw e;
        }
    }

    private static void delete(Path temporary, Throwable reason) {
        try {
            Files.deleteIfExists(temporary.resolve(CONFIG));
            Files.deleteIfExists(temporary.resolve(TENSORS));
            Files.deleteIfExists(temporary);
        } catch (IOException e) {
            reason.addSuppressed(e);
        }
    }

    private static void fill(Path folder, Adapter adapter, HeadLayout layout, String baseModel) {
        PeftConfig config =
                new PeftConfig(baseModel, adapter.rank(), adapter.alpha(), modules(adapter.changes().keySet()));
        SafetensorsWriter writer = new SafetensorsWriter(Map.of("format", "pt"));
        adapter.changes().forEach((layer, change) -> {
            add(writer, Pairs.name(layer, Matrix.A), change.down());
            int heads = layout.permutedHeads(layer);
            add(writer, Pairs.name(layer, Matrix.B),
                    heads == 0 ? change.up() : Matrices.permuted(change.up(), heads, layout.headSize(), false));
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

    private static void add(SafetensorsWriter writer, LoraTensorName name, Weight weight) {
        Weight exchanged = Pairs.exchanged(weight, FORMATS);
        writer.tensor(name.peft().orElseThrow(), exchanged.format(),
                List.of((long) exchanged.rows(), (long) exchanged.columns()), exchanged.data());
    }
}
