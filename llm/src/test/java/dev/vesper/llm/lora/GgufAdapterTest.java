package dev.vesper.llm.lora;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vesper.llm.Fixtures;
import dev.vesper.llm.ModelFile;
import dev.vesper.llm.file.Gguf;
import dev.vesper.llm.file.GgufWriter;
import dev.vesper.llm.file.Metadata;
import dev.vesper.llm.file.MetadataBuilder;
import dev.vesper.llm.file.ModelFileException;
import dev.vesper.llm.file.TensorInfo;
import dev.vesper.tensor.Format;
import dev.vesper.tensor.Weight;
import dev.vesper.tensor.quant.Codecs;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Adapters in GGUF files: from and to PEFT without a changed bit, and those that must be refused. */
class GgufAdapterTest {
    private static final String FOLDER = "architectures/lora/llama-gqa";
    private static final HeadLayout PERMUTED = new HeadLayout(2, 1, 4, true);
    private static final HeadLayout STRAIGHT = new HeadLayout(2, 1, 4, false);

    @TempDir
    private Path folder;

    @Test
    void fromPeftToGgufAndBackIsByteIdentical() {
        try (ModelFile file = ModelFile.open(Fixtures.file("architectures/gguf/llama-gqa.gguf"))) {
            Path there = folder.resolve("there.gguf");
            StoredAdapter stored = file.storedAdapter(Fixtures.file(FOLDER));
            file.writeAdapter(there, AdapterForm.GGUF, stored.adapter());
            assertSameTensors(Fixtures.file(FOLDER + "/adapter.gguf"), there);
            Path back = folder.resolve("back");
            StoredAdapter again = file.storedAdapter(there);
            assertThat(again.adapter().alpha()).isEqualTo(8);
            assertThat(again.architecture()).isEqualTo("llama");
            file.writeAdapter(back, AdapterForm.PEFT, again.adapter());
            AdapterFileTest.assertSameTensors(Fixtures.file(FOLDER), back);
        }
    }

    private static void assertSameTensors(Path expected, Path actual) {
        try (Gguf theirs = Gguf.open(expected);
                Gguf ours = Gguf.open(actual)) {
            assertThat(ours.tensors().keySet()).hasSameElementsAs(theirs.tensors().keySet());
            for (TensorInfo tensor : theirs.tensors().values()) {
                TensorInfo own = ours.tensors().get(tensor.name());
                assertThat(own.shape()).isEqualTo(tensor.shape());
                assertThat(ours.weight(tensor.name()).orElseThrow().data()
                        .mismatch(theirs.weight(tensor.name()).orElseThrow().data())).as(tensor.name()).isEqualTo(-1);
            }
            assertThat(ours.metadata().requiredFloating("adapter.lora.alpha"))
                    .isEqualTo(theirs.metadata().requiredFloating("adapter.lora.alpha"));
        }
    }

    /** Formats with two bytes an element go through unchanged as well, and rows change places where the family's do. */
    @ParameterizedTest
    @EnumSource(names = {"F32", "F16", "BF16"})
    void rowsMoveInWholeBytes(Format format) {
        Adapter adapter = adapter(format, 2);
        for (HeadLayout layout : List.of(PERMUTED, STRAIGHT)) {
            Path peft = folder.resolve("peft-" + layout.permuted());
            AdapterFile.write(peft, adapter, layout, "m");
            assertSameBits(AdapterFile.stored(peft, layout).adapter(), adapter);
            Adapter raw = AdapterFile.stored(peft, HeadLayout.asStored()).adapter();
            Weight there = raw.changes().get("blk.0.attn_q").up();
            Weight here = adapter.changes().get("blk.0.attn_q").up();
            assertThat(there.format()).isEqualTo(format);
            // rows 0 1 2 3 of a head are pairs here, halves there: 0 2 1 3
            int[] order = layout.permuted() ? new int[] {0, 2, 1, 3, 4, 6, 5, 7} : new int[] {0, 1, 2, 3, 4, 5, 6, 7};
            for (int row = 0; row < order.length; row++) {
                assertThat(row(there, row).mismatch(row(here, order[row]))).as("row %d", row).isEqualTo(-1);
            }
            assertThat(raw.changes().get("blk.0.attn_v").up().data()
                    .mismatch(adapter.changes().get("blk.0.attn_v").up().data())).isEqualTo(-1);
        }
        Path gguf = folder.resolve("a.gguf");
        AdapterFile.writeGguf(gguf, adapter, "llama", "");
        assertSameBits(AdapterFile.stored(gguf, PERMUTED).adapter(), adapter);
    }

