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
     * Runs it: what is read, what is read besides, what is written, each from the offset on that the arguments say. Memory
     * may be native or that of an array of floats.
     *
     * @param arguments native memory of {@link Arguments#SIZE} bytes
     */
    public void run(MemorySegment weight, MemorySegment x, MemorySegment y, MemorySegment arguments) {
        try {
            CALL.invokeExact(code, weight, x, y, arguments);
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException("machine code could not be called", e);
        }
    }
}
