package dev.vesper.tensor.kernel;

import dev.vesper.tensor.Format;
import dev.vesper.tensor.quant.Codecs;
import dev.vesper.tensor.x86.MachineCode;
import java.util.Optional;

/**
 * Which kernels run, and why: for one log line at the start.
 *
 * @param reason one clause, such as "no faster kernels: the module jdk.incubator.vector is not there"
 */
public record KernelChoice(Kernels kernels, String reason) {
    private static final String MODULE = "jdk.incubator.vector";
    private static final String FLAG = "--add-modules " + MODULE;
    private static final int NARROWEST = 128;
    private static final int MACHINE_CODE_BITS = 512;

    /**
     * Chooses by name: {@code scalar}, {@code vector}, {@code x86}, {@code x86-f32} for x86 without activations rounded to
     * integers, or {@code auto} for the fastest that this JVM can run.
     *
     * @throws IllegalArgumentException if the name is another one, or {@code vesper.vector.bits} is not a width
     * @throws IllegalStateException if {@code vector}, {@code x86} or {@code x86-f32} is asked for and cannot run
     */
    public static KernelChoice of(String name) {
        return switch (name) {
            case "scalar" -> new KernelChoice(new ScalarKernels(), "as asked");
            case "vector" -> vectorAsAsked();
            case "x86" -> machineCodeAsAsked(true);
            case "x86-f32" -> machineCodeAsAsked(false);
            case "auto" -> fastest();
            default -> throw new IllegalArgumentException(
                    "kernels must be one of auto, scalar, vector, x86, x86-f32; got \"%s\"".formatted(name));
        };
    }

    private static KernelChoice vectorAsAsked() {
        if (!moduleIsThere()) {
            throw new IllegalStateException(
                    "vector kernels need the module %s: start Java with %s".formatted(MODULE, FLAG));
        }
        VectorWidth.requested();
        return new KernelChoice(new VectorKernels(), "as asked");
    }

    private static KernelChoice machineCodeAsAsked(boolean rounding) {
        KernelChoice vector = vectorAsAsked();
        Optional<String> obstacle = obstacle();
        if (obstacle.isPresent()) {
            throw new IllegalStateException(
                    "x86 kernels cannot run (%s kernels can): %s"
                            .formatted(vector.kernels().description(), obstacle.get()));
        }
        return new KernelChoice(new X86Kernels(rounding), "as asked");
    }

    /** Machine code leaves to the vector kernels what it does not do itself, and must agree with them about lanes. */
    private static Optional<String> obstacle() {
        return VectorKernels.bits() == MACHINE_CODE_BITS
                ? MachineCode.obstacle()
                : Optional.of("vectors have %d bits, and machine code goes with %d"
                        .formatted(VectorKernels.bits(), MACHINE_CODE_BITS));
    }

    private static KernelChoice fastest() {
        if (!moduleIsThere()) {
            return new KernelChoice(
                    new ScalarKernels(),
                    "the module %s is not there; %s makes this many times faster".formatted(MODULE, FLAG));
        }
        VectorWidth.requested();
        int bits = VectorKernels.bits();
        if (bits < NARROWEST) {
            return new KernelChoice(
                    new ScalarKernels(),
                    "vectors of this machine have %d bits, fewer than %d".formatted(bits, NARROWEST));
        }
        Optional<String> obstacle = obstacle();
        return obstacle.isPresent()
                ? new KernelChoice(new VectorKernels(), obstacle.get())
                : new KernelChoice(new X86Kernels(true), "the fastest there is");
    }

    /**
     * Whether the vector kernels have a loop of their own for weights in this format; others are decoded one by one. The
     * same answer where those kernels cannot run.
     */
    public static boolean hasVectorLoop(Format format) {
        return switch (format) {
            case TQ1_0, TQ2_0 -> false;
            default -> Codecs.supports(format);
        };
    }

    /** Asks for a class: a module that was loaded after the start is not in the boot layer. */
    private static boolean moduleIsThere() {
        try {
            Class.forName(MODULE + ".FloatVector", false, null);
            return true;
        } catch (ClassNotFoundException e) {
            return false;
        }
    }
}
