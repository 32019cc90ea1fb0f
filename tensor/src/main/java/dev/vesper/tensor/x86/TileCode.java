package dev.vesper.tensor.x86;

/**
 * Emits a tile of a matrix product: up to 6 rows and 64 columns of sums in 24 registers, to which each step adds the
 * products of 6 numbers with 64. In its plain form it adds to what is in memory, in order. With lanes it makes sixteen sums
 * for each place, one lane after the other, and adds them up as a tree: with the bits of {@link DotCode}.
 *
 * <p>Called with the 64 columns (of weights) in rdi, the rows (of activations) in rsi, the sums in rdx, and {@link Arguments}
 * in rcx.
 */
final class TileCode {
    private static final int VECTORS = X86Layout.TILE_ROWS / X86Layout.LANES;
    private static final int VECTOR_BYTES = 64;
    private static final int FIRST_WEIGHT = 24;
    private static final int FACTOR = 28;
    private static final int FACTORS = 2;
    private static final int UNROLLED = 4;
    private static final int LEVELS = 4;

    private static final int WEIGHT = Assembler.RDI;
    private static final int X = Assembler.RSI;
    private static final int OUTPUT = Assembler.RDX;
    private static final int ARGUMENTS = Assembler.RCX;
    private static final int X_STRIDE = Assembler.R8;
    private static final int FOURTH_X = Assembler.R9;
    private static final int COUNT = Assembler.RAX;
    private static final int STEP = Assembler.R10;
    private static final int X_STEP = Assembler.R11;
    private static final int LANE = Assembler.R12;
    private static final int BITS = Assembler.R13;
    private static final int TOP = Assembler.R14;
    private static final int Y = Assembler.RBX;

    private final Assembler assembler = new Assembler();
    private final int tokens;
    private final boolean lanes;

    private TileCode(int tokens, boolean lanes) {
        this.tokens = tokens;
        this.lanes = lanes;
    }

    static byte[] emit(int tokens, boolean lanes) {
        return new TileCode(tokens, lanes).emit();
    }

    private int room() {
        return lanes ? LEVELS * tokens * VECTORS * VECTOR_BYTES : 0;
    }

    private byte[] emit() {
        Frame.enter(assembler, room());
        assembler.add(WEIGHT, Address.at(ARGUMENTS, Arguments.WEIGHT_OFFSET));
        assembler.add(X, Address.at(ARGUMENTS, Arguments.X_OFFSET));
        assembler.add(OUTPUT, Address.at(ARGUMENTS, Arguments.Y_OFFSET));
        assembler.load(X_STRIDE, Address.at(ARGUMENTS, Arguments.X_STRIDE));
        assembler.load(STEP, Address.at(ARGUMENTS, Arguments.WEIGHT_STEP));
        assembler.load(X_STEP, Address.at(ARGUMENTS, Arguments.X_STEP));
        assembler.loadAddress(FOURTH_X, Address.at(X, X_STRIDE, 2));
        assembler.add(FOURTH_X, X_STRIDE);
        for (int v = 0; v < VECTORS; v++) {
            assembler.load(COUNT, Address.at(ARGUMENTS, Arguments.MASKS));
            if (v > 0) {
                assembler.shiftRight(COUNT, v * X86Layout.LANES);
            }
            assembler.moveMask(mask(v), COUNT);
        }
        if (lanes) {
            lanes();
            addToMemory();
        } else {
            forEachSum((sum, v, at) -> assembler.masked(Instructions.VMOVUPS, mask(v), sum, at, true));
            steps();
        }
        forEachSum((sum, v, at) -> assembler.masked(Instructions.VMOVUPS_STORE, mask(v), sum, at, false));
        Frame.leave(assembler, room());
        return assembler.finish();
    }

    private void lanes() {
        assembler.xor(LANE, LANE);
        assembler.move(TOP, Assembler.RSP);
        Assembler.Label lane = assembler.here();
        for (int sum = 0; sum < tokens * VECTORS; sum++) {
            assembler.vector(Instructions.VPXORD, sum, sum, sum);
        }
        steps();
        assembler.add(WEIGHT, Address.at(ARGUMENTS, Arguments.WEIGHT_LANE_REST));
        assembler.add(X, Address.at(ARGUMENTS, Arguments.X_LANE_REST));
        assembler.add(FOURTH_X, Address.at(ARGUMENTS, Arguments.X_LANE_REST));
        // as often as its number ends in ones, a lane is the second of a pair
        Assembler.Label merged = new Assembler.Label();
        int level = tokens * VECTORS * VECTOR_BYTES;
        assembler.move(BITS, LANE);
        Assembler.Label merge = assembler.here();
        assembler.move(COUNT, BITS);
        assembler.andConstant(COUNT, 1);
        assembler.jump(Assembler.EQUAL, merged);
        assembler.addConstant(TOP, -level);
        for (int sum = 0; sum < tokens * VECTORS; sum++) {
            assembler.vector(Instructions.VADDPS, sum, sum, Address.at(TOP, sum * VECTOR_BYTES));
        }
        assembler.shiftRight(BITS, 1);
        assembler.jump(merge);
        assembler.bind(merged);
        Assembler.Label done = new Assembler.Label();
        assembler.addConstant(LANE, 1);
        assembler.compareConstant(LANE, X86Layout.LANES);
        assembler.jump(Assembler.EQUAL, done);
        for (int sum = 0; sum < tokens * VECTORS; sum++) {
            assembler.vector(Instructions.VMOVUPS_STORE, sum, 0, Address.at(TOP, sum * VECTOR_BYTES));
        }
        assembler.addConstant(TOP, level);
        assembler.jump(lane);
        assembler.bind(done);
    }

    private void steps() {
        assembler.load(COUNT, Address.at(ARGUMENTS, Arguments.LAST_BLOCKS));
        Assembler.Label rest = new Assembler.Label();
        Assembler.Label done = new Assembler.Label();
        Assembler.Label some = assembler.here();
        assembler.compareConstant(COUNT, UNROLLED);
        assembler.jump(Assembler.LESS, rest);
        for (int i = 0; i < UNROLLED; i++) {
            step();
        }
        assembler.addConstant(COUNT, -UNROLLED);
        assembler.jump(some);
        assembler.bind(rest);
        assembler.test(COUNT, COUNT);
        assembler.jump(Assembler.EQUAL, done);
        step();
        assembler.decrement(COUNT);
        assembler.jump(rest);
        assembler.bind(done);
    }

    private void step() {
        for (int v = 0; v < VECTORS; v++) {
            assembler.vector(Instructions.VMOVUPS, FIRST_WEIGHT + v, 0, Address.at(WEIGHT, v * VECTOR_BYTES));
        }
        for (int token = 0; token < tokens; token++) {
            int factor = FACTOR + token % FACTORS;
            assembler.vector(Instructions.VBROADCASTSS, factor, 0, x(token));
            for (int v = 0; v < VECTORS; v++) {
                assembler.vector(Instructions.VFMADD231PS, token * VECTORS + v, factor, FIRST_WEIGHT + v);
            }
        }
        assembler.add(WEIGHT, STEP);
        assembler.add(X, X_STEP);
        if (tokens > 3) {
            assembler.add(FOURTH_X, X_STEP);
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
