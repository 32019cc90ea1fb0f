package dev.vesper.tensor.x86;

/**
 * Emits dot products of some rows of a weight with some tokens, straight from its blocks: each block is unpacked once, to
 * registers. Lane l of a sum takes the elements l, l + 16, ... of a chunk in order; then lane l takes lane l + 8, l + 4, l +
 * 2 and l + 1; chunks are added in order. That is the order of the vector kernels, and so are the bits.
 *
 * <p>Called with the weight in rdi, the activations in rsi, the products in rdx, and {@link Arguments} in rcx.
 */
final class DotCode {
    private static final int FIRST_TOKEN = 8;
    private static final int UNROLLED_ELEMENTS = 64;
    private static final int SWAP_HALVES = 0x4E;
    private static final int SWAP_NEIGHBOURS = 0xB1;
    private static final int LINE = 64;

    private static final int WEIGHT = Assembler.RDI;
    private static final int INPUT = Assembler.RSI;
    private static final int OUTPUT = Assembler.RDX;
    private static final int ARGUMENTS = Assembler.RCX;
    private static final int X = Assembler.R9;
    private static final int X_STRIDE = Assembler.R10;
    private static final int FOURTH_X = Assembler.R11;
    private static final int COUNT = Assembler.RAX;
    private static final int GROUPS = Assembler.R12;
    private static final int CHUNK = Assembler.R13;
    private static final int Y = Assembler.R14;

    private final Assembler assembler = new Assembler();
    private final BlockCode format;
    private final int rows;
    private final int tokens;
    private final int prefetch;
    private final RowCode row;

    private DotCode(BlockCode format, int rows, int tokens, int prefetch) {
        this.format = format;
        this.rows = rows;
        this.tokens = tokens;
        this.prefetch = prefetch;
        this.row = new RowCode(assembler, format.bytes(), rows * tokens, tokens);
    }

    static byte[] emit(BlockCode format, int rows, int tokens, int prefetch) {
        return new DotCode(format, rows, tokens, prefetch).emit();
    }

    private byte[] emit() {
        Frame.enter(assembler, RowCode.ROOM * RowCode.MOST_ROWS);
        assembler.loadPool(RowCode.POOL);
        assembler.add(WEIGHT, Address.at(ARGUMENTS, Arguments.WEIGHT_OFFSET));
        assembler.add(INPUT, Address.at(ARGUMENTS, Arguments.X_OFFSET));
        assembler.add(OUTPUT, Address.at(ARGUMENTS, Arguments.Y_OFFSET));
        assembler.load(GROUPS, Address.at(ARGUMENTS, Arguments.GROUPS));
        assembler.load(RowCode.DISTANCE, Address.at(ARGUMENTS, Arguments.ROW_DISTANCE));
        assembler.load(X_STRIDE, Address.at(ARGUMENTS, Arguments.X_STRIDE));
        assembler.load(COUNT, Address.at(ARGUMENTS, Arguments.TAIL_MASK));
        assembler.moveMask(1, COUNT);
        format.prepare(row);
        Assembler.Label group = assembler.here();
        assembler.move(RowCode.FIRST_ROW, WEIGHT);
        assembler.loadAddress(RowCode.FOURTH_ROW, Address.at(WEIGHT, RowCode.DISTANCE, 2));
        assembler.add(RowCode.FOURTH_ROW, RowCode.DISTANCE);
        assembler.move(X, INPUT);
        assembler.loadAddress(FOURTH_X, Address.at(X, X_STRIDE, 2));
        assembler.add(FOURTH_X, X_STRIDE);
        assembler.xor(CHUNK, CHUNK);
        Assembler.Label chunk = assembler.here();
        chunk();
        finishChunk();
        assembler.addConstant(CHUNK, 1);
        assembler.compare(CHUNK, Address.at(ARGUMENTS, Arguments.CHUNKS));
        assembler.jump(Assembler.LESS, chunk);
        assembler.add(WEIGHT, Address.at(ARGUMENTS, Arguments.WEIGHT_ADVANCE));
        assembler.add(OUTPUT, Address.at(ARGUMENTS, Arguments.Y_ADVANCE));
        assembler.decrement(GROUPS);
        assembler.jump(Assembler.NOT_EQUAL, group);
        Frame.leave(assembler, RowCode.ROOM * RowCode.MOST_ROWS);
        return assembler.finish();
    }

    private int sum(int r, int token) {
        return r * tokens + token;
    }

