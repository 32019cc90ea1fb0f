package dev.vesper.tensor.x86;

/** Numbers that machine code and its callers share. */
public final class X86Layout {
    /** Floats in a vector of 512 bits. */
    public static final int LANES = 16;
    /** Elements of a dot product that lanes add up before they are summed, as the vector kernels have it. */
    public static final int CHUNK = 2048;

    private X86Layout() {}
}
