package dev.vesper.tensor.x86;

import java.util.Arrays;

/**
 * Emits dot products of some rows with some tokens whose activations {@link RoundCode} rounded to integers: exact sums of the
 * products of a block, 16 blocks at a time, each then multiplied by the scale of the activations and, in a fused addition,
 * by that of the weights; minima times the sums of activations are taken from that. Lane l of a sum takes the blocks l, l +
 * 16, ... of a chunk; then come the sums of {@link DotLoop}. Blocks beyond the last are zeros.
 *
 * <p>The activations are 256 times a signed byte and another one, so that instructions apply which multiply 64 bytes.
 */
final class IntegerDotCode implements DotLoop.Body {
    static final int MOST_TOKENS = 4;

    /** Vector registers of weights: bytes of one half of four blocks, of the other half, and what formats keep to come. */
    static final int LOW = 16;
    static final int HIGH = 17;
    static final int RAW = 18;
    static final int RAWS = 4;
    static final int SCALES = RAW + RAWS;
    static final int MINIMA = SCALES + 1;
    /** Free for a moment. */
    static final int MOMENT = 24;
    static final int OTHER = 25;
    private static final int FIRST_CONSTANT = 26;
    private static final int CONSTANTS = 6;

    // sums of up to four products, rows times tokens, come first; of two neighbouring fours of blocks, one is added to the other
    private static final int FIRST_FOURS = 4;
    private static final int NEXT_FOURS = 8;
    private static final int ODD_FOURS = 12;
    private static final int FOURS = 4;

    private static final int VECTOR_BYTES = 64;
    private static final int VECTOR_WORDS = 32;
    private static final int MOST_ROWS = 4;
    private static final int TAIL = 7;
    /** Bytes that weights are fetched ahead, which the processor does not do far enough by itself. */
    private static final int AHEAD = 1024;
    private static final int COUNT = DotLoop.COUNT;

    final Assembler assembler = new Assembler();
    private final Pool pool = new Pool(assembler, DotLoop.POOL);
    private final IntegerBlocks format;
    private final IntegerLayout layout;
    private final int rows;
    private final int tokens;
    private final int groupBytes;
    private final DotLoop loop;
    private int constants;

    private IntegerDotCode(IntegerBlocks format, int rows, int tokens) {
        this.format = format;
        this.layout = format.layout();
        this.rows = rows;
        this.tokens = tokens;
        this.groupBytes = Math.toIntExact(format.format().bytes(layout.group()));
        this.loop = new DotLoop(assembler, rows, tokens, MOMENT);
    }

    static byte[] emit(IntegerBlocks format, int rows, int tokens) {
        IntegerDotCode code = new IntegerDotCode(format, rows, tokens);
        return code.loop.emit(MOST_ROWS * code.lastVectors() * VECTOR_BYTES, code);
    }

    /** Rows in flight: they and tokens make no more than four products. */
    static int rows(int tokens) {
        return tokens > 2 ? 1 : MOST_ROWS / tokens;
    }

    /**
     * Sums of four neighbouring products each of four blocks; blocks have a quarter of the register each.
     *
     * @param low the unsigned bytes of blocks, or of their first halves
     */
    static void products(Assembler assembler, int parts, int to, int low, int high, Address x) {
        assembler.vector(Instructions.VPXORD, to, to, to);
        for (int lower = 0; lower < 2; lower++) {
            if (lower == 1) {
                assembler.shift(Instructions.SHIFT_INTS, Instructions.LEFT, 512, to, to, Byte.SIZE);
            }
            for (int part = 0; part < parts; part++) {
                Address at = x.plus((lower * parts + part) * VECTOR_BYTES);
                assembler.vector(Instructions.VPDPBUSD, to, part == 0 ? low : high, at);
            }
        }
    }

    /** The blocks of the format that are left, in vectors. */
    private int lastVectors() {
        return Math.ceilDiv(groupBytes, VECTOR_BYTES);
    }

    /** For each number of blocks of the format that may be left, which words of these vectors they fill. */
    private int tailMasks() {
        int first = assembler.constant(new int[X86Layout.LANES]);
        int blockWords = format.format().blockBytes() / 2;
        for (int blocks = 1; blocks < layout.group() / format.format().blockSize(); blocks++) {
            int[] masks = new int[X86Layout.LANES];
            for (int i = 0; i < lastVectors(); i++) {
                int words = Math.clamp(blocks * (long) blockWords - (long) i * VECTOR_WORDS, 0, VECTOR_WORDS);
                masks[i] = (int) ((1L << words) - 1);
            }
            assembler.constant(masks);
        }
        return first;
    }

    @Override
    public void prepare() {
        format.prepare(this);
    }

    /** A register that holds these lanes during the whole loop. */
    int keep(int... lanes) {
        if (constants == CONSTANTS) {
            throw new IllegalStateException("no register is left for a constant");
        }
        int register = FIRST_CONSTANT + constants++;
        assembler.vector(Instructions.VMOVUPS, register, 0, pool.of(lanes));
        return register;
    }

