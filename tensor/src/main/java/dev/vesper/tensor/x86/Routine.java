package dev.vesper.tensor.x86;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.ref.Reference;

/**
 * Machine code that can be called. Arguments are trusted: a wrong one ends the process.
 *
 * <p>A call leaves no objects behind. An array becomes a segment in the very method of the call, where C2 sees that it
 * needs no object for that; in methods that call each other it does not always. Native memory goes as a number: as segments,
 * both kinds in one call, they are compared with each other and released again, and C2 keeps an object for an array whose
 * segment may be one thing or another.
 */
public final class Routine {
    private static final MemoryLayout ARRAY = ValueLayout.ADDRESS;
    private static final MemoryLayout NATIVE = ValueLayout.JAVA_LONG;

    // Constants, since only such handles are inlined; named after what is read, read besides, and written.
    private static final MethodHandle ALL_NATIVE = handle(NATIVE, NATIVE, NATIVE);
    private static final MethodHandle TO_ARRAY = handle(NATIVE, NATIVE, ARRAY);
    private static final MethodHandle ARRAY_TO_ARRAY = handle(NATIVE, ARRAY, ARRAY);
    private static final MethodHandle FROM_ARRAY = handle(ARRAY, NATIVE, NATIVE);
    private static final MethodHandle ALL_ARRAYS = handle(ARRAY, ARRAY, ARRAY);

    private final MemorySegment code;

    Routine(byte[] code) {
        this.code = ExecutableMemory.of(code, Processor.isMac());
    }

    /** The short way of a call: it must be over soon. */
    @SuppressWarnings("restricted")
    private static MethodHandle handle(MemoryLayout weight, MemoryLayout x, MemoryLayout y) {
        return Linker.nativeLinker()
                .downcallHandle(FunctionDescriptor.ofVoid(weight, x, y, NATIVE), Linker.Option.critical(true));
    }

    /**
     * Runs it: what is read, what is read besides, what is written, each from the offset on that the arguments say. Segments
     * are native memory.
     *
     * @param arguments of {@link Arguments#SIZE} bytes
     * @throws IllegalArgumentException if a segment is not native
     * @throws IllegalStateException if its memory was given back
     */
    public void run(MemorySegment weight, MemorySegment x, MemorySegment y, MemorySegment arguments) {
        try {
            ALL_NATIVE.invokeExact(code, address(weight), address(x), address(y), address(arguments));
        } catch (Throwable e) {
            throw failure(e);
        } finally {
            Reference.reachabilityFence(weight);
            Reference.reachabilityFence(x);
            Reference.reachabilityFence(y);
            Reference.reachabilityFence(arguments);
        }
    }

    /** The same with arrays. */
    public void run(MemorySegment weight, float[] x, float[] y, MemorySegment arguments) {
        try {
            ARRAY_TO_ARRAY.invokeExact(
                    code, address(weight), MemorySegment.ofArray(x), MemorySegment.ofArray(y), address(arguments));
        } catch (Throwable e) {
            throw failure(e);
        } finally {
            Reference.reachabilityFence(weight);
            Reference.reachabilityFence(arguments);
        }
    }

    /** The same with an array that is written. */
    public void run(MemorySegment weight, MemorySegment x, float[] y, MemorySegment arguments) {
        try {
            TO_ARRAY.invokeExact(code, address(weight), address(x), MemorySegment.ofArray(y), address(arguments));
        } catch (Throwable e) {
            throw failure(e);
        } finally {
            Reference.reachabilityFence(weight);
            Reference.reachabilityFence(x);
            Reference.reachabilityFence(arguments);
        }
    }

    /** The same with an array that is read, and nothing besides. */
    public void run(float[] from, MemorySegment to, MemorySegment arguments) {
        try {
            FROM_ARRAY.invokeExact(code, MemorySegment.ofArray(from), address(to), address(to), address(arguments));
        } catch (Throwable e) {
            throw failure(e);
        } finally {
            Reference.reachabilityFence(to);
            Reference.reachabilityFence(arguments);
        }
    }

    /** The same with nothing but arrays. */
    public void run(float[] weight, float[] x, float[] y, MemorySegment arguments) {
        try {
            ALL_ARRAYS.invokeExact(
                    code, MemorySegment.ofArray(weight), MemorySegment.ofArray(x), MemorySegment.ofArray(y),
                    address(arguments));
        } catch (Throwable e) {
            throw failure(e);
        } finally {
            Reference.reachabilityFence(arguments);
        }
    }

    /**
     * An address does not keep its memory, as a segment would in a call: hence the fences, for what goes when nobody refers to it. A shared arena that is closed meanwhile waits until
     * every thread has come to a safe point, and in compiled code there is none from here to the end of the call; who closes
     * an arena that others still compute with gets this error or that of the next access, as with memory that Java reads.
     */
    private static long address(MemorySegment segment) {
        if (!segment.isNative()) {
            throw new IllegalArgumentException("machine code takes native memory or arrays, got " + segment);
        }
        if (!segment.scope().isAlive()) {
            throw new IllegalStateException("machine code was given memory that was closed: " + segment);
        }
        return segment.address();
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
