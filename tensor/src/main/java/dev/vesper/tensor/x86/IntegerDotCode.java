package dev.vesper.tensor.x86;

import java.util.Arrays;
import java.util.function.IntConsumer;
import java.util.function.IntFunction;

/**
 * Emits dot products of some rows in {@link dev.vesper.tensor.Format#Q4_0} with some tokens whose activations {@link
 * RoundCode} rounded to integers: exact sums of 32 products, 16 blocks at a time, each then multiplied by the scale of the
 * activations and, in a fused addition, by that of the weights. Lane l of a sum takes the blocks l, l + 16, ... of a chunk;
 * then lane l takes lane l + 8, l + 4, l + 2 and l + 1; chunks are added in order. Blocks beyond the last are zeros.
 *
 * <p>The activations are 256 times a signed byte and another one, so that instructions apply which multiply 64 bytes.
 *
 * <p>Called with the weight in rdi, the activations in rsi, the products in rdx, and {@link Arguments} in rcx.
 */
final class IntegerDotCode {
    static final int MOST_TOKENS = 4;
    private static final int BLOCK_BYTES = 18;
    private static final int BLOCK_WORDS = BLOCK_BYTES / 2;
    private static final int QUADS = 4;
    private static final int QUAD_BLOCKS = 4;
    private static final int QUAD_BYTES = QUAD_BLOCKS * BLOCK_BYTES;
    private static final int GROUP_BYTES = QUADS * QUAD_BYTES;
    private static final int VECTOR_BYTES = 64;
    private static final int VECTOR_WORDS = 32;
    private static final int SWAP_HALVES = 0x4E;
    private static final int SWAP_NEIGHBOURS = 0xB1;

    /** On the stack: the last blocks of each row. */
    private static final int LAST_VECTORS = 5;
    private static final int ROW_ROOM = LAST_VECTORS * VECTOR_BYTES;
    private static final int ROOM = RowCode.MOST_ROWS * ROW_ROOM;

    private static final int WEIGHT = Assembler.RDI;
    private static final int INPUT = Assembler.RSI;
    private static final int OUTPUT = Assembler.RDX;
    private static final int ARGUMENTS = Assembler.RCX;
    private static final int COUNT = Assembler.RAX;
    private static final int FIRST_ROW = Assembler.RBX;
    private static final int FOURTH_ROW = Assembler.RBP;
    private static final int DISTANCE = Assembler.R8;
    private static final int X = Assembler.R9;
    private static final int X_STRIDE = Assembler.R10;
    private static final int FOURTH_X = Assembler.R11;
    private static final int GROUPS = Assembler.R12;
    private static final int CHUNK = Assembler.R13;
    private static final int Y = Assembler.R14;
    private static final int POOL = Assembler.R15;

    // sums of up to four products, rows times tokens, come first; of two neighbouring fours of blocks, one is added to the other
    private static final int FIRST_QUADS = 4;
    private static final int NEXT_QUADS = 8;
    private static final int ODD_QUADS = 12;
    private static final int LOW = 16;
    private static final int QUANTA = 20;
    private static final int SCALES = 24;
    private static final int PICK_QUANTA = 28;
    private static final int PICK_SCALES = 29;
    private static final int NIBBLES = 30;
    private static final int X_BYTES = 31;
    private static final int MOMENT = LOW;
    private static final int OTHER = QUANTA;

    private final Assembler assembler = new Assembler();
    private final int rows;
    private final int tokens;

    private IntegerDotCode(int rows, int tokens) {
        this.rows = rows;
        this.tokens = tokens;
    }

    static byte[] emit(int rows, int tokens) {
        return new IntegerDotCode(rows, tokens).emit();
    }

    /** Rows in flight: they and tokens make no more than four products. */
    static int rows(int tokens) {
        return tokens > 2 ? 1 : MOST_TOKENS / tokens;
    }

    /** Which of 16 blocks a lane has, until the lanes are added up: every fourth one. Its own inverse. */
    static int[] order() {
        int[] order = new int[X86Layout.LANES];
        for (int lane = 0; lane < order.length; lane++) {
            order[lane] = 4 * (lane % 4) + lane / 4;
        }
        return order;
    }

    /**
     * Sums of four neighbouring products each of four blocks; blocks have a quarter of the register each.
     *
     * @param low the unsigned bytes of the first halves of blocks
     */
    static void products(Assembler assembler, int to, int low, int high, Address x) {
        assembler.vector(Instructions.VPXORD, to, to, to);
        assembler.vector(Instructions.VPDPBUSD, to, low, x);
        assembler.vector(Instructions.VPDPBUSD, to, high, x.plus(VECTOR_BYTES));
        assembler.shift(Instructions.SHIFT_INTS, Instructions.LEFT, 512, to, to, Byte.SIZE);
        assembler.vector(Instructions.VPDPBUSD, to, low, x.plus(2 * VECTOR_BYTES));
        assembler.vector(Instructions.VPDPBUSD, to, high, x.plus(3 * VECTOR_BYTES));
    }

