package dev.vesper.llm.file;

import dev.vesper.tensor.Format;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Everything of a GGUF file before its tensor data, checked. Nothing in the file is trusted: every count is held against
 * the bytes that remain before anything is allocated for it, and what stays in memory is bounded by the limits below.
 *
 * <pre>
 * "GGUF" [u32 version][u64 tensors][u64 key-values]
 * key-value...  [string key][u32 type][value]
 * tensor...     [string name][u32 dimensions][u64 size]...[u32 format][u64 offset in the data]
 * padding to the alignment, data
 * </pre>
 *
 * @see <a href="https://github.com/ggml-org/ggml/blob/master/docs/gguf.md">GGUF specification</a>
 */
record GgufHeader(Metadata metadata, Map<String, TensorInfo> tensors) {
    static final int MAGIC = 'G' | 'G' << 8 | 'U' << 16 | 'F' << 24;
    static final int DEFAULT_ALIGNMENT = 32;
    static final int MAXIMUM_DIMENSIONS = 4;
    static final int MAXIMUM_NAME_BYTES = 65_535;
    static final String ALIGNMENT_KEY = "general.alignment";

    private static final int MAXIMUM_ALIGNMENT = 1 << 20;
    private static final int MAXIMUM_KEYS = 1 << 16;
    private static final int MAXIMUM_TENSORS = 1 << 18;
    private static final long MAXIMUM_NAME_BYTES_TOGETHER = 64L << 20;
    private static final long MAXIMUM_STRING_BYTES = 64L << 20;
    private static final int MAXIMUM_NESTING = 4;

    /** @param file what messages call the file */
    static GgufHeader parse(Object file, MemorySegment bytes) {
        return new Parser(file, bytes).parse();
    }

    /** The alignment of tensor data, checked. */
    static int alignment(Object file, Metadata metadata) {
        int alignment = metadata.integer(ALIGNMENT_KEY, DEFAULT_ALIGNMENT);
        if (alignment < 8 || alignment > MAXIMUM_ALIGNMENT || Integer.bitCount(alignment) != 1) {
            throw new ModelFileException(
                    file,
                    "metadata key " + ALIGNMENT_KEY,
                    "a power of two from 8 to " + MAXIMUM_ALIGNMENT,
                    Integer.toString(alignment));
        }
        return alignment;
    }

    private static final class Parser {
        private final Object file;
        private final long fileBytes;
        private final ByteCursor cursor;
        private long nameBytes;

        Parser(Object file, MemorySegment bytes) {
            this.file = file;
            this.fileBytes = bytes.byteSize();
            this.cursor = new ByteCursor(file, bytes);
        }

        GgufHeader parse() {
            magicAndVersion();
            // The smallest tensor has 8 + 1 bytes of name, 4 of dimensions, 8 of size, 4 of format and 8 of offset, the
            // smallest key-value 8 + 1 of key, 4 of type and 1 of value.
            long tensors = limited(cursor.count("number of tensors", 33), MAXIMUM_TENSORS, "number of tensors");
            long keys = limited(cursor.count("number of key-values", 14), MAXIMUM_KEYS, "number of key-values");
            Metadata metadata = new Metadata(file, keyValues((int) keys));
            List<TensorInfo> infos = tensorInfos((int) tensors, alignment(file, metadata));
            TensorSize.refuseOverlaps(file, infos);
            Map<String, TensorInfo> byName = new LinkedHashMap<>();
            infos.forEach(info -> byName.put(info.name(), info));
            return new GgufHeader(metadata, Collections.unmodifiableMap(byName));
        }

        private void magicAndVersion() {
            long magic = cursor.u32("magic");
            if ((int) magic != MAGIC) {
                throw cursor.error(0, "magic", "\"GGUF\" (0x%08x)".formatted(MAGIC), "0x%08x".formatted(magic));
            }
            long version = cursor.u32("version");
            if (version != 0 && (version & 0xFFFF) == 0) {
                throw cursor.error(
                        4,
                        "version",
                        "a little-endian file",
                        "a big-endian file of version " + Integer.reverseBytes((int) version));
            }
            if (version != 2 && version != 3) {
                throw cursor.error(4, "version", "GGUF version 2 or 3", "version " + version);
            }
        }

        private long limited(long count, long maximum, String what) {
            if (count > maximum) {
                throw cursor.error(cursor.position() - 8, what, "at most " + maximum, Long.toString(count));
            }
            return count;
        }

        private Map<String, MetadataValue> keyValues(int count) {
            Map<String, MetadataValue> values = new LinkedHashMap<>();
            for (int i = 0; i < count; i++) {
                long at = cursor.position();
                String key = name("metadata key");
                ValueType type = valueType("type of " + key);
                long start = cursor.position();
                skipValue(type, key, 0);
                if (values.put(key, new MetadataValue(type, cursor.since(start))) != null) {
                    throw cursor.error(at, "metadata key " + key, "each key once", "it a second time");
                }
            }
            return values;
        }

