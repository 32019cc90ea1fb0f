package dev.vesper.cli;

import dev.vesper.llm.ModelFile;
import dev.vesper.llm.arch.SyntheticModel;
import dev.vesper.llm.lora.Adapter;
import dev.vesper.llm.lora.AdapterFile;
import dev.vesper.llm.lora.AdapterForm;
import dev.vesper.llm.lora.LowRank;
import dev.vesper.tensor.Format;
import dev.vesper.tensor.Weight;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

/** A small model, and adapters of random numbers for it. */
final class TinyAdapters {
    static final int RANK = 4;

    private TinyAdapters() {}

    static Path model(Path folder, Format format) {
        Path file = folder.resolve("tiny.gguf");
        SyntheticModel.LLAMA_TINY.write(file, format);
        return file;
    }

    /** Of three layers in each of the four blocks; a folder, or a file if the name ends in .gguf. */
    static Path write(Path model, Path path, long seed, double spread) {
        var random = new Random(seed);
        Map<String, LowRank> changes = new TreeMap<>();
        for (int block = 0; block < 4; block++) {
            changes.put("blk." + block + ".attn_q", change(random, 256, 256, spread));
            changes.put("blk." + block + ".attn_v", change(random, 256, 128, spread));
            changes.put("blk." + block + ".ffn_down", change(random, 768, 256, spread));
        }
        AdapterForm form = path.toString().endsWith(".gguf") ? AdapterForm.GGUF : AdapterForm.PEFT;
        try (ModelFile file = ModelFile.open(model)) {
            file.writeAdapter(path, form, new Adapter(changes, RANK, 2 * RANK));
        }
        return path;
    }

    /** For a model of another width. */
    static Path other(Path folder) {
        Path path = folder.resolve("other.gguf");
        Map<String, LowRank> changes = Map.of("blk.0.attn_v", change(new Random(1), 40, 128, 1));
        AdapterFile.writeGguf(path, new Adapter(changes, RANK, RANK), "llama", "");
        return path;
    }

    private static LowRank change(Random random, int inputs, int outputs, double spread) {
        return new LowRank(matrix(random, RANK, inputs, spread), matrix(random, outputs, RANK, spread));
    }

    private static Weight matrix(Random random, int rows, int columns, double spread) {
        MemorySegment data = Arena.ofAuto().allocate((long) rows * columns * Float.BYTES, 64);
        for (long i = 0; i < (long) rows * columns; i++) {
            data.setAtIndex(ValueLayout.JAVA_FLOAT, i, (float) (spread * random.nextGaussian()));
        }
        return new Weight("random", Format.F32, data, rows, columns);
    }
}
