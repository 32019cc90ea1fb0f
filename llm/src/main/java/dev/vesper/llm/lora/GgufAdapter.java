package dev.vesper.llm.lora;

import dev.vesper.llm.file.Gguf;
import dev.vesper.llm.file.GgufWriter;
import dev.vesper.llm.file.LoraTensorName;
import dev.vesper.llm.file.LoraTensorName.Matrix;
import dev.vesper.llm.file.Metadata;
import dev.vesper.llm.file.MetadataBuilder;
import dev.vesper.llm.file.TensorInfo;
import dev.vesper.tensor.Weight;
import dev.vesper.tensor.quant.Codecs;
import java.nio.file.Path;
import java.util.List;

/**
 * The form of llama.cpp: one GGUF file of {@code general.type} adapter, with {@code adapter.lora.alpha} and, for each
 * layer, {@code NAME.weight.lora_a} {@code [rank, inputs]} and {@code .lora_b} {@code [outputs, rank]}, rows in GGUF's
 * order. As there, an alpha of 0 or none stands for changes that count once.
 *
 * @see <a href="https://github.com/ggml-org/llama.cpp/blob/master/src/llama-adapter.cpp">llama.cpp, llama-adapter.cpp</a>
 */
final class GgufAdapter {
    private static final String TYPE = "general.type";
    private static final String KIND = "adapter.type";
    private static final String ALPHA = "adapter.lora.alpha";
    private static final String INVOCATION = "adapter.alora.invocation_tokens";
    private static final String ARCHITECTURE = "general.architecture";
    private static final String BASE_COUNT = "general.base_model.count";
    private static final String BASE_NAME = "general.base_model.0.name";

    private GgufAdapter() {}

    static StoredAdapter read(Path path) {
        try (Gguf file = Gguf.open(path)) {
            Metadata metadata = file.metadata();
            expect(path, metadata, TYPE, "adapter");
            expect(path, metadata, KIND, "lora");
            if (metadata.contains(INVOCATION)) {
                throw Pairs.wrong(path, INVOCATION, "none of it, as it is not supported", "some");
            }
            Pairs pairs = new Pairs(path);
            for (TensorInfo tensor : file.tensors().values()) {
                LoraTensorName name = LoraTensorName.ofGguf(tensor.name())
                        .orElseThrow(
                                () -> Pairs.wrong(path, tensor.name(), "a name that ends in .weight.lora_a or .lora_b",
                                        "this one"));
                pairs.add(tensor.name(), name, load(file, tensor));
            }
            var changes = pairs.complete();
            double alpha = metadata.floating(ALPHA, 0);
            return new StoredAdapter(
                    path,
                    AdapterForm.GGUF,
                    new Adapter(changes, pairs.rank(), alpha == 0 ? pairs.rank() : alpha),
                    metadata.requiredString(ARCHITECTURE),
                    metadata.string(BASE_NAME).orElse(""));
        }
    }

    private static void expect(Path path, Metadata metadata, String key, String expected) {
        String found = metadata.string(key).orElse("");
        if (!found.equals(expected)) {
            throw Pairs.wrong(path, key, "\"%s\"".formatted(expected),
                    found.isEmpty() ? "none: is this an adapter?" : "\"%s\"".formatted(found));
        }
    }

    private static Weight load(Gguf file, TensorInfo tensor) {
        if (tensor.shape().size() > 2) {
            throw Pairs.wrong(file.path(), tensor.name(), "a matrix", "shape " + tensor.shape());
        }
        if (!Codecs.supports(tensor.format())) {
            throw Pairs.wrong(file.path(), tensor.name(), "a format that can be read",
                    tensor.format() + "; " + Codecs.reason(tensor.format()));
        }
        return Matrices.copy(tensor.name(), file.weight(tensor.name()).orElseThrow());
    }

    static void write(Path path, Adapter adapter, String architecture, String baseModel) {
        float alpha = (float) adapter.alpha();
        if (alpha == 0 || !Float.isFinite(alpha)) {
            throw new AdapterException("%s: an alpha of %s cannot be written in this form, where 0 stands for none"
                    .formatted(path, adapter.alpha()));
        }
        MetadataBuilder metadata = Metadata.builder(path)
                .string(ARCHITECTURE, architecture)
                .string(TYPE, "adapter")
                .string(KIND, "lora")
                .floating(ALPHA, alpha);
        if (!baseModel.isEmpty()) {
            metadata.integer(BASE_COUNT, 1).string(BASE_NAME, baseModel);
        }
        GgufWriter writer = new GgufWriter(metadata.build());
        adapter.changes().forEach((layer, change) -> {
            add(writer, Pairs.name(layer, Matrix.A), change.down());
            add(writer, Pairs.name(layer, Matrix.B), change.up());
        });
        writer.write(path);
    }

    /** With both sizes, also where the rank is 1. */
    private static void add(GgufWriter writer, LoraTensorName name, Weight weight) {
        writer.tensor(
                name.gguf(), weight.format(), List.of((long) weight.columns(), (long) weight.rows()), weight.data());
    }
}