        private String name(String what) {
            long at = cursor.position();
            String name = cursor.name(what, MAXIMUM_NAME_BYTES);
            nameBytes += cursor.position() - at;
            if (nameBytes > MAXIMUM_NAME_BYTES_TOGETHER) {
                throw cursor.error(
                        at, what, "names of at most " + MAXIMUM_NAME_BYTES_TOGETHER + " bytes together", "more");
            }
            return name;
        }

        private ValueType valueType(String what) {
            long at = cursor.position();
            long number = cursor.u32(what);
            return ValueType.ofNumber(number)
                    .orElseThrow(() -> cursor.error(at, what, "a value type from 0 to 12", Long.toString(number)));
        }

        private void skipValue(ValueType type, String key, int depth) {
            switch (type) {
                case STRING -> skipString(key);
                case BOOL -> skipBool(key);
                case ARRAY -> skipArray(key, depth + 1);
                default -> cursor.skip(type.minimumBytes(), key);
            }
        }

        private void skipString(String key) {
            long at = cursor.position();
            long length = cursor.count(key, 1);
            if (length > MAXIMUM_STRING_BYTES) {
                throw cursor.error(
                        at, key, "a string of at most " + MAXIMUM_STRING_BYTES + " bytes", Long.toString(length));
            }
            cursor.skip(length, key);
        }

        private void skipBool(String key) {
            long value = cursor.u8(key);
            if (value > 1) {
                throw cursor.error(cursor.position() - 1, key, "a bool of 0 or 1", Long.toString(value));
            }
        }

        private void skipArray(String key, int depth) {
            long at = cursor.position();
            if (depth > MAXIMUM_NESTING) {
                throw cursor.error(at, key, "arrays nested at most " + MAXIMUM_NESTING + " deep", "a deeper one");
            }
            ValueType type = valueType(key);
            long count = cursor.count(key, type.minimumBytes());
            if (type.fixedSize() && type != ValueType.BOOL) {
                cursor.skip(count * type.minimumBytes(), key);
                return;
            }
            for (long i = 0; i < count; i++) {
                skipValue(type, key, depth);
            }
        }

        /** A tensor before the place of the data is known, which is behind the last of them. */
        private record Declared(String name, long at, Format format, List<Long> shape, long bytes, long offset) {}

        private List<TensorInfo> tensorInfos(int count, int alignment) {
            Map<String, Declared> declared = new LinkedHashMap<>();
            for (int i = 0; i < count; i++) {
                Declared tensor = tensorInfo(alignment);
                if (declared.put(tensor.name, tensor) != null) {
                    throw cursor.error(tensor.at, "tensor " + tensor.name, "each name once", "it a second time");
                }
            }
            // A file without tensors may end before the padding.
            long dataStart = Math.ceilDiv(cursor.position(), alignment) * alignment;
            List<TensorInfo> infos = new ArrayList<>();
            for (Declared tensor : declared.values()) {
                long available = fileBytes - dataStart - tensor.offset;
                if (available < tensor.bytes) {
                    throw cursor.error(
                            tensor.at,
                            "tensor " + tensor.name,
                            "%d bytes of data from byte %d + %d".formatted(tensor.bytes, dataStart, tensor.offset),
                            "a file of " + fileBytes + " bytes");
                }
                infos.add(
                        new TensorInfo(
                                tensor.name, tensor.format, tensor.shape, dataStart + tensor.offset, tensor.bytes));
            }
            return infos;
        }

        private Declared tensorInfo(int alignment) {
            long at = cursor.position();
            String name = name("tensor name");
            String what = "tensor " + name;
            long dimensions = cursor.u32(what + " dimensions");
            if (dimensions < 1 || dimensions > MAXIMUM_DIMENSIONS) {
                throw cursor.error(at, what, "1 to " + MAXIMUM_DIMENSIONS + " dimensions", Long.toString(dimensions));
            }
            List<Long> shape = new ArrayList<>();
            for (int i = 0; i < dimensions; i++) {
                long size = cursor.u64(what + " shape");
                if (size < 1) {
                    throw cursor.error(at, what, "sizes from 1 to 2^63 - 1", Long.toUnsignedString(size));
                }
                shape.add(size);
            }
            long number = cursor.u32(what + " format");
            Format format = Format.ofGgmlType((int) Math.min(number, Integer.MAX_VALUE))
                    .orElseThrow(() -> cursor.error(at, what, "a known ggml type", "type " + number));
            long bytes = TensorSize.bytes(file, "byte " + at + ", " + what, format, shape);
            long offset = cursor.u64(what + " offset");
            if (offset < 0 || offset > fileBytes || offset % alignment != 0) {
                throw cursor.error(
                        at,
                        what + " offset",
                        "a multiple of %d below the file's %d bytes".formatted(alignment, fileBytes),
                        Long.toUnsignedString(offset));
            }
            return new Declared(name, at, format, List.copyOf(shape), bytes, offset);
        }
    }
}
