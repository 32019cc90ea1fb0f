package dev.vesper.tensor.x86;

/**
 * Emits dot products of unpacked rows, up to four at a time, with many tokens, up to six at a time: 24 sums whose lanes run
 * along the row, added up in the order of {@link DotCode}. Rows that stay in L1 while tokens come from L2; or keys of attention,
 * with queries for tokens.
 *
 * <p>Called with the rows in rdi, the activations in rsi, the products in rdx, and {@link Arguments} in rcx.
 */
final class DotTileCode {
    private static final int ROWS = X86Layout.DOT_ROWS;
    private static final int FIRST_WEIGHT = 24;
    private static final int FACTOR = 28;
    private static final int FACTORS = 2;
    private static final int UNROLLED = 4;
    private static final int VECTOR_BYTES = 64;
    private static final int MASK = 1;
    private static final int FIRST_OF_EACH = 2;

    private static final int WEIGHT = Assembler.RDI;
    private static final int X = Assembler.RSI;
    private static final int OUTPUT = Assembler.RDX;
    private static final int ARGUMENTS = Assembler.RCX;
    private static final int COUNT = Assembler.RAX;
    private static final int X_STRIDE = Assembler.R8;
    private static final int FOURTH_X = Assembler.R9;
    private static final int W = Assembler.R10;
    private static final int X_AT = Assembler.R11;
    private static final int GROUPS = Assembler.R12;
    private static final int ROW_GROUPS = Assembler.R13;
    private static final int FOURTH_W = Assembler.R14;
    private static final int W_STRIDE = Assembler.RBP;
    private static final int Y = Assembler.RBX;
    /** What is kept in memory: where the tokens and the products of the first group begin. */
    private static final int ROOM = 64;

    private static final Address FIRST_X = Address.at(Assembler.RSP);
    private static final Address FIRST_OUTPUT = Address.at(Assembler.RSP, Long.BYTES);

    /** Parts of registers: of two, the first halves or the last; of two, the first and third quarters, or the others. */
    private static final int FIRST_HALVES = 0x44;

    private static final int LAST_HALVES = 0xEE;
    private static final int EVEN_QUARTERS = 0x88;
    private static final int ODD_QUARTERS = 0xDD;
    private static final int SWAP_HALVES = 0x4E;
    private static final int SWAP_NEIGHBOURS = 0xB1;
    /** Where the sums of four rows are in the end. */
    private static final int EVERY_FOURTH = 0x1111;

    private final Assembler assembler = new Assembler();
    private final int rows;
    private final int tokens;

    private DotTileCode(int rows, int tokens) {
        this.rows = rows;
        this.tokens = tokens;
    }

    /** @param rows 1 to 4 */
    static byte[] emit(int rows, int tokens) {
        return new DotTileCode(rows, tokens).emit();
    }

    private byte[] emit() {
        Frame.enter(assembler, ROOM);
        assembler.add(WEIGHT, Address.at(ARGUMENTS, Arguments.WEIGHT_OFFSET));
        assembler.add(X, Address.at(ARGUMENTS, Arguments.X_OFFSET));
        assembler.add(OUTPUT, Address.at(ARGUMENTS, Arguments.Y_OFFSET));
        assembler.store(FIRST_X, X);
        assembler.store(FIRST_OUTPUT, OUTPUT);
        assembler.load(X_STRIDE, Address.at(ARGUMENTS, Arguments.X_STRIDE));
        assembler.load(W_STRIDE, Address.at(ARGUMENTS, Arguments.ROW_DISTANCE));
        assembler.load(ROW_GROUPS, Address.at(ARGUMENTS, Arguments.ROW_GROUPS));
        assembler.moveConstant(COUNT, (1 << rows) - 1);
        assembler.moveMask(MASK, COUNT);
        assembler.moveConstant(COUNT, EVERY_FOURTH);
        assembler.moveMask(FIRST_OF_EACH, COUNT);
        Assembler.Label rowGroup = assembler.here();
        assembler.load(GROUPS, Address.at(ARGUMENTS, Arguments.GROUPS));
        Assembler.Label group = assembler.here();
        for (int sum = 0; sum < tokens * ROWS; sum++) {
            assembler.vector(Instructions.VPXORD, sum, sum, sum);
        }
        assembler.move(W, WEIGHT);
        assembler.loadAddress(FOURTH_W, Address.at(W, W_STRIDE, 2));
        assembler.add(FOURTH_W, W_STRIDE);
        assembler.move(X_AT, X);
        assembler.loadAddress(FOURTH_X, Address.at(X, X_STRIDE, 2));
        assembler.add(FOURTH_X, X_STRIDE);
        steps();
        finish();
        assembler.add(X, Address.at(ARGUMENTS, Arguments.X_LANE_REST));
        assembler.add(OUTPUT, Address.at(ARGUMENTS, Arguments.Y_ADVANCE));
        assembler.decrement(GROUPS);
        assembler.jump(Assembler.NOT_EQUAL, group);
        assembler.add(WEIGHT, Address.at(ARGUMENTS, Arguments.WEIGHT_ADVANCE));
        assembler.load(X, FIRST_X);
        assembler.load(OUTPUT, FIRST_OUTPUT);
        assembler.add(OUTPUT, Address.at(ARGUMENTS, Arguments.Y_DISTANCE));
        assembler.store(FIRST_OUTPUT, OUTPUT);
        assembler.decrement(ROW_GROUPS);
        assembler.jump(Assembler.NOT_EQUAL, rowGroup);
        Frame.leave(assembler, ROOM);
        return assembler.finish();
    }

