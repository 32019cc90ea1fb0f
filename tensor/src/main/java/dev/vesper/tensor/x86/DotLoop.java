package dev.vesper.tensor.x86;

/**
 * The loops around dot products of some rows of a weight with some tokens: over groups of rows, and over chunks of columns.
 * The sums of a chunk are registers from 0 on, rows times tokens; in each, lane l takes lane l + 8, l + 4, l + 2 and l + 1, and
 * chunks are added in order.
 *
 * <p>Called with the weight in rdi, the activations in rsi, the products in rdx, and {@link Arguments} in rcx.
 */
final class DotLoop {
    static final int FIRST_ROW = Assembler.RBX;
    /** Counts what is left of a chunk. */
    static final int COUNT = Assembler.RAX;
    /** For a moment. */
    static final int Y = Assembler.R14;
    static final int POOL = Assembler.R15;

    private static final int WEIGHT = Assembler.RDI;
    private static final int INPUT = Assembler.RSI;
    private static final int OUTPUT = Assembler.RDX;
    private static final int ARGUMENTS = Assembler.RCX;
    private static final int FOURTH_ROW = Assembler.RBP;
    private static final int DISTANCE = Assembler.R8;
    private static final int X = Assembler.R9;
    private static final int X_STRIDE = Assembler.R10;
    private static final int FOURTH_X = Assembler.R11;
    private static final int GROUPS = Assembler.R12;
    private static final int CHUNK = Assembler.R13;
    private static final int SWAP_HALVES = 0x4E;
    private static final int SWAP_NEIGHBOURS = 0xB1;

    private final Assembler assembler;
    private final int rows;
    private final int tokens;
    private final int moment;

    /** @param moment a vector register that is free when a chunk is finished */
    DotLoop(Assembler assembler, int rows, int tokens, int moment) {
        this.assembler = assembler;
        this.rows = rows;
        this.tokens = tokens;
        this.moment = moment;
    }

    /** What a kind of dot product adds to the loops. */
    interface Body {
        /** Before the loops. */
        void prepare();

        /** Adds the products of a chunk to the sums, which are zero, and {@link #advance}s. */
        void chunk();

        /** Before the lanes of the sums are added up. */
        default void order() {}
    }

    /** @param room bytes of the stack for the body */
    byte[] emit(int room, Body body) {
        Frame.enter(assembler, room);
        assembler.loadPool(POOL);
        assembler.add(WEIGHT, Address.at(ARGUMENTS, Arguments.WEIGHT_OFFSET));
        assembler.add(INPUT, Address.at(ARGUMENTS, Arguments.X_OFFSET));
        assembler.add(OUTPUT, Address.at(ARGUMENTS, Arguments.Y_OFFSET));
        assembler.load(GROUPS, Address.at(ARGUMENTS, Arguments.GROUPS));
        assembler.load(DISTANCE, Address.at(ARGUMENTS, Arguments.ROW_DISTANCE));
        assembler.load(X_STRIDE, Address.at(ARGUMENTS, Arguments.X_STRIDE));
        body.prepare();
        Assembler.Label group = assembler.here();
        assembler.move(FIRST_ROW, WEIGHT);
        assembler.loadAddress(FOURTH_ROW, Address.at(WEIGHT, DISTANCE, 2));
        assembler.add(FOURTH_ROW, DISTANCE);
        assembler.move(X, INPUT);
        assembler.loadAddress(FOURTH_X, Address.at(X, X_STRIDE, 2));
        assembler.add(FOURTH_X, X_STRIDE);
        assembler.xor(CHUNK, CHUNK);
        Assembler.Label chunk = assembler.here();
        for (int sum = 0; sum < rows * tokens; sum++) {
            assembler.vector(Instructions.VPXORD, sum, sum, sum);
        }
        body.chunk();
        body.order();
        finishChunk();
        assembler.addConstant(CHUNK, 1);
        assembler.compare(CHUNK, Address.at(ARGUMENTS, Arguments.CHUNKS));
        assembler.jump(Assembler.LESS, chunk);
        assembler.add(WEIGHT, Address.at(ARGUMENTS, Arguments.WEIGHT_ADVANCE));
        assembler.add(OUTPUT, Address.at(ARGUMENTS, Arguments.Y_ADVANCE));
        assembler.decrement(GROUPS);
        assembler.jump(Assembler.NOT_EQUAL, group);
        Frame.leave(assembler, room);
        return assembler.finish();
    }

