package dev.vesper.tensor.x86;

/**
 * What tiles of matrix products share: up to 6 tokens times 64 columns of sums in registers from 0 on, where they lie in
 * memory, and the lanes of sums that are made one after the other and added up as a tree.
 *
 * <p>Called with the columns (of weights) in rdi, the rows (of activations) in rsi, the sums in rdx, and {@link Arguments}
 * in rcx.
 */
final class TileLoop {
    static final int VECTORS = X86Layout.TILE_ROWS / X86Layout.LANES;
    static final int VECTOR_BYTES = 64;

    static final int WEIGHT = Assembler.RDI;
    static final int COUNT = Assembler.RAX;
    private static final int X = Assembler.RSI;
    private static final int OUTPUT = Assembler.RDX;
    private static final int ARGUMENTS = Assembler.RCX;
    private static final int X_STRIDE = Assembler.R8;
    private static final int FOURTH_X = Assembler.R9;
    private static final int LANE = Assembler.R12;
    private static final int BITS = Assembler.R13;
    private static final int TOP = Assembler.R14;
    private static final int Y = Assembler.RBX;
    private static final int LEVELS = 4;

    private final Assembler assembler;
    private final int tokens;
    private final int moment;
    private final int sums;

    /** @param moment a vector register that is free when the sums are complete */
    TileLoop(Assembler assembler, int tokens, int moment) {
        this.assembler = assembler;
        this.tokens = tokens;
        this.moment = moment;
        this.sums = tokens * VECTORS;
    }

    /** Bytes of the stack for the sums of one lane. */
    int level() {
        return sums * VECTOR_BYTES;
    }

    /** Bytes of the stack for lanes that are put aside. */
    int levels() {
        return LEVELS * level();
    }

    void enter(int room) {
        Frame.enter(assembler, room);
        assembler.add(WEIGHT, Address.at(ARGUMENTS, Arguments.WEIGHT_OFFSET));
        assembler.add(X, Address.at(ARGUMENTS, Arguments.X_OFFSET));
        assembler.add(OUTPUT, Address.at(ARGUMENTS, Arguments.Y_OFFSET));
        assembler.load(X_STRIDE, Address.at(ARGUMENTS, Arguments.X_STRIDE));
        assembler.loadAddress(FOURTH_X, Address.at(X, X_STRIDE, 2));
        assembler.add(FOURTH_X, X_STRIDE);
        for (int v = 0; v < VECTORS; v++) {
            assembler.load(COUNT, Address.at(ARGUMENTS, Arguments.MASKS));
            if (v > 0) {
                assembler.shiftRight(COUNT, v * X86Layout.LANES);
            }
            assembler.moveMask(mask(v), COUNT);
        }
    }

    byte[] leave(int room) {
        forEachSum((sum, v, at) -> assembler.masked(Instructions.VMOVUPS_STORE, mask(v), sum, at, false));
        Frame.leave(assembler, room);
        return assembler.finish();
    }

    /** The sums are what is in memory. */
    void loadSums() {
        forEachSum((sum, v, at) -> assembler.masked(Instructions.VMOVUPS, mask(v), sum, at, true));
    }

    Address x(int token) {
        int base = token < 3 ? X : FOURTH_X;
        return token % 3 == 0 ? Address.at(base) : Address.at(base, X_STRIDE, token % 3);
    }

    /** Turns to the next activations. */
    void advance(int bytes) {
        assembler.addConstant(X, bytes);
        if (tokens > 3) {
            assembler.addConstant(FOURTH_X, bytes);
        }
    }

    /** As {@link #advance(int)}, by what a register holds. */
    void advanceBy(int register) {
        assembler.add(X, register);
        if (tokens > 3) {
            assembler.add(FOURTH_X, register);
        }
    }

    /**
     * The sums of sixteen lanes, added up, and to what is in memory if asked.
     *
     * @param aside where on the stack there is room for lanes that are put aside
     * @param lane leaves the sums of a lane in the registers
     */
    void lanes(int aside, Runnable lane) {
        assembler.xor(LANE, LANE);
        assembler.loadAddress(TOP, Address.at(Assembler.RSP, aside));
        Assembler.Label next = assembler.here();
        lane.run();
        assembler.add(WEIGHT, Address.at(ARGUMENTS, Arguments.WEIGHT_LANE_REST));
        assembler.add(X, Address.at(ARGUMENTS, Arguments.X_LANE_REST));
        assembler.add(FOURTH_X, Address.at(ARGUMENTS, Arguments.X_LANE_REST));
        // as often as its number ends in ones, a lane is the second of a pair
        Assembler.Label merged = new Assembler.Label();
        assembler.move(BITS, LANE);
        Assembler.Label merge = assembler.here();
        assembler.move(COUNT, BITS);
        assembler.andConstant(COUNT, 1);
        assembler.jump(Assembler.EQUAL, merged);
        assembler.addConstant(TOP, -level());
        for (int sum = 0; sum < sums; sum++) {
            assembler.vector(Instructions.VADDPS, sum, sum, Address.at(TOP, sum * VECTOR_BYTES));
        }
        assembler.shiftRight(BITS, 1);
        assembler.jump(merge);
        assembler.bind(merged);
        Assembler.Label done = new Assembler.Label();
        assembler.addConstant(LANE, 1);
        assembler.compareConstant(LANE, X86Layout.LANES);
        assembler.jump(Assembler.EQUAL, done);
        for (int sum = 0; sum < sums; sum++) {
            assembler.vector(Instructions.VMOVUPS_STORE, sum, 0, Address.at(TOP, sum * VECTOR_BYTES));
        }
        assembler.addConstant(TOP, level());
        assembler.jump(next);
        assembler.bind(done);
        addToMemory();
    }

    private void addToMemory() {
        Assembler.Label none = new Assembler.Label();
        assembler.load(COUNT, Address.at(ARGUMENTS, Arguments.ADD));
        assembler.test(COUNT, COUNT);
        assembler.jump(Assembler.EQUAL, none);
        forEachSum((sum, v, at) -> {
            assembler.masked(Instructions.VMOVUPS, mask(v), moment, at, true);
            assembler.vector(Instructions.VADDPS, sum, sum, moment);
        });
        assembler.bind(none);
    }

    private interface Sum {
        void emit(int sum, int vector, Address place);
    }

    private void forEachSum(Sum each) {
        assembler.move(Y, OUTPUT);
        for (int token = 0; token < tokens; token++) {
            for (int v = 0; v < VECTORS; v++) {
                each.emit(token * VECTORS + v, v, Address.at(Y, v * VECTOR_BYTES));
            }
            assembler.add(Y, Address.at(ARGUMENTS, Arguments.Y_STRIDE));
        }
    }

    private static int mask(int vector) {
        return 1 + vector;
    }
}
