package dev.vesper.tensor.x86;

import java.util.Arrays;

/**
 * Emits the unpacking of 16 rows of a weight to a panel, some blocks of each after another: pairs of words, those of all rows
 * next to each other, then scales, and minima, as floats.
 *
 * <p>Called with the rows in rdi, the panel in rdx, and {@link Arguments} in rcx.
 */
final class IntegerPanelCode {
    private static final int FROM = Assembler.RDI;
    private static final int OUTPUT = Assembler.RDX;
    private static final int TO = Assembler.R14;
    private static final int LANE = Assembler.R12;
    private static final int ARGUMENTS = Assembler.RCX;
    private static final int STRIDE = Assembler.R8;
    private static final int THREE = Assembler.R9;
    private static final int COUNT = Assembler.RAX;
    private static final int POOL = Assembler.R15;
    private static final int[] FOURTHS = {Assembler.RBX, Assembler.RBP, Assembler.R10, Assembler.R11};
    private static final int ROWS = X86Layout.LANES;
    private static final int PART_COLUMNS = 32;
    private static final int PART_PAIRS = PART_COLUMNS / 2;

    final Assembler assembler = new Assembler();
    private final Pool pool = new Pool(assembler, POOL);
    private final IntegerBlocks format;
    private final IntegerLayout layout;

    private IntegerPanelCode(IntegerBlocks format) {
        this.format = format;
        this.layout = format.layout();
    }

    static byte[] emit(IntegerBlocks format) {
        return new IntegerPanelCode(format).emit();
    }

    private byte[] emit() {
        int[] places = new int[X86Layout.LANES];
        Arrays.setAll(places, layout::panel);
        int lanes = assembler.constant(places);
        Frame.enter(assembler, 0);
        assembler.loadPool(POOL);
        assembler.add(FROM, Address.at(ARGUMENTS, Arguments.WEIGHT_OFFSET));
        assembler.add(OUTPUT, Address.at(ARGUMENTS, Arguments.Y_OFFSET));
        assembler.load(STRIDE, Address.at(ARGUMENTS, Arguments.ROW_DISTANCE));
        assembler.loadAddress(THREE, Address.at(STRIDE, STRIDE, 2));
        assembler.load(COUNT, Address.at(ARGUMENTS, Arguments.LAST_BLOCKS));
        assembler.move(FOURTHS[0], FROM);
        for (int i = 1; i < FOURTHS.length; i++) {
            assembler.loadAddress(FOURTHS[i], Address.at(FOURTHS[i - 1], STRIDE, 4));
        }
        assembler.xor(LANE, LANE);
        Assembler.Label next = assembler.here();
        assembler.loadAddress(TO, Address.at(POOL, LANE, Integer.BYTES));
        assembler.loadInt(TO, Address.at(TO, lanes));
        assembler.add(TO, OUTPUT);
        step();
        for (int fourth : FOURTHS) {
            assembler.addConstant(fourth, format.format().blockBytes());
        }
        Assembler.Label within = new Assembler.Label();
        assembler.addConstant(LANE, format.stepBlocks());
        assembler.compareConstant(LANE, X86Layout.LANES);
        assembler.jump(Assembler.NOT_EQUAL, within);
        assembler.xor(LANE, LANE);
        assembler.addConstant(OUTPUT, layout.panelBlock());
        assembler.bind(within);
        assembler.decrement(COUNT);
        assembler.jump(Assembler.NOT_EQUAL, next);
        Frame.leave(assembler, 0);
        return assembler.finish();
    }

    private void step() {
        format.scales(this);
        for (int part = 0; part < format.format().blockSize() / PART_COLUMNS; part++) {
            format.prepare(this);
            for (int row = 0; row < ROWS; row++) {
                format.words(this, row, part);
            }
            TransposeCode.transpose(assembler);
            for (int pair = 0; pair < PART_PAIRS; pair++) {
                int number = part * PART_PAIRS + pair;
                Address to = block(number / layout.pairs()).plus(number % layout.pairs() * IntegerLayout.PANEL_PAIR);
                assembler.vector(Instructions.VMOVUPS_STORE, ROWS + pair, 0, to);
            }
        }
    }

    /** The places of lanes differ in single bits, so that the distance between two does not depend on the step. */
    private Address block(int ofStep) {
        return Address.at(TO, layout.panel(ofStep) - layout.panel(0));
    }

    /** A constant in all lanes. */
    void load(int register, int all) {
        assembler.vector(Instructions.VMOVUPS, register, 0, pool.all(all));
    }

    /** A vector of constants. */
    void load(int register, int[] lanes) {
        assembler.vector(Instructions.VMOVUPS, register, 0, pool.of(lanes));
    }

    /** Operands in memory. */
    Pool pool() {
        return pool;
    }

    /** Where a row has its next block. */
    Address row(int row) {
        int base = FOURTHS[row / 4];
        return switch (row % 4) {
            case 0 -> Address.at(base);
            case 1 -> Address.at(base, STRIDE, 1);
            case 2 -> Address.at(base, STRIDE, 2);
            default -> Address.at(base, THREE, 1);
        };
    }

    /** Stores scales in half precision that lie so far into the blocks, one of each row. */
    void storeHalves(int offset) {
        int half = ROWS / 2;
        for (int to = 0; to < 2; to++) {
            assembler.vector(Instructions.VPXORD, to, to, to);
            for (int i = 0; i < half; i++) {
                assembler.immediate(Instructions.VPINSRW, 128, to, to, row(to * half + i).plus(offset), i);
            }
        }
        assembler.immediate(Instructions.VINSERTI32X4, 0, 0, 1, 1);
        assembler.vector(Instructions.VCVTPH2PS, 0, 0, 0);
        assembler.vector(Instructions.VMOVUPS_STORE, 0, 0, block(0).plus(layout.panelScales()));
    }

    /** Stores up to sixteen numbers of each row, which are in its register: scales from the first one on, then minima. */
    void storeNumbers(int first) {
        TransposeCode.transpose(assembler);
        int blocks = format.stepBlocks();
        int all = layout.minima() ? 2 * blocks : blocks;
        for (int i = 0; i < Math.min(X86Layout.LANES, all - first); i++) {
            int number = first + i;
            int minimum = number / blocks * IntegerLayout.PANEL_PAIR;
            Address to = block(number % blocks).plus(layout.panelScales() + minimum);
            assembler.vector(Instructions.VMOVUPS_STORE, ROWS + i, 0, to);
        }
    }
}
