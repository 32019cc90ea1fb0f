package dev.vesper.tensor.x86;

import java.util.Arrays;

/** Constants behind the code, as operands in memory. */
record Pool(Assembler assembler, int register) {
    static final int[] IN_ORDER = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};

    Address of(int... lanes) {
        return Address.at(register, assembler.constant(lanes));
    }

    /** {@code lanes[order[lane]]} in each lane. */
    Address of(int[] lanes, int[] order) {
        int[] ordered = new int[order.length];
        Arrays.setAll(ordered, lane -> lanes[order[lane]]);
        return of(ordered);
    }

    /** The same in all lanes. */
    Address all(int value) {
        int[] lanes = new int[X86Layout.LANES];
        Arrays.fill(lanes, value);
        return of(lanes);
    }
}
