package dev.vesper.tensor.x86;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/** Machine code that can be called. Arguments are trusted: a wrong one ends the process. */
public final class Routine {
    /** A constant, since only such a handle is inlined. The short way of a call: it must be over soon. */
    private static final MethodHandle CALL = handle();

    private final MemorySegment code;

    Routine(byte[] code) {
        this.code = ExecutableMemory.of(code, Processor.isMac());
    }

    @SuppressWarnings("restricted")
    private static MethodHandle handle() {
        return Linker.nativeLinker()
                .downcallHandle(
                        FunctionDescriptor.ofVoid(
                                ValueLayout.ADDRESS, ValueLayout.ADDRESS, ValueLayout.ADDRESS, ValueLayout.ADDRESS),
                        Linker.Option.critical(true));
    }

    /**
     * Runs it: what is read, what is read besides, what is written, each from the offset on that the arguments say.
     *
     * @param arguments native memory of {@link Arguments#SIZE} bytes
     */
    public void run(MemorySegment weight, MemorySegment x, MemorySegment y, MemorySegment arguments) {
        try {
            CALL.invokeExact(code, weight, x, y, arguments);
        } catch (Throwable e) {
            throw failure(e);
        }
    }

    // An array becomes a segment in the very method of the call, where C2 sees that it needs no object for that. In methods
    // that call each other it does not always: what it has compiled into much code it does not inline.

    public void run(MemorySegment weight, float[] x, float[] y, MemorySegment arguments) {
        try {
            CALL.invokeExact(code, weight, MemorySegment.ofArray(x), MemorySegment.ofArray(y), arguments);
        } catch (Throwable e) {
            throw failure(e);
        }
    }

    public void run(MemorySegment weight, MemorySegment x, float[] y, MemorySegment arguments) {
        try {
            CALL.invokeExact(code, weight, x, MemorySegment.ofArray(y), arguments);
        } catch (Throwable e) {
            throw failure(e);
        }
    }

    public void run(float[] from, MemorySegment to, MemorySegment arguments) {
        try {
            CALL.invokeExact(code, MemorySegment.ofArray(from), to, to, arguments);
        } catch (Throwable e) {
            throw failure(e);
        }
    }

    public void run(float[] weight, float[] x, float[] y, MemorySegment arguments) {
        try {
            CALL.invokeExact(code, MemorySegment.ofArray(weight), MemorySegment.ofArray(x), MemorySegment.ofArray(y),
                    arguments);
        } catch (Throwable e) {
            throw failure(e);
        }
    }

    private static RuntimeException failure(Throwable thrown) {
        if (thrown instanceof Error error) {
            throw error;
        }
        return thrown instanceof RuntimeException unchecked
                ? unchecked
                : new IllegalStateException("machine code could not be called", thrown);
    }
}
