package dev.vesper.tensor.x86;

import java.util.Arrays;
import java.util.function.IntFunction;

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

    // Of vector registers, the sums of up to four products, rows times tokens, come first; constants come last.
    private static final int FIRST_FREE = 4;
    private static final int FIRST_CONSTANT = 24;
    private static final int CONSTANTS = 8;
    private static final int FOURS = 4;

    private static final int VECTOR_BYTES = 64;
    private static final int VECTOR_WORDS = 32;
    private static final int MOST_ROWS = 4;
    private static final int TAIL = 7;
    /** Bytes that weights are fetched ahead, which the processor does not do far enough by itself. */
    private static final int AHEAD = 2048;

    private static final int COUNT = DotLoop.COUNT;

    final Assembler assembler = new Assembler();
    private final Pool pool = new Pool(assembler, DotLoop.POOL);
    private final IntegerBlocks format;
    private final IntegerLayout layout;
    private final int rows;
    private final int tokens;
    private final int groupBytes;
    private final DotLoop loop;
    /** Rows that take turns with the same activations: these are loaded half as often then, which memory is slow beside. */
    private final int together;

    private final IntegerRegisters[] registers;
    private final int firstFours;
    private final int nextFours;
    private final int oddFours;
    private final int moment;
    private final int other;
    private final int activations;
    private int constants;
    private int tailMasks;

    private IntegerDotCode(IntegerBlocks format, int rows, int tokens) {
        this.format = format;
        this.layout = format.layout();
        this.rows = rows;
        this.tokens = tokens;
        this.groupBytes = Math.toIntExact(format.format().bytes(layout.group()));
        this.together = tokens == 1 && rows % 2 == 0 ? 2 : 1;
        int products = together * tokens;
        this.firstFours = FIRST_FREE;
        this.nextFours = firstFours + products;
        this.oddFours = nextFours + products;
        int minima = oddFours + products;
        this.moment = minima + 1;
        this.other = minima + 2;
        this.activations = minima + 3;
        this.registers = new IntegerRegisters[together];
        for (int i = 0; i < together; i++) {
            int first = activations + together - 1 + i * IntegerRegisters.OF_ROW;
            registers[i] = IntegerRegisters.of(first, minima, moment, other);
        }
        this.loop = new DotLoop(assembler, rows, tokens, moment);
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
        // first of all: they must lie one after the other
        tailMasks = tailMasks();
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
        loop.countSteps(IntegerLayout.CHUNK / layout.group());
        Assembler.Label ready = new Assembler.Label();
        Assembler.Label one = assembler.here();
        assembler.test(COUNT, COUNT);
        assembler.jump(Assembler.EQUAL, ready);
        for (int r = 0; r < rows; r++) {
            for (int line = 0; line < groupBytes; line += VECTOR_BYTES) {
                assembler.prefetch(DotLoop.row(r).plus(AHEAD + line));
            }
        }
        group(DotLoop::row);
        loop.advance(groupBytes, layout.bytesGroup());
        assembler.decrement(COUNT);
        assembler.jump(one);
        assembler.bind(ready);
        if (layout.group() > format.format().blockSize()) {
            loop.tail(this::tail);
        }
    }

    /** The blocks that are left, with zeros behind them: nothing behind the row may be read. */
    private void tail() {
        assembler.add(COUNT, DotLoop.POOL);
        assembler.move(DotLoop.Y, COUNT);
        int rowRoom = lastVectors() * VECTOR_BYTES;
        for (int i = 0; i < lastVectors(); i++) {
            assembler.loadInt(COUNT, Address.at(DotLoop.Y, tailMasks + i * Integer.BYTES));
            assembler.moveMask(TAIL, COUNT);
            for (int r = 0; r < rows; r++) {
                Address from = DotLoop.row(r).plus(i * VECTOR_BYTES);
                assembler.masked(Instructions.VMOVDQU16, TAIL, moment, from, true);
                Address to = Address.at(Assembler.RSP, r * rowRoom + i * VECTOR_BYTES);
                assembler.vector(Instructions.VMOVUPS_STORE, moment, 0, to);
            }
        }
        group(r -> Address.at(Assembler.RSP, r * rowRoom));
    }

    private void group(IntFunction<Address> at) {
        for (int r = 0; r < rows; r += together) {
            rows(r, at);
        }
    }

    private void rows(int first, IntFunction<Address> at) {
        for (int four = 0; four < FOURS; four++) {
            for (int i = 0; i < together; i++) {
                format.four(this, registers[i], at.apply(first + i), four);
            }
            int even = four < 2 ? firstFours : nextFours;
            for (int token = 0; token < tokens; token++) {
                products(four % 2 == 0 ? even : oddFours, token, DotLoop.x(token).plus(four * layout.four()));
            }
            if (four % 2 == 1) {
                add(Instructions.VUNPCKLPS, Instructions.VUNPCKHPS, even, oddFours);
            }
        }
        add(Instructions.VUNPCKLPD, Instructions.VUNPCKHPD, firstFours, nextFours);
        for (int i = 0; i < together; i++) {
            format.scales(this, registers[i], at.apply(first + i));
            for (int token = 0; token < tokens; token++) {
                scaled(registers[i], firstFours + i + token, loop.sum(first + i, token), token);
            }
        }
    }

    /** Of all rows that are together: those of one token, or the one row of all tokens. */
    private void products(int to, int token, Address x) {
        if (together == 1) {
            products(assembler, layout.parts(), to + token, registers[0].low(), registers[0].high(), x);
            return;
        }
        for (int i = 0; i < together; i++) {
            assembler.vector(Instructions.VPXORD, to + i, to + i, to + i);
        }
        for (int vector = 0; vector < 2 * layout.parts(); vector++) {
            assembler.vector(Instructions.VMOVUPS, activations, 0, x.plus(vector * VECTOR_BYTES));
            for (int i = 0; i < together; i++) {
                if (vector == layout.parts()) {
                    assembler.shift(Instructions.SHIFT_INTS, Instructions.LEFT, 512, to + i, to + i, Byte.SIZE);
                }
                int weights = vector % layout.parts() == 0 ? registers[i].low() : registers[i].high();
                assembler.vector(Instructions.VPDPBUSD, to + i, weights, activations);
            }
        }
    }

    private void scaled(IntegerRegisters row, int products, int sum, int token) {
        Address additions = DotLoop.x(token).plus(layout.additions());
        if (!layout.minima()) {
            assembler.vector(Instructions.VPADDD, products, products, additions);
        }
        assembler.vector(Instructions.VCVTDQ2PS, products, 0, products);
        assembler.vector(Instructions.VMULPS, products, products, DotLoop.x(token).plus(layout.bytesScales()));
        assembler.vector(Instructions.VFMADD231PS, sum, products, row.scales());
        if (layout.minima()) {
            assembler.vector(Instructions.VFNMADD231PS, sum, row.minima(), additions);
        }
    }

    private void add(Opcode low, Opcode high, int to, int second) {
        for (int i = 0; i < together * tokens; i++) {
            assembler.vector(low, moment, to + i, second + i);
            assembler.vector(high, other, to + i, second + i);
            assembler.vector(Instructions.VPADDD, to + i, moment, other);
        }
    }

    @Override
    public void order() {
        assembler.vector(Instructions.VMOVUPS, other, 0, pool.of(layout.lanes()));
        for (int sum = 0; sum < rows * tokens; sum++) {
            assembler.vector(Instructions.VPERMD, sum, other, sum);
        }
    }
}