    private static MemorySegment row(Weight weight, int row) {
        return weight.data().asSlice(row * weight.rowBytes(), weight.rowBytes());
    }

    private static void assertSameBits(Adapter actual, Adapter expected) {
        assertThat(actual.changes().keySet()).isEqualTo(expected.changes().keySet());
        expected.changes().forEach((layer, change) -> {
            LowRank other = actual.changes().get(layer);
            assertThat(other.up().format()).isEqualTo(change.up().format());
            assertThat(other.down().data().mismatch(change.down().data())).as(layer).isEqualTo(-1);
            assertThat(other.up().data().mismatch(change.up().data())).as(layer).isEqualTo(-1);
        });
        assertThat(actual.checksum()).isEqualTo(expected.checksum());
    }

    @Test
    void blockFormatsOfAFileBecomeFloat32InPeft() {
        Path gguf = folder.resolve("q8.gguf");
        Adapter adapter = adapter(Format.Q8_0, 32);
        AdapterFile.writeGguf(gguf, adapter, "llama", "m");
        Path peft = folder.resolve("peft");
        AdapterFile.write(peft, AdapterFile.stored(gguf, PERMUTED).adapter(), PERMUTED, "m");
        assertSameBits(AdapterFile.stored(peft, PERMUTED).adapter(), adapter.decoded());
    }

    @Test
    void aRankOfOneHasMatricesToo() {
        Path gguf = folder.resolve("one.gguf");
        AdapterFile.writeGguf(gguf, adapter(Format.F32, 1), "llama", "");
        try (Gguf file = Gguf.open(gguf)) {
            assertThat(file.tensors().get("blk.0.attn_q.weight.lora_a").shape()).containsExactly(32L, 1L);
        }
        assertSameBits(AdapterFile.stored(gguf, PERMUTED).adapter(), adapter(Format.F32, 1));
    }

