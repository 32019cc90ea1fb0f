package dev.vesper.tensor;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.function.Function;

/** Buffers that one worker reuses between kernel calls; contents are undefined at each call. Not thread-safe. */
public final class Scratch {
    /** Bytes of the widest vectors. */
    private static final int ALIGNMENT = 64;

    private final List<float[]> floats = new ArrayList<>();
    private final List<MemorySegment> bytes = new ArrayList<>();
    private final IdentityHashMap<Object, Object> kept = new IdentityHashMap<>();
    private double[] doubles = {};
    private long operation;
    private long preparedFor;

    /** A buffer of at least {@code size} floats; calls with the same {@code slot} give the same buffer again. */
    public float[] floats(int slot, int size) {
        while (floats.size() <= slot) {
            floats.add(new float[0]);
        }
        float[] buffer = floats.get(slot);
        if (buffer.length < size) {
            // one that grows with every token is not to be replaced at every token
            buffer = new float[Math.max(size, buffer.length + buffer.length / 4)];
            floats.set(slot, buffer);
        }
        return buffer;
    }

    /** The one buffer of doubles, of at least {@code size}. */
    public double[] doubles(int size) {
        if (doubles.length < size) {
            doubles = new double[size];
        }
        return doubles;
    }

    /** Native memory of at least {@code size} bytes at a multiple of 64, zero at first; slots as in {@link #floats}. */
    public MemorySegment bytes(int slot, long size) {
        while (bytes.size() <= slot) {
            bytes.add(MemorySegment.NULL);
        }
        MemorySegment buffer = bytes.get(slot);
        if (buffer.byteSize() < size) {
            buffer = Arena.ofAuto().allocate(Math.max(size, buffer.byteSize() + buffer.byteSize() / 4), ALIGNMENT);
            bytes.set(slot, buffer);
        }
        return buffer;
    }

    /**
     * What {@code maker} made of this scratch when it was first asked for: an object that would otherwise be made anew for
     * each call. It may keep what it learnt in a call, but should not keep memory of others alive.
     */
    @SuppressWarnings("unchecked") // what is under a maker is what that maker made
    public <T> T kept(Function<Scratch, T> maker) {
        Object made = kept.get(maker);
        if (made == null) {
            made = maker.apply(this);
            kept.put(maker, made);
        }
        return (T) made;
    }

    /**
     * Says which operation the next kernel call belongs to, by a number that no other operation of this scratch has had: what
     * was prepared for it, such as activations in another order, is then good for all its bands. 0 if that is not known.
     */
    public void operation(long number) {
        operation = number;
    }

    /** Whether {@link #setPrepared} was called in the operation that runs. */
    public boolean isPrepared() {
        return operation != 0 && preparedFor == operation;
    }

    /** Remembers that everything is prepared for the operation that runs. */
    public void setPrepared() {
        preparedFor = operation;
    }
}
