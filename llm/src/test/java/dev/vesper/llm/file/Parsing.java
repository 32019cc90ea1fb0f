package dev.vesper.llm.file;

import java.lang.foreign.MemorySegment;
import java.util.Map;

/** Reads everything that bytes hold, as tests of hostile input do. Anything thrown besides what is caught here is a bug. */
final class Parsing {
    private Parsing() {}

    /** Whether the bytes are a GGUF file. */
    static boolean gguf(MemorySegment bytes) {
        GgufHeader header;
        try {
            header = GgufHeader.parse("test.gguf", bytes);
        } catch (ModelFileException refused) {
            requireFourParts(refused);
            return false;
        }
        readAll(header.metadata());
        readAll(header.tensors(), bytes);
        return true;
    }

    /** Whether the bytes are a safetensors file. */
    static boolean safetensors(MemorySegment bytes) {
        SafetensorsHeader header;
        try {
            header = SafetensorsHeader.parse("test.safetensors", bytes);
        } catch (ModelFileException refused) {
            requireFourParts(refused);
            return false;
        }
        readAll(header.metadata());
        readAll(Safetensors.infos(header), bytes);
        return true;
    }

    private static void readAll(Metadata metadata) {
        require(metadata.all().keySet().equals(metadata.keys()), "a value for each key");
        for (String key : metadata.keys()) {
            attempt(() -> metadata.string(key));
            attempt(() -> metadata.integer(key));
            attempt(() -> metadata.requiredInteger(key));
            attempt(() -> metadata.floating(key));
            attempt(() -> metadata.bool(key));
            attempt(() -> metadata.strings(key));
            attempt(() -> metadata.integers(key));
            attempt(() -> metadata.floats(key));
        }
    }

    private static void readAll(Map<String, TensorInfo> tensors, MemorySegment bytes) {
        tensors.forEach((name, info) -> attempt(() -> {
            var weight = TensorSize.weight("test", info, bytes);
            require(weight.data().byteSize() == info.bytes(), "all bytes of " + name);
            require(info.elements() == (long) weight.rows() * weight.columns(), "all elements of " + name);
        }));
    }

    private static void attempt(Runnable read) {
        try {
            read.run();
        } catch (ModelFileException refused) {
            requireFourParts(refused);
        }
    }

    private static void requireFourParts(ModelFileException refused) {
        String message = String.valueOf(refused.getMessage());
        require(
                message.startsWith("test") && message.contains(": expected ") && message.contains(", found "),
                "a message of file, place, expected and found: " + message);
    }

    private static void require(boolean holds, String what) {
        if (!holds) {
            throw new AssertionError("expected " + what);
        }
    }
}