    private byte[] emit() {
        int masks = tailMasks();
        Frame.enter(assembler, ROOM);
        assembler.loadPool(POOL);
        assembler.add(WEIGHT, Address.at(ARGUMENTS, Arguments.WEIGHT_OFFSET));
        assembler.add(INPUT, Address.at(ARGUMENTS, Arguments.X_OFFSET));
        assembler.add(OUTPUT, Address.at(ARGUMENTS, Arguments.Y_OFFSET));
        assembler.load(GROUPS, Address.at(ARGUMENTS, Arguments.GROUPS));
        assembler.load(DISTANCE, Address.at(ARGUMENTS, Arguments.ROW_DISTANCE));
        assembler.load(X_STRIDE, Address.at(ARGUMENTS, Arguments.X_STRIDE));
        prepare();
        Assembler.Label group = assembler.here();
        assembler.move(FIRST_ROW, WEIGHT);
        assembler.loadAddress(FOURTH_ROW, Address.at(WEIGHT, DISTANCE, 2));
        assembler.add(FOURTH_ROW, DISTANCE);
        assembler.move(X, INPUT);
        assembler.loadAddress(FOURTH_X, Address.at(X, X_STRIDE, 2));
        assembler.add(FOURTH_X, X_STRIDE);
        assembler.xor(CHUNK, CHUNK);
        Assembler.Label chunk = assembler.here();
        chunk(masks);
        finishChunk();
        assembler.addConstant(CHUNK, 1);
        assembler.compare(CHUNK, Address.at(ARGUMENTS, Arguments.CHUNKS));
        assembler.jump(Assembler.LESS, chunk);
        assembler.add(WEIGHT, Address.at(ARGUMENTS, Arguments.WEIGHT_ADVANCE));
        assembler.add(OUTPUT, Address.at(ARGUMENTS, Arguments.Y_ADVANCE));
        assembler.decrement(GROUPS);
        assembler.jump(Assembler.NOT_EQUAL, group);
        Frame.leave(assembler, ROOM);
        return assembler.finish();
    }

    /** For each number of blocks that may be left, which words of five vectors they fill: at 64 bytes times that number. */
    private int tailMasks() {
        int first = assembler.constant(new int[X86Layout.LANES]);
        for (int blocks = 1; blocks < X86Layout.LANES; blocks++) {
            int[] masks = new int[X86Layout.LANES];
            for (int i = 0; i < LAST_VECTORS; i++) {
                int words = Math.clamp(blocks * BLOCK_WORDS - i * VECTOR_WORDS, 0, VECTOR_WORDS);
                masks[i] = (int) ((1L << words) - 1);
            }
            assembler.constant(masks);
        }
        return first;
    }

    private void prepare() {
        int[] quanta = new int[VECTOR_WORDS];
        int[] scales = new int[VECTOR_WORDS];
        for (int word = 0; word < VECTOR_WORDS; word++) {
            int block = word / 8;
            int at = block * BLOCK_WORDS + 1 + word % 8;
            // the second vector ends where the four blocks do
            int second = QUAD_BYTES / 2 - VECTOR_WORDS;
            quanta[word] = at < VECTOR_WORDS ? at : VECTOR_WORDS + at - second;
            scales[word] = word % X86Layout.LANES / 4 * BLOCK_WORDS;
        }
        keep(PICK_QUANTA, words(quanta));
        keep(PICK_SCALES, words(scales));
        int[] nibbles = new int[X86Layout.LANES];
        Arrays.fill(nibbles, 0x0F0F0F0F);
        keep(NIBBLES, nibbles);
        for (int quad = 1; quad < QUADS; quad++) {
            assembler.moveConstant(COUNT, 0x1111 << quad);
            assembler.moveMask(quad, COUNT);
        }
    }

    private void keep(int register, int... lanes) {
        assembler.vector(Instructions.VMOVUPS, register, 0, Address.at(POOL, assembler.constant(lanes)));
    }

    private static int[] words(int[] words) {
        int[] lanes = new int[words.length / 2];
        for (int i = 0; i < lanes.length; i++) {
            lanes[i] = words[2 * i] | words[2 * i + 1] << 16;
        }
        return lanes;
    }

    private int sum(int row, int token) {
        return row * tokens + token;
    }