    int sum(int row, int token) {
        return row * tokens + token;
    }

    /** Where a row has its next block. */
    static Address row(int row) {
        return switch (row) {
            case 0 -> Address.at(FIRST_ROW);
            case 1 -> Address.at(FIRST_ROW, DISTANCE, 1);
            case 2 -> Address.at(FIRST_ROW, DISTANCE, 2);
            default -> Address.at(FOURTH_ROW);
        };
    }

    /** Where a token has its next activations. */
    static Address x(int token) {
        return switch (token) {
            case 0 -> Address.at(X);
            case 1 -> Address.at(X, X_STRIDE, 1);
            case 2 -> Address.at(X, X_STRIDE, 2);
            default -> Address.at(FOURTH_X);
        };
    }

    /** Counts the steps of the chunk: the last one has fewer. */
    void countSteps(int ofFullChunk) {
        Assembler.Label last = new Assembler.Label();
        assembler.compare(CHUNK, Address.at(ARGUMENTS, Arguments.FULL_CHUNKS));
        assembler.load(COUNT, Address.at(ARGUMENTS, Arguments.LAST_BLOCKS));
        assembler.jump(Assembler.EQUAL, last);
        assembler.moveConstant(COUNT, ofFullChunk);
        assembler.bind(last);
    }

    void advance(int rowBytes, int xBytes) {
        assembler.addConstant(FIRST_ROW, rowBytes);
        if (rows > 3) {
            assembler.addConstant(FOURTH_ROW, rowBytes);
        }
        assembler.addConstant(X, xBytes);
        if (tokens > 3) {
            assembler.addConstant(FOURTH_X, xBytes);
        }
    }

    /** What comes after the last whole step of the last chunk, if anything does; its mask is in {@link #COUNT} then. */
    void tail(Runnable code) {
        Assembler.Label none = new Assembler.Label();
        assembler.compare(CHUNK, Address.at(ARGUMENTS, Arguments.FULL_CHUNKS));
        assembler.jump(Assembler.NOT_EQUAL, none);
        assembler.load(COUNT, Address.at(ARGUMENTS, Arguments.TAIL_MASK));
        assembler.test(COUNT, COUNT);
        assembler.jump(Assembler.EQUAL, none);
        code.run();
        assembler.bind(none);
    }

    private void finishChunk() {
        for (int sum = 0; sum < rows * tokens; sum++) {
            assembler.immediate(Instructions.VSHUFF32X4, moment, sum, sum, SWAP_HALVES);
            assembler.vector(Instructions.VADDPS, sum, sum, moment);
            assembler.immediate(Instructions.VSHUFF32X4, moment, sum, sum, SWAP_NEIGHBOURS);
            assembler.vector(Instructions.VADDPS, sum, sum, moment);
            assembler.immediate(Instructions.VSHUFPS, moment, sum, sum, SWAP_HALVES);
            assembler.vector(Instructions.VADDPS, sum, sum, moment);
            assembler.immediate(Instructions.VSHUFPS, moment, sum, sum, SWAP_NEIGHBOURS);
            assembler.vector(Instructions.VADDPS, sum, sum, moment);
        }
        Assembler.Label first = new Assembler.Label();
        assembler.test(CHUNK, CHUNK);
        assembler.jump(Assembler.EQUAL, first);
        forEachProduct((sum, place) -> {
            assembler.narrow(Instructions.VMOVSS, 128, moment, 0, place);
            assembler.vector(Instructions.VADDPS, sum, sum, moment);
        });
        assembler.bind(first);
        forEachProduct((sum, place) -> assembler.narrow(Instructions.VMOVSS_STORE, 128, sum, 0, place));
    }

    private interface Product {
        void emit(int sum, Address place);
    }

    private void forEachProduct(Product product) {
        for (int r = 0; r < rows; r++) {
            assembler.move(Y, OUTPUT);
            for (int i = 0; i < r; i++) {
                assembler.add(Y, Address.at(ARGUMENTS, Arguments.Y_DISTANCE));
            }
            for (int token = 0; token < tokens; token++) {
                product.emit(sum(r, token), Address.at(Y));
                assembler.add(Y, Address.at(ARGUMENTS, Arguments.Y_STRIDE));
            }
        }
    }
}
