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
    private static final int VECTORS = TileLoop.VECTORS;
    private static final int VECTOR_BYTES = TileLoop.VECTOR_BYTES;
    private static final int FIRST_WEIGHT = 24;
    private static final int FACTOR = 28;
    private static final int FACTORS = 2;
    private static final int UNROLLED = 4;

    private static final int WEIGHT = TileLoop.WEIGHT;
    private static final int COUNT = TileLoop.COUNT;
    private static final int STEP = Assembler.R10;
    private static final int X_STEP = Assembler.R11;

    private final Assembler assembler = new Assembler();
    private final int tokens;
    private final TileLoop loop;

    private TileCode(int tokens) {
        this.tokens = tokens;
        this.loop = new TileLoop(assembler, tokens, FIRST_WEIGHT);
    }

    static byte[] emit(int tokens, boolean lanes) {
        return new TileCode(tokens).emit(lanes);
    }

    private byte[] emit(boolean lanes) {
        int room = lanes ? loop.levels() : 0;
        loop.enter(room);
        assembler.load(STEP, Address.at(Assembler.RCX, Arguments.WEIGHT_STEP));
        assembler.load(X_STEP, Address.at(Assembler.RCX, Arguments.X_STEP));
        if (lanes) {
            loop.lanes(0, () -> {
                for (int sum = 0; sum < tokens * VECTORS; sum++) {
                    assembler.vector(Instructions.VPXORD, sum, sum, sum);
                }
                steps();
            });
        } else {
            loop.loadSums();
            steps();
        }
        return loop.leave(room);
    }

    private void steps() {
        assembler.load(COUNT, Address.at(Assembler.RCX, Arguments.LAST_BLOCKS));
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
            assembler.vector(Instructions.VBROADCASTSS, factor, 0, loop.x(token));
            for (int v = 0; v < VECTORS; v++) {
                assembler.vector(Instructions.VFMADD231PS, token * VECTORS + v, factor, FIRST_WEIGHT + v);
            }
        }
        assembler.add(WEIGHT, STEP);
        loop.advanceBy(X_STEP);
    }
}