    private void chunk(int masks) {
        for (int sum = 0; sum < rows * tokens; sum++) {
            assembler.vector(Instructions.VPXORD, sum, sum, sum);
        }
        Assembler.Label last = new Assembler.Label();
        Assembler.Label ready = new Assembler.Label();
        assembler.compare(CHUNK, Address.at(ARGUMENTS, Arguments.FULL_CHUNKS));
        assembler.load(COUNT, Address.at(ARGUMENTS, Arguments.LAST_BLOCKS));
        assembler.jump(Assembler.EQUAL, last);
        assembler.moveConstant(COUNT, IntegerLayout.CHUNK / IntegerLayout.GROUP);
        assembler.bind(last);
        Assembler.Label one = assembler.here();
        assembler.test(COUNT, COUNT);
        assembler.jump(Assembler.EQUAL, ready);
        group(this::row);
        assembler.addConstant(FIRST_ROW, GROUP_BYTES);
        if (rows > 3) {
            assembler.addConstant(FOURTH_ROW, GROUP_BYTES);
        }
        assembler.addConstant(X, IntegerLayout.BYTES_GROUP);
        if (tokens > 3) {
            assembler.addConstant(FOURTH_X, IntegerLayout.BYTES_GROUP);
        }
        assembler.decrement(COUNT);
        assembler.jump(one);
        assembler.bind(ready);
        // the blocks that are left, with zeros behind them: nothing behind the row may be read
        Assembler.Label none = new Assembler.Label();
        assembler.compare(CHUNK, Address.at(ARGUMENTS, Arguments.FULL_CHUNKS));
        assembler.jump(Assembler.NOT_EQUAL, none);
        assembler.load(COUNT, Address.at(ARGUMENTS, Arguments.TAIL_MASK));
        assembler.test(COUNT, COUNT);
        assembler.jump(Assembler.EQUAL, none);
        assembler.add(COUNT, POOL);
        assembler.move(Y, COUNT);
        for (int i = 0; i < LAST_VECTORS; i++) {
            assembler.loadInt(COUNT, Address.at(Y, masks + i * Integer.BYTES));
            assembler.moveMask(QUADS, COUNT);
            for (int r = 0; r < rows; r++) {
                Address from = row(r).plus(i * VECTOR_BYTES);
                assembler.masked(Instructions.VMOVDQU16, QUADS, MOMENT, from, true);
                Address to = Address.at(Assembler.RSP, r * ROW_ROOM + i * VECTOR_BYTES);
                assembler.vector(Instructions.VMOVUPS_STORE, MOMENT, 0, to);
            }
        }
        group(r -> Address.at(Assembler.RSP, r * ROW_ROOM));
        assembler.bind(none);
    }

    private Address row(int row) {
        return switch (row) {
            case 0 -> Address.at(FIRST_ROW);
            case 1 -> Address.at(FIRST_ROW, DISTANCE, 1);
            case 2 -> Address.at(FIRST_ROW, DISTANCE, 2);
            default -> Address.at(FOURTH_ROW);
        };
    }

    private Address x(int token) {
        return switch (token) {
            case 0 -> Address.at(X);
            case 1 -> Address.at(X, X_STRIDE, 1);
            case 2 -> Address.at(X, X_STRIDE, 2);
            default -> Address.at(FOURTH_X);
        };
    }

    /** Instructions of different rows and tokens alternate: each waits for the one before it of its own. */
    private void group(IntFunction<Address> place) {
        for (int quad = 0; quad < QUADS; quad++) {
            unpack(place, quad);
            int to = quad % 2 == 1 ? ODD_QUADS : quad == 0 ? FIRST_QUADS : NEXT_QUADS;
            products(quad, to);
            if (quad % 2 == 1) {
                int even = quad == 1 ? FIRST_QUADS : NEXT_QUADS;
                add(Instructions.VUNPCKLPS, Instructions.VUNPCKHPS, even, ODD_QUADS);
            }
        }
        forRows(r -> assembler.vector(Instructions.VCVTPH2PS, SCALES + r, 0, SCALES + r));
        add(Instructions.VUNPCKLPD, Instructions.VUNPCKHPD, FIRST_QUADS, NEXT_QUADS);
        forProducts((sum, r, token) -> {
            int to = FIRST_QUADS + sum;
            assembler.vector(Instructions.VPADDD, to, to, x(token).plus(IntegerLayout.CORRECTIONS));
        });
        forProducts(
                (sum, r, token) -> assembler.vector(Instructions.VCVTDQ2PS, FIRST_QUADS + sum, 0, FIRST_QUADS + sum));
        forProducts((sum, r, token) -> {
            int to = FIRST_QUADS + sum;
            assembler.vector(Instructions.VMULPS, to, to, x(token).plus(IntegerLayout.BYTES_SCALES));
        });
        forProducts((sum, r, token) -> assembler.vector(Instructions.VFMADD231PS, sum, FIRST_QUADS + sum, SCALES + r));
    }

