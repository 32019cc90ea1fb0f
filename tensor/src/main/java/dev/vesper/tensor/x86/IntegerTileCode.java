package dev.vesper.tensor.x86;

/**
 * Emits a tile of a matrix product of integers: up to 6 tokens and 64 rows of sums in 24 registers, which are exact for a
 * block of 32 and then, scaled, join sums of floats in memory. It makes sixteen of those for each place, one lane after the
 * other, and adds them up as a tree: with the bits of {@link IntegerDotCode}.
 *
 * <p>Called with a panel of {@link IntegerPanelCode} in rdi, activations of {@link RoundCode} in rsi, the sums in rdx, and
 * {@link Arguments} in rcx.
 */
final class IntegerTileCode {
    private static final int VECTORS = X86Layout.TILE_ROWS / X86Layout.LANES;
    private static final int VECTOR_BYTES = 64;
    private static final int PAIRS = 16;
    private static final int FIRST_WEIGHT = 24;
    private static final int FACTOR = 28;
    private static final int FACTORS = 2;
    private static final int ZERO = 30;
    private static final int LEVELS = 4;
    private static final int STEP = IntegerLayout.PANEL_BLOCK;
    private static final int X_STEP = IntegerLayout.WORDS_BLOCK;

    private static final int WEIGHT = Assembler.RDI;
    private static final int X = Assembler.RSI;
    private static final int OUTPUT = Assembler.RDX;
    private static final int ARGUMENTS = Assembler.RCX;
    private static final int X_STRIDE = Assembler.R8;
    private static final int FOURTH_X = Assembler.R9;
    private static final int COUNT = Assembler.RAX;
    private static final int LANE = Assembler.R12;
    private static final int BITS = Assembler.R13;
    private static final int TOP = Assembler.R14;
    private static final int Y = Assembler.RBX;

    private final Assembler assembler = new Assembler();
    private final int tokens;
    private final int sums;

    private IntegerTileCode(int tokens) {
        this.tokens = tokens;
        this.sums = tokens * VECTORS;
    }

    static byte[] emit(int tokens) {
        return new IntegerTileCode(tokens).emit();
    }

    /** The sums of the lane, and those of other lanes, put aside. */
    private int room() {
        return (1 + LEVELS) * sums * VECTOR_BYTES;
    }

    private byte[] emit() {
        Frame.enter(assembler, room());
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
        assembler.vector(Instructions.VPXORD, ZERO, ZERO, ZERO);
        lanes();
        addToMemory();
        forEachSum((sum, v, at) -> assembler.masked(Instructions.VMOVUPS_STORE, mask(v), sum, at, false));
        Frame.leave(assembler, room());
        return assembler.finish();
    }

    private void lanes() {
        int level = sums * VECTOR_BYTES;
        assembler.xor(LANE, LANE);
        assembler.loadAddress(TOP, Address.at(Assembler.RSP, level));
        Assembler.Label lane = assembler.here();
        laneSums();
        // as often as its number ends in ones, a lane is the second of a pair
        Assembler.Label merged = new Assembler.Label();
        assembler.move(BITS, LANE);
        Assembler.Label merge = assembler.here();
        assembler.move(COUNT, BITS);
        assembler.andConstant(COUNT, 1);
        assembler.jump(Assembler.EQUAL, merged);
        assembler.addConstant(TOP, -level);
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
        assembler.addConstant(TOP, level);
        assembler.jump(lane);
        assembler.bind(done);
    }

    private void laneSums() {
        for (int sum = 0; sum < sums; sum++) {
            assembler.vector(Instructions.VMOVUPS_STORE, ZERO, 0, sum(sum));
        }
        assembler.load(COUNT, Address.at(ARGUMENTS, Arguments.LAST_BLOCKS));
        Assembler.Label block = assembler.here();
        block();
        assembler.addConstant(WEIGHT, STEP);
        assembler.addConstant(X, X_STEP);
        assembler.addConstant(FOURTH_X, X_STEP);
        assembler.decrement(COUNT);
        assembler.jump(Assembler.NOT_EQUAL, block);
        assembler.add(WEIGHT, Address.at(ARGUMENTS, Arguments.WEIGHT_LANE_REST));
        assembler.add(X, Address.at(ARGUMENTS, Arguments.X_LANE_REST));
        assembler.add(FOURTH_X, Address.at(ARGUMENTS, Arguments.X_LANE_REST));
        for (int sum = 0; sum < sums; sum++) {
            assembler.vector(Instructions.VMOVUPS, sum, 0, sum(sum));
        }
    }

    private static Address sum(int sum) {
        return Address.at(Assembler.RSP, sum * VECTOR_BYTES);
    }

    private void block() {
        for (int sum = 0; sum < sums; sum++) {
            assembler.vector(Instructions.VPXORD, sum, sum, sum);
        }
        for (int pair = 0; pair < PAIRS; pair++) {
            for (int v = 0; v < VECTORS; v++) {
                Address at = Address.at(WEIGHT, pair * IntegerLayout.PANEL_PAIR + v * VECTOR_BYTES);
                assembler.vector(Instructions.VMOVUPS, FIRST_WEIGHT + v, 0, at);
            }
            for (int token = 0; token < tokens; token++) {
                int factor = FACTOR + token % FACTORS;
                Address at = x(token).plus(X86Layout.slot(pair) * Integer.BYTES);
                assembler.vector(Instructions.VPBROADCASTD, factor, 0, at);
                for (int v = 0; v < VECTORS; v++) {
                    assembler.vector(Instructions.VPDPWSSD, token * VECTORS + v, factor, FIRST_WEIGHT + v);
                }
            }
        }
        for (int v = 0; v < VECTORS; v++) {
            Address scales = Address.at(WEIGHT, IntegerLayout.PANEL_SCALES + v * VECTOR_BYTES);
            assembler.vector(Instructions.VMOVUPS, FIRST_WEIGHT + v, 0, scales);
        }
        for (int token = 0; token < tokens; token++) {
            Address scale = x(token).plus(2 * IntegerLayout.BLOCK);
            assembler.vector(Instructions.VBROADCASTSS, FACTOR, 0, scale);
            for (int v = 0; v < VECTORS; v++) {
                int sum = token * VECTORS + v;
                assembler.vector(Instructions.VCVTDQ2PS, sum, 0, sum);
                assembler.vector(Instructions.VMULPS, sum, sum, FACTOR);
                assembler.vector(Instructions.VFMADD213PS, sum, FIRST_WEIGHT + v, sum(sum));
                assembler.vector(Instructions.VMOVUPS_STORE, sum, 0, sum(sum));
            }
        }
    }

    private Address x(int token) {
        int base = token < 3 ? X : FOURTH_X;
        return token % 3 == 0 ? Address.at(base) : Address.at(base, X_STRIDE, token % 3);
    }

    /** Adds what is in memory, if asked. */
    private void addToMemory() {
        Assembler.Label none = new Assembler.Label();
        assembler.load(COUNT, Address.at(ARGUMENTS, Arguments.ADD));
        assembler.test(COUNT, COUNT);
        assembler.jump(Assembler.EQUAL, none);
        forEachSum((sum, v, at) -> {
            assembler.masked(Instructions.VMOVUPS, mask(v), FIRST_WEIGHT, at, true);
            assembler.vector(Instructions.VADDPS, sum, sum, FIRST_WEIGHT);
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