    private void steps() {
        assembler.load(COUNT, Address.at(ARGUMENTS, Arguments.LAST_BLOCKS));
        Assembler.Label rest = new Assembler.Label();
        Assembler.Label done = new Assembler.Label();
        Assembler.Label some = assembler.here();
        assembler.compareConstant(COUNT, UNROLLED);
        assembler.jump(Assembler.LESS, rest);
        step(UNROLLED);
        assembler.addConstant(COUNT, -UNROLLED);
        assembler.jump(some);
        assembler.bind(rest);
        assembler.test(COUNT, COUNT);
        assembler.jump(Assembler.EQUAL, done);
        step(1);
        assembler.decrement(COUNT);
        assembler.jump(rest);
        assembler.bind(done);
    }

    private void step(int times) {
        for (int i = 0; i < times; i++) {
            for (int row = 0; row < rows; row++) {
                assembler.vector(Instructions.VMOVUPS, FIRST_WEIGHT + row, 0, w(row).plus(i * VECTOR_BYTES));
            }
            for (int token = 0; token < tokens; token++) {
                int factor = FACTOR + token % FACTORS;
                assembler.vector(Instructions.VMOVUPS, factor, 0, x(token).plus(i * VECTOR_BYTES));
                for (int row = 0; row < rows; row++) {
                    assembler.vector(Instructions.VFMADD231PS, token * ROWS + row, factor, FIRST_WEIGHT + row);
                }
            }
        }
        assembler.addConstant(W, times * VECTOR_BYTES);
        if (rows > 3) {
            assembler.addConstant(FOURTH_W, times * VECTOR_BYTES);
        }
        assembler.addConstant(X_AT, times * VECTOR_BYTES);
        if (tokens > 3) {
            assembler.addConstant(FOURTH_X, times * VECTOR_BYTES);
        }
    }

    private Address w(int row) {
        return switch (row) {
            case 0 -> Address.at(W);
            case 3 -> Address.at(FOURTH_W);
            default -> Address.at(W, W_STRIDE, row);
        };
    }

    private Address x(int token) {
        int base = token < 3 ? X_AT : FOURTH_X;
        return token % 3 == 0 ? Address.at(base) : Address.at(base, X_STRIDE, token % 3);
    }

    /** Four rows of a token at a time: after the first two rounds their sums lie in the quarters of one register. */
    private void finish() {
        assembler.move(Y, OUTPUT);
        for (int token = 0; token < tokens; token++) {
            int a = token * ROWS;
            pair(a, a, a + 1, FIRST_HALVES, LAST_HALVES);
            pair(a + 2, a + 2, a + 3, FIRST_HALVES, LAST_HALVES);
            pair(a, a, a + 2, EVEN_QUARTERS, ODD_QUARTERS);
            assembler.immediate(Instructions.VSHUFPS, FIRST_WEIGHT, a, a, SWAP_HALVES);
            assembler.vector(Instructions.VADDPS, a, a, FIRST_WEIGHT);
            assembler.immediate(Instructions.VSHUFPS, FIRST_WEIGHT, a, a, SWAP_NEIGHBOURS);
            assembler.vector(Instructions.VADDPS, a, a, FIRST_WEIGHT);
            assembler.compress(a, a, FIRST_OF_EACH);
        }
        Assembler.Label none = new Assembler.Label();
        assembler.load(COUNT, Address.at(ARGUMENTS, Arguments.ADD));
        assembler.test(COUNT, COUNT);
        assembler.jump(Assembler.EQUAL, none);
        for (int token = 0; token < tokens; token++) {
            assembler.masked(Instructions.VMOVUPS, MASK, FIRST_WEIGHT, Address.at(Y), true);
            assembler.vector(Instructions.VADDPS, token * ROWS, token * ROWS, FIRST_WEIGHT);
            assembler.add(Y, Address.at(ARGUMENTS, Arguments.Y_STRIDE));
        }
        assembler.move(Y, OUTPUT);
        assembler.bind(none);
        for (int token = 0; token < tokens; token++) {
            assembler.masked(Instructions.VMOVUPS_STORE, MASK, token * ROWS, Address.at(Y), false);
            assembler.add(Y, Address.at(ARGUMENTS, Arguments.Y_STRIDE));
        }
    }

    private void pair(int to, int first, int second, int these, int those) {
        assembler.immediate(Instructions.VSHUFF32X4, FIRST_WEIGHT, first, second, these);
        assembler.immediate(Instructions.VSHUFF32X4, FIRST_WEIGHT + 1, first, second, those);
        assembler.vector(Instructions.VADDPS, to, FIRST_WEIGHT, FIRST_WEIGHT + 1);
    }
}