    private void chunk() {
        for (int r = 0; r < rows; r++) {
            for (int token = 0; token < tokens; token++) {
                assembler.vector(Instructions.VPXORD, sum(r, token), sum(r, token), sum(r, token));
            }
        }
        // the last chunk has fewer blocks
        Assembler.Label last = new Assembler.Label();
        Assembler.Label ready = new Assembler.Label();
        assembler.compare(CHUNK, Address.at(ARGUMENTS, Arguments.FULL_CHUNKS));
        assembler.load(COUNT, Address.at(ARGUMENTS, Arguments.LAST_BLOCKS));
        assembler.jump(Assembler.EQUAL, last);
        assembler.moveConstant(COUNT, X86Layout.CHUNK / format.elements());
        assembler.bind(last);
        int unroll = Math.max(1, UNROLLED_ELEMENTS / format.elements());
        if (unroll > 1) {
            Assembler.Label rest = new Assembler.Label();
            Assembler.Label some = assembler.here();
            assembler.compareConstant(COUNT, unroll);
            assembler.jump(Assembler.LESS, rest);
            blocks(unroll);
            assembler.addConstant(COUNT, -unroll);
            assembler.jump(some);
            assembler.bind(rest);
        }
        Assembler.Label one = assembler.here();
        assembler.test(COUNT, COUNT);
        assembler.jump(Assembler.EQUAL, ready);
        blocks(1);
        assembler.decrement(COUNT);
        assembler.jump(one);
        assembler.bind(ready);
        if (format instanceof PlainCode plain) {
            tail(plain);
        }
    }

    private void blocks(int count) {
        for (int block = 0; block < count; block++) {
            row.block(block);
            for (int r = 0; r < rows; r++) {
                format.begin(row, r);
            }
            for (int index = 0; index < format.elements() / X86Layout.LANES; index++) {
                int element = block * format.elements() + index * X86Layout.LANES;
                for (int token = 0; token < tokens; token++) {
                    assembler.vector(Instructions.VMOVUPS, FIRST_TOKEN + token, 0, x(token, element));
                }
                for (int r = 0; r < rows; r++) {
                    format.vector(row, r, index, RowCode.WEIGHTS);
                    multiply(r);
                }
            }
        }
        row.block(0);
        if (prefetch > 0) {
            for (int r = 0; r < rows; r++) {
                for (int line = 0; line < count * format.bytes(); line += LINE) {
                    assembler.prefetch(row.at(r, prefetch + line));
                }
            }
        }
        assembler.addConstant(RowCode.FIRST_ROW, count * format.bytes());
        if (rows > 3) {
            assembler.addConstant(RowCode.FOURTH_ROW, count * format.bytes());
        }
        assembler.addConstant(X, count * format.elements() * Float.BYTES);
        if (tokens > 3) {
            assembler.addConstant(FOURTH_X, count * format.elements() * Float.BYTES);
        }
    }

    private void multiply(int r) {
        for (int token = 0; token < tokens; token++) {
            assembler.vector(Instructions.VFMADD231PS, sum(r, token), RowCode.WEIGHTS, FIRST_TOKEN + token);
        }
    }

    private Address x(int token, int element) {
        Address address =
                switch (token) {
                    case 0 -> Address.at(X);
                    case 1 -> Address.at(X, X_STRIDE, 1);
                    case 2 -> Address.at(X, X_STRIDE, 2);
                    default -> Address.at(FOURTH_X);
                };
        return address.plus(element * Float.BYTES);
    }

    /** The elements beyond the last whole vector of the last chunk, which only formats without blocks have. */
    private void tail(PlainCode plain) {
        Assembler.Label none = new Assembler.Label();
        assembler.compare(CHUNK, Address.at(ARGUMENTS, Arguments.FULL_CHUNKS));
        assembler.jump(Assembler.NOT_EQUAL, none);
        assembler.load(COUNT, Address.at(ARGUMENTS, Arguments.TAIL_MASK));
        assembler.test(COUNT, COUNT);
        assembler.jump(Assembler.EQUAL, none);
        for (int token = 0; token < tokens; token++) {
            assembler.masked(Instructions.VMOVUPS, 1, FIRST_TOKEN + token, x(token, 0), true);
        }
        for (int r = 0; r < rows; r++) {
            plain.tail(row, r, 1, RowCode.WEIGHTS);
            multiply(r);
        }
        assembler.bind(none);
    }

    private void finishChunk() {
        int swapped = RowCode.MOMENT;
        for (int r = 0; r < rows; r++) {
            for (int token = 0; token < tokens; token++) {
                int sum = sum(r, token);
                assembler.immediate(Instructions.VSHUFF32X4, swapped, sum, sum, SWAP_HALVES);
                assembler.vector(Instructions.VADDPS, sum, sum, swapped);
                assembler.immediate(Instructions.VSHUFF32X4, swapped, sum, sum, SWAP_NEIGHBOURS);
                assembler.vector(Instructions.VADDPS, sum, sum, swapped);
                assembler.immediate(Instructions.VSHUFPS, swapped, sum, sum, SWAP_HALVES);
                assembler.vector(Instructions.VADDPS, sum, sum, swapped);
                assembler.immediate(Instructions.VSHUFPS, swapped, sum, sum, SWAP_NEIGHBOURS);
                assembler.vector(Instructions.VADDPS, sum, sum, swapped);
            }
        }
        Assembler.Label first = new Assembler.Label();
        assembler.test(CHUNK, CHUNK);
        assembler.jump(Assembler.EQUAL, first);
        forEachProduct((sum, place) -> {
            assembler.narrow(Instructions.VMOVSS, 128, swapped, 0, place);
            assembler.vector(Instructions.VADDPS, sum, sum, swapped);
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
