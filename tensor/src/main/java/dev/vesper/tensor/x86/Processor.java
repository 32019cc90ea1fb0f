package dev.vesper.tensor.x86;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.Locale;
import java.util.Optional;

/**
 * What the processor and the operating system can do, asked of the processor itself ({@code CPUID}, {@code XGETBV}: Intel's
 * manual, volume 1, chapter 15).
 */
final class Processor {
    private static final int RESULTS = 16;
    private static final int FEATURES = 1;
    private static final int MORE_FEATURES = 7;
    private static final int SYSTEM_SAVES = 1 << 27;
    /** AVX-512 F, DQ, BW and VL, in the second result. */
    private static final int WANTED = 1 << 16 | 1 << 17 | 1 << 30 | 1 << 31;
    /** Products of integers (AVX-512 VNNI), in the third result. */
    private static final int INTEGER_PRODUCTS = 1 << 11;
    /** SSE, AVX, masks, and both parts of the registers of 512 bits. */
    private static final int STATE = 0xE6;

    private Processor() {}

    /** Why machine code cannot run here, as a clause; empty if it can. */
    static Optional<String> obstacle() {
        String architecture = System.getProperty("os.arch", "");
        if (!architecture.equals("amd64") && !architecture.equals("x86_64")) {
            return Optional.of("machine code is for x86-64, and this is " + architecture);
        }
        String system = System.getProperty("os.name", "");
        if (!system.equals("Linux") && !isMac()) {
            return Optional.of("machine code is for Linux and macOS, and this is " + system);
        }
        if (!Processor.class.getModule().isNativeAccessEnabled()) {
            return Optional.of("machine code needs the option --enable-native-access=ALL-UNNAMED");
        }
        try {
            return hasVectors() ? Optional.empty() : Optional.of("the processor has no AVX-512 (F, DQ, BW, VL)");
        } catch (IllegalStateException e) {
            return Optional.of("the operating system gives no executable memory: " + e.getMessage());
        }
    }

    static boolean isMac() {
        return System.getProperty("os.name", "").toLowerCase(Locale.ROOT).startsWith("mac");
    }

    private static boolean hasVectors() {
        MemorySegment identity = ExecutableMemory.of(identity(), isMac());
        if ((ask(identity, 0)[0] & 0xFFFF_FFFFL) < MORE_FEATURES || (ask(identity, FEATURES)[2] & SYSTEM_SAVES) == 0) {
            return false;
        }
        int[] state = run(ExecutableMemory.of(state(), isMac()), 0);
        return (ask(identity, MORE_FEATURES)[1] & WANTED) == WANTED && (state[0] & STATE) == STATE;
    }

    /** Whether it adds up products of integers; only where there is no {@link #obstacle}. */
    static boolean hasIntegerProducts() {
        MemorySegment identity = ExecutableMemory.of(identity(), isMac());
        return (ask(identity, MORE_FEATURES)[2] & INTEGER_PRODUCTS) != 0;
    }

    private static int[] ask(MemorySegment identity, int leaf) {
        return run(identity, leaf);
    }

    @SuppressWarnings("restricted")
    private static int[] run(MemorySegment code, int leaf) {
        MethodHandle call = Linker.nativeLinker()
                .downcallHandle(code, FunctionDescriptor.ofVoid(ValueLayout.ADDRESS, ValueLayout.JAVA_LONG));
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment results = arena.allocate(RESULTS, RESULTS);
            call.invokeExact(results, (long) leaf);
            return results.toArray(ValueLayout.JAVA_INT);
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException("machine code could not be called", e);
        }
    }

    /** Asks for leaf rsi, part 0, and writes the four results to rdi. */
    private static byte[] identity() {
        Assembler assembler = new Assembler();
        assembler.push(Assembler.RBX);
        assembler.move(Assembler.RAX, Assembler.RSI);
        assembler.xor(Assembler.RCX, Assembler.RCX);
        assembler.processorIdentity();
        int[] results = {Assembler.RAX, Assembler.RBX, Assembler.RCX, Assembler.RDX};
        for (int i = 0; i < results.length; i++) {
            assembler.storeInt(Address.at(Assembler.RDI, Integer.BYTES * i), results[i]);
        }
        assembler.pop(Assembler.RBX);
        assembler.ret();
        return assembler.finish();
    }

    /** Writes what the operating system saves to rdi. */
    private static byte[] state() {
        Assembler assembler = new Assembler();
        assembler.xor(Assembler.RCX, Assembler.RCX);
        assembler.extendedControl();
        assembler.storeInt(Address.at(Assembler.RDI), Assembler.RAX);
        assembler.ret();
        return assembler.finish();
    }
}