    int keepAll(int value) {
        int[] lanes = new int[X86Layout.LANES];
        Arrays.fill(lanes, value);
        return keep(lanes);
    }

    /** Sets a mask register, 1 to 6. */
    void mask(int register, int bits) {
        assembler.moveConstant(COUNT, bits);
        assembler.moveMask(register, COUNT);
    }

    /** Words as the lanes of a constant. */
    static int[] words(int... words) {
        int[] lanes = new int[words.length / 2];
        for (int i = 0; i < lanes.length; i++) {
            lanes[i] = words[2 * i] | words[2 * i + 1] << 16;
        }
        return lanes;
    }

    /** Operands in memory. */
    Pool pool() {
        return pool;
    }

    @Override
    public void chunk() {
        int masks = tailMasks();
        loop.countSteps(IntegerLayout.CHUNK / layout.group());
        Assembler.Label ready = new Assembler.Label();
        Assembler.Label one = assembler.here();
        assembler.test(COUNT, COUNT);
        assembler.jump(Assembler.EQUAL, ready);
        for (int r = 0; r < rows; r++) {
            for (int line = 0; line < groupBytes; line += VECTOR_BYTES) {
                assembler.prefetch(DotLoop.row(r).plus(AHEAD + line));
            }
            group(r, DotLoop.row(r));
        }
        loop.advance(groupBytes, layout.bytesGroup());
        assembler.decrement(COUNT);
        assembler.jump(one);
        assembler.bind(ready);
        if (layout.group() > format.format().blockSize()) {
            loop.tail(() -> tail(masks));
        }
    }

    /** The blocks that are left, with zeros behind them: nothing behind the row may be read. */
    private void tail(int masks) {
        assembler.add(COUNT, DotLoop.POOL);
        assembler.move(DotLoop.Y, COUNT);
        int rowRoom = lastVectors() * VECTOR_BYTES;
        for (int i = 0; i < lastVectors(); i++) {
            assembler.loadInt(COUNT, Address.at(DotLoop.Y, masks + i * Integer.BYTES));
            assembler.moveMask(TAIL, COUNT);
            for (int r = 0; r < rows; r++) {
                Address from = DotLoop.row(r).plus(i * VECTOR_BYTES);
                assembler.masked(Instructions.VMOVDQU16, TAIL, MOMENT, from, true);
                Address to = Address.at(Assembler.RSP, r * rowRoom + i * VECTOR_BYTES);
                assembler.vector(Instructions.VMOVUPS_STORE, MOMENT, 0, to);
            }
        }
        for (int r = 0; r < rows; r++) {
            group(r, Address.at(Assembler.RSP, r * rowRoom));
        }
    }

    private void group(int row, Address at) {
        for (int four = 0; four < FOURS; four++) {
            format.four(this, at, four);
            int to = four % 2 == 1 ? ODD_FOURS : four == 0 ? FIRST_FOURS : NEXT_FOURS;
            for (int token = 0; token < tokens; token++) {
                Address x = DotLoop.x(token).plus(four * layout.four());
                products(assembler, layout.parts(), to + token, LOW, HIGH, x);
            }
            if (four % 2 == 1) {
                int even = four == 1 ? FIRST_FOURS : NEXT_FOURS;
                add(Instructions.VUNPCKLPS, Instructions.VUNPCKHPS, even, ODD_FOURS);
            }
        }
        add(Instructions.VUNPCKLPD, Instructions.VUNPCKHPD, FIRST_FOURS, NEXT_FOURS);
        format.scales(this, at);
        for (int token = 0; token < tokens; token++) {
            int products = FIRST_FOURS + token;
            int sum = loop.sum(row, token);
            Address additions = DotLoop.x(token).plus(layout.additions());
            if (!layout.minima()) {
                assembler.vector(Instructions.VPADDD, products, products, additions);
            }
            assembler.vector(Instructions.VCVTDQ2PS, products, 0, products);
            assembler.vector(Instructions.VMULPS, products, products, DotLoop.x(token).plus(layout.bytesScales()));
            assembler.vector(Instructions.VFMADD231PS, sum, products, SCALES);
            if (layout.minima()) {
                assembler.vector(Instructions.VFNMADD231PS, sum, MINIMA, additions);
            }
        }
    }

    private void add(Opcode low, Opcode high, int to, int second) {
        for (int token = 0; token < tokens; token++) {
            assembler.vector(low, MOMENT, to + token, second + token);
            assembler.vector(high, OTHER, to + token, second + token);
            assembler.vector(Instructions.VPADDD, to + token, MOMENT, OTHER);
        }
    }

    @Override
    public void order() {
        assembler.vector(Instructions.VMOVUPS, OTHER, 0, pool.of(layout.lanes()));
        for (int sum = 0; sum < rows * tokens; sum++) {
            assembler.vector(Instructions.VPERMD, sum, OTHER, sum);
        }
    }
}
