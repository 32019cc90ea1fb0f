package dev.vesper.tensor.x86;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/**
 * Pages that the processor may run, asked of the operating system by {@code mmap} and {@code mprotect} (POSIX). They are
 * never writable and executable at the same time, and stay until the process ends.
 */
final class ExecutableMemory {
    private static final int READ = 1;
    private static final int WRITE = 2;
    private static final int EXECUTE = 4;
    private static final int PRIVATE_ANONYMOUS_LINUX = 0x22;
    private static final int PRIVATE_ANONYMOUS_MAC = 0x1002;
    private static final long FAILED = -1;

    private ExecutableMemory() {}

    /**
     * The same bytes, executable.
     *
     * @throws IllegalStateException if the operating system refuses
     */
    @SuppressWarnings("restricted")
    static MemorySegment of(byte[] code, boolean mac) {
        Linker linker = Linker.nativeLinker();
        SymbolLookup library = linker.defaultLookup();
        MethodHandle map = linker.downcallHandle(
                library.findOrThrow("mmap"),
                FunctionDescriptor.of(
                        ValueLayout.JAVA_LONG,
                        ValueLayout.JAVA_LONG,
                        ValueLayout.JAVA_LONG,
                        ValueLayout.JAVA_INT,
                        ValueLayout.JAVA_INT,
                        ValueLayout.JAVA_INT,
                        ValueLayout.JAVA_LONG));
        MethodHandle protect = linker.downcallHandle(
                library.findOrThrow("mprotect"),
                FunctionDescriptor.of(
                        ValueLayout.JAVA_INT, ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG, ValueLayout.JAVA_INT));
        try {
            int flags = mac ? PRIVATE_ANONYMOUS_MAC : PRIVATE_ANONYMOUS_LINUX;
            long at = (long) map.invokeExact(0L, (long) code.length, READ | WRITE, flags, -1, 0L);
            if (at == FAILED) {
                throw new IllegalStateException("mmap gave no memory of %d bytes".formatted(code.length));
            }
            MemorySegment pages = MemorySegment.ofAddress(at).reinterpret(code.length, Arena.global(), null);
            MemorySegment.copy(code, 0, pages, ValueLayout.JAVA_BYTE, 0, code.length);
            if ((int) protect.invokeExact(at, (long) code.length, READ | EXECUTE) != 0) {
                throw new IllegalStateException("mprotect does not let memory become executable");
            }
            return pages;
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException("a call of the C library failed", e);
        }
    }
}