    @Test
    void noAlphaCountsOnceAndAnAlphaOfZeroCannotBeWritten() {
        Path gguf = write(metadata(), Map.of("blk.0.attn_q.weight.lora_a", new int[] {2, 8},
                "blk.0.attn_q.weight.lora_b", new int[] {8, 2}));
        assertThat(AdapterFile.read(gguf, PERMUTED).scale()).isEqualTo(1f);
        Adapter silent = new Adapter(adapter(Format.F32, 2).changes(), 2, 0);
        assertThatThrownBy(() -> AdapterFile.writeGguf(folder.resolve("b.gguf"), silent, "llama", ""))
                .isInstanceOf(AdapterException.class)
                .hasMessageContaining("b.gguf")
                .hasMessageContaining("alpha of 0.0");
        assertThat(folder.resolve("b.gguf")).doesNotExist();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "general.type|model|general.type: expected \"adapter\", found \"model\"",
                "adapter.type|control_vector|adapter.type: expected \"lora\", found \"control_vector\"",
                "adapter.alora.invocation_tokens|x|adapter.alora.invocation_tokens",
            })
    void otherKindsOfFilesAreRefused(String key, String value, String message) {
        Path gguf = write(metadata().string(key, value), Map.of());
        assertRefused(gguf, message);
    }

    @Test
    void tensorsThatDoNotMakeAnAdapterAreRefused() {
        assertRefused(write(metadata(), Map.of()), "at least one pair");
        assertRefused(write(metadata(), Map.of("blk.0.attn_q.weight", new int[] {2, 8})), "blk.0.attn_q.weight",
                "lora_a or .lora_b");
        assertRefused(write(metadata(), Map.of("blk.0.attn_q.weight.lora_a", new int[] {2, 8})), "both A and B");
        assertRefused(write(metadata(), Map.of(
                "blk.0.attn_k.weight.lora_a", new int[] {2, 8}, "blk.0.attn_k.weight.lora_b", new int[] {4, 2},
                "blk.0.attn_q.weight.lora_a", new int[] {3, 8}, "blk.0.attn_q.weight.lora_b", new int[] {8, 3})),
                "blk.0.attn_q", "rank 2", "A of rank 3");
        assertRefused(write(metadata(), Map.of(
                "blk.0.attn_k.weight.lora_a", new int[] {2, 8}, "blk.0.attn_k.weight.lora_b", new int[] {4, 3})),
                "blk.0.attn_k", "A of rank 2 and B of rank 3");
    }

    @Test
    void aValueThatIsNoNumberIsRefusedWithItsPlace() {
        Adapter adapter = adapter(Format.F32, 2);
        adapter.changes().get("blk.0.attn_q").down().data().setAtIndex(
                java.lang.foreign.ValueLayout.JAVA_FLOAT, 35, Float.NaN);
        Path gguf = folder.resolve("nan.gguf");
        AdapterFile.writeGguf(gguf, adapter, "llama", "");
        assertRefused(gguf, "blk.0.attn_q.weight.lora_a", "NaN at row 1, column 3");
    }

    @Test
    void filesThatAreCutOffOrNotThereAreRefused() throws IOException {
        Path gguf = folder.resolve("a.gguf");
        AdapterFile.writeGguf(gguf, adapter(Format.F32, 2), "llama", "");
        byte[] bytes = Files.readAllBytes(gguf);
        for (int length : new int[] {0, 10, 100, bytes.length - 64}) {
            Files.write(gguf, java.util.Arrays.copyOf(bytes, length));
            assertThatThrownBy(() -> AdapterFile.read(gguf, PERMUTED)).isInstanceOf(ModelFileException.class)
                    .hasMessageContaining("a.gguf");
        }
        assertThatThrownBy(() -> AdapterFile.read(folder.resolve("none"), PERMUTED))
                .isInstanceOf(ModelFileException.class)
                .hasMessageContaining("no such file");
    }

    @Test
    void anAdapterOfAnotherFamilyOrShapeIsRefused() {
        try (ModelFile file = ModelFile.open(Fixtures.file("architectures/gguf/llama-gqa.gguf"))) {
            Path other = folder.resolve("qwen.gguf");
            AdapterFile.writeGguf(other, adapter(Format.F32, 2), "qwen2", "");
            assertThatThrownBy(() -> file.readAdapter(other)).isInstanceOf(AdapterException.class)
                    .hasMessageContaining("for models of architecture qwen2")
                    .hasMessageContaining("of architecture llama");
            Path smaller = folder.resolve("smaller.gguf");
            AdapterFile.writeGguf(smaller, adapter(Format.F32, 2), "llama", "");
            assertThatThrownBy(() -> file.readAdapter(smaller)).isInstanceOf(AdapterException.class)
                    .hasMessageContaining("smaller.gguf")
                    .hasMessageContaining("blk.0.attn_q maps 48 to 48, but the adapter's change maps 32 to 8");
            Path more = write(metadata(), Map.of("blk.9.attn_q.weight.lora_a", new int[] {2, 48},
                    "blk.9.attn_q.weight.lora_b", new int[] {48, 2}));
            assertThatThrownBy(() -> file.readAdapter(more)).isInstanceOf(AdapterException.class)
                    .hasMessageContaining("blk.9.attn_q");
        }
    }

    private static void assertRefused(Path gguf, String... parts) {
        var refused = assertThatThrownBy(() -> AdapterFile.read(gguf, PERMUTED)).isInstanceOf(AdapterException.class);
        for (String part : parts) {
            refused.hasMessageContaining(part);
        }
    }

    private MetadataBuilder metadata() {
        return Metadata.builder("test")
                .string("general.architecture", "llama")
                .string("general.type", "adapter")
                .string("adapter.type", "lora");
    }

    private Path write(MetadataBuilder metadata, Map<String, int[]> tensors) {
        Path path = folder.resolve("written.gguf");
        GgufWriter writer = new GgufWriter(metadata.build());
        tensors.forEach((name, shape) -> writer.tensor(name, Format.F32, List.of((long) shape[1], (long) shape[0]),
                Arena.ofAuto().allocate(4L * shape[0] * shape[1])));
        writer.write(path);
        return path;
    }

    /** Of {@code attn_q} with two heads of four rows and {@code attn_v}, both of 32 inputs. */
    static Adapter adapter(Format format, int rank) {
        Random random = new Random(3);
        Map<String, LowRank> changes = new TreeMap<>();
        changes.put("blk.0.attn_q", new LowRank(random(random, format, rank, 32), random(random, format, 8, rank)));
        changes.put("blk.0.attn_v", new LowRank(random(random, format, rank, 32), random(random, format, 4, rank)));
        return new Adapter(changes, rank, 2 * rank);
    }

    private static Weight random(Random random, Format format, int rows, int columns) {
        float[] values = new float[rows * columns];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        MemorySegment data = Arena.ofAuto().allocate(format.bytes(values.length), 64);
        Codecs.of(format).encode(values, 0, values.length, data, 0);
        return new Weight("random", format, data, rows, columns);
    }
}
