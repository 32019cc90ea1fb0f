package dev.vesper.tensor.x86;

/**
 * An operand in memory: {@code [base + index * scale + displacement]}.
 *
 * @param index -1 if there is none
 * @param scale 1, 2, 4 or 8
 */
record Address(int base, int index, int scale, int displacement) {
    private static final int NONE = -1;

    static Address at(int base) {
        return new Address(base, NONE, 1, 0);
    }

    static Address at(int base, int displacement) {
        return new Address(base, NONE, 1, displacement);
    }

    static Address at(int base, int index, int scale) {
        return new Address(base, index, scale, 0);
    }

    /** The same, so many bytes further. */
    Address plus(int bytes) {
        return new Address(base, index, scale, displacement + bytes);
    }

    boolean hasIndex() {
        return index != NONE;
    }
}