    private interface ProductCode {
        void emit(int sum, int row, int token);
    }

    private void forProducts(ProductCode code) {
        for (int r = 0; r < rows; r++) {
            for (int token = 0; token < tokens; token++) {
                code.emit(sum(r, token), r, token);
            }
        }
    }

    private void forRows(IntConsumer code) {
        for (int r = 0; r < rows; r++) {
            code.accept(r);
        }
    }

    private void add(Opcode low, Opcode high, int to, int second) {
        forProducts((sum, r, token) -> {
            assembler.vector(low, LOW + sum % rows, to + sum, second + sum);
            assembler.vector(high, QUANTA + sum % rows, to + sum, second + sum);
            assembler.vector(Instructions.VPADDD, to + sum, LOW + sum % rows, QUANTA + sum % rows);
        });
    }

    private void unpack(IntFunction<Address> place, int quad) {
        int at = quad * QUAD_BYTES;
        forRows(r -> assembler.vector(Instructions.VMOVUPS, QUANTA + r, 0, place.apply(r).plus(at)));
        forRows(r -> assembler.merge(Instructions.VPERMW, 512, quad, SCALES + r, PICK_SCALES, QUANTA + r));
        int second = at + QUAD_BYTES - VECTOR_BYTES;
        forRows(r -> assembler.vector(Instructions.VPERMT2W, QUANTA + r, PICK_QUANTA, place.apply(r).plus(second)));
        forRows(r -> assembler.vector(Instructions.VPANDD, LOW + r, QUANTA + r, NIBBLES));
        forRows(r -> assembler.shift(
                Instructions.SHIFT_SHORTS, Instructions.RIGHT, 512, QUANTA + r, QUANTA + r, 4));
        forRows(r -> assembler.vector(Instructions.VPANDD, QUANTA + r, QUANTA + r, NIBBLES));
    }

    private void products(int quad, int to) {
        forProducts((sum, r, token) -> assembler.vector(Instructions.VPXORD, to + sum, to + sum, to + sum));
        for (int part = 0; part < 4; part++) {
            if (part == 2) {
                forProducts((sum, r, token) -> assembler.shift(
                        Instructions.SHIFT_INTS, Instructions.LEFT, 512, to + sum, to + sum, Byte.SIZE));
            }
            int quanta = part % 2 == 0 ? LOW : QUANTA;
            for (int token = 0; token < tokens; token++) {
                Address x = x(token).plus(quad * IntegerLayout.QUAD + part * VECTOR_BYTES);
                if (rows == 1) {
                    assembler.vector(Instructions.VPDPBUSD, to + token, quanta, x);
                    continue;
                }
                assembler.vector(Instructions.VMOVUPS, X_BYTES, 0, x);
                for (int r = 0; r < rows; r++) {
                    assembler.vector(Instructions.VPDPBUSD, to + sum(r, token), quanta + r, X_BYTES);
                }
            }
        }
    }

    private void finishChunk() {
        assembler.vector(Instructions.VMOVUPS, OTHER, 0, Address.at(POOL, assembler.constant(order())));
        for (int sum = 0; sum < rows * tokens; sum++) {
            assembler.vector(Instructions.VPERMD, sum, OTHER, sum);
            assembler.immediate(Instructions.VSHUFF32X4, MOMENT, sum, sum, SWAP_HALVES);
            assembler.vector(Instructions.VADDPS, sum, sum, MOMENT);
            assembler.immediate(Instructions.VSHUFF32X4, MOMENT, sum, sum, SWAP_NEIGHBOURS);
            assembler.vector(Instructions.VADDPS, sum, sum, MOMENT);
            assembler.immediate(Instructions.VSHUFPS, MOMENT, sum, sum, SWAP_HALVES);
            assembler.vector(Instructions.VADDPS, sum, sum, MOMENT);
            assembler.immediate(Instructions.VSHUFPS, MOMENT, sum, sum, SWAP_NEIGHBOURS);
            assembler.vector(Instructions.VADDPS, sum, sum, MOMENT);
        }
        Assembler.Label first = new Assembler.Label();
        assembler.test(CHUNK, CHUNK);
        assembler.jump(Assembler.EQUAL, first);
        forEachProduct((sum, place) -> {
            assembler.narrow(Instructions.VMOVSS, 128, MOMENT, 0, place);
            assembler.vector(Instructions.VADDPS, sum, sum, MOMENT);
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
