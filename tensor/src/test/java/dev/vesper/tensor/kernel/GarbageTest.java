package dev.vesper.tensor.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.sun.management.ThreadMXBean;
import dev.vesper.tensor.AttentionShape;
import dev.vesper.tensor.Format;
import dev.vesper.tensor.KeyValues;
import dev.vesper.tensor.Scratch;
import dev.vesper.tensor.Weight;
import dev.vesper.tensor.x86.MachineCode;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * What decoding calls leaves no vectors behind: until C2 has compiled a loop each of them is an object, and where it does
 * not inline what the loop calls, each stays one for good.
 */
class GarbageTest {
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private static final Duration PATIENCE = Duration.ofSeconds(40);
    private static final int CALLS = 500;
    /** A few small objects, and no vectors: one of 512 bits takes 96 bytes, and a call of these has over a hundred. */
    private static final long BYTES_PER_CALL = 512;
    /** None: the smallest object has 16 bytes. */
    private static final long NO_OBJECTS = 15;

    private final Kernels kernels = new VectorKernels();
    private final Scratch scratch = new Scratch();

    /** A few only: after several formats in one process C2 may box the vectors of the next (docs/log.md). */
    @ParameterizedTest
    @EnumSource(
            value = Format.class,
            names = {"F32", "Q8_0", "Q4_0"})
    void multiply(Format format) {
        Weight weight = Samples.weight(format, 33, 512, Samples.Fill.NORMAL, 1);
        float[] x = Samples.floats(512, 2);
        float[] y = new float[33];
        settles(call -> kernels.multiply(weight, 0, 33, x, 1, y, scratch));
    }

    /** With machine code, no matter after how many formats. */
    @ParameterizedTest
    @EnumSource(
            value = Format.class,
            names = {"F32", "F16", "BF16", "Q8_0", "Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q2_K", "Q3_K", "Q4_K", "Q5_K",
                "Q6_K",
                "IQ4_NL", "IQ4_XS", "MXFP4"})
    void multiplyInMachineCode(Format format) {
        assumeTrue(MachineCode.obstacle().isEmpty() && VectorKernels.bits() == 512, "no machine code here");
        // 768 columns end within a group of integers, which is copied
        Weight weight = Samples.weight(format, 33, 768, Samples.Fill.NORMAL, 1);
        for (boolean rounding : new boolean[] {false, true}) {
            Kernels machine = new X86Kernels(rounding);
            for (int tokens : new int[] {1, 4}) {
                float[] x = Samples.floats(768 * tokens, 2);
                float[] y = new float[33 * tokens];
                settles(NO_OBJECTS, call -> machine.multiply(weight, 0, 33, x, tokens, y, scratch));
            }
        }
    }

    @Test
    void attendInMachineCode() {
        assumeTrue(MachineCode.obstacle().isEmpty() && VectorKernels.bits() == 512, "no machine code here");
        Kernels machine = new X86Kernels(false);
        var shape = new AttentionShape(4, 2, 64, 0.2f);
        float[] query = Samples.floats(4 * 64, 1);
        float[][] pages = {Samples.floats(64 * 2 * 64, 2), Samples.floats(64 * 2 * 64, 3)};
        var floats = new KeyValues.Floats(pages, 0, pages, 0, 64, 2 * 64);
        MemorySegment[] memory = {Arena.ofAuto().allocate(2L * 64 * 2 * 64), Arena.ofAuto().allocate(2L * 64 * 2 * 64)};
        var blocks = new KeyValues.Blocks(Format.F16, memory, 0, 0, 64, 2 * 64);
        float[] out = new float[4 * 64];
        float[] logSumExp = new float[4];
        for (KeyValues cache : new KeyValues[] {floats, blocks}) {
            settles(NO_OBJECTS, call -> machine.attend(shape, 1, 0, 1, 126, query, cache, out, logSumExp, scratch));
        }
    }

    /** First short, then long: loops that were compiled before they ever went round are compiled well, too. */
    @Test
    void attend() {
        var shape = new AttentionShape(4, 2, 32, 0.2f);
        int most = 200;
        float[] query = Samples.floats(4 * 32, 1);
        float[] keys = Samples.floats(most * 2 * 32, 2);
        float[] values = Samples.floats(most * 2 * 32, 3);
        var keyValues = new KeyValues.Floats(new float[][] {keys}, 0, new float[][] {values}, 0, most, 2 * 32);
        float[] out = new float[4 * 32];
        float[] logSumExp = new float[4];
        for (int call = 0; call < 20_000; call++) {
            kernels.attend(shape, 0, 0, 1, call % 10, query, keyValues, out, logSumExp, scratch);
        }
        settles(call -> kernels.attend(shape, 1, 0, 1, most - 1, query, keyValues, out, logSumExp, scratch));
    }

    @Test
    void others() {
        float[] a = Samples.floats(1024, 1);
        float[] b = Samples.floats(1024, 2);
        float[] out = new float[1024];
        float[] inverse = new float[1];
        settles(call -> kernels.siluTimes(0, 1024, a, b, out));
        settles(call -> kernels.rmsNorm(0, 1, a, 1024, b, 1e-5f, out, inverse));
        settles(call -> kernels.addScaled(0, 1024, a, b, 0.5f, out));
    }

    private interface Call {
        void run(int number);
    }

    /** Calls until next to nothing is left behind; C2 takes its time on a busy machine. */
    private static void settles(Call call) {
        settles(BYTES_PER_CALL, call);
    }

    private static void settles(long most, Call call) {
        long thread = Thread.currentThread().threadId();
        long end = System.nanoTime() + PATIENCE.toNanos();
        long bytes;
        do {
            long before = THREADS.getThreadAllocatedBytes(thread);
            for (int i = 0; i < CALLS; i++) {
                call.run(i);
            }
            bytes = (THREADS.getThreadAllocatedBytes(thread) - before) / CALLS;
        } while (bytes > most && System.nanoTime() < end);
        assertThat(bytes).as("bytes left behind by a call").isLessThanOrEqualTo(most);
    }
}
