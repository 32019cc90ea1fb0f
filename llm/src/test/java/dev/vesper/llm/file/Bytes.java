package dev.vesper.llm.file;

import java.io.ByteArrayOutputStream;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;

/** Files written byte by byte, right or wrong. */
final class Bytes {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    /** The beginning of a GGUF file of version 3. */
    static Bytes gguf(long tensors, long keys) {
        return new Bytes().raw("GGUF").u32(3).u64(tensors).u64(keys);
    }

    /** A safetensors file of this header and as many bytes of data. */
    static Bytes safetensors(String header, int dataBytes) {
        byte[] json = header.getBytes(StandardCharsets.UTF_8);
        return new Bytes().u64(json.length).raw(json).raw(new byte[dataBytes]);
    }

    Bytes u8(int value) {
        bytes.write(value);
        return this;
    }

    Bytes u32(long value) {
        return little(value, 4);
    }

    Bytes u64(long value) {
        return little(value, 8);
    }

    Bytes raw(byte[] value) {
        bytes.writeBytes(value);
        return this;
    }

    Bytes raw(String value) {
        return raw(value.getBytes(StandardCharsets.UTF_8));
    }

    /** A GGUF string. */
    Bytes text(String value) {
        byte[] encoded = value.getBytes(StandardCharsets.UTF_8);
        return u64(encoded.length).raw(encoded);
    }

    /** The key and type of a GGUF key-value. */
    Bytes key(String key, ValueType type) {
        return text(key).u32(type.number());
    }

    /** The header of an array. */
    Bytes array(ValueType elements, long count) {
        return u32(elements.number()).u64(count);
    }

    /** The description of a GGUF tensor. */
    Bytes tensor(String name, int type, long offset, long... shape) {
        text(name).u32(shape.length);
        for (long size : shape) {
            u64(size);
        }
        return u32(type).u64(offset);
    }

    Bytes align() {
        while (bytes.size() % 32 != 0) {
            u8(0);
        }
        return this;
    }

    byte[] toArray() {
        return bytes.toByteArray();
    }

    MemorySegment segment() {
        return MemorySegment.ofArray(toArray());
    }

    private Bytes little(long value, int count) {
        for (int i = 0; i < count; i++) {
            u8((int) (value >>> (8 * i)));
        }
        return this;
    }
}
