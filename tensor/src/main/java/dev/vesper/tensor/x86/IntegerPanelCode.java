package dev.vesper.tensor.x86;

import java.util.Arrays;

/**
 * Emits the unpacking of 16 rows in {@link dev.vesper.tensor.Format#Q4_0}, a block of each after another, to pairs of words:
 * of the elements p and p + 16, those of all rows next to each other. The pair p goes to place {@link X86Layout#slot
 * slot(p)}, since the transposition leaves it there; scales come last, as floats.
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
    private static final int BLOCK_BYTES = 18;
    private static final int MOMENT = 16;
    private static final int NIBBLES = 30;
    private static final int ZERO_POINTS = 31;
    /** {@code (destination | first) & second} of VPTERNLOGD. */
    private static final int AND_OR = 0xA8;

    private IntegerPanelCode() {}

    static byte[] emit() {
        Assembler assembler = new Assembler();
        int[] places = new int[X86Layout.LANES];
        Arrays.setAll(places, IntegerLayout::panel);
        int lanes = assembler.constant(places);
        int nibbles = assembler.constant(all(0x000F000F));
        int zeroPoints = assembler.constant(all(0x00080008));
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
        scales(assembler);
        assembler.vector(Instructions.VMOVUPS, NIBBLES, 0, Address.at(POOL, nibbles));
        assembler.vector(Instructions.VMOVUPS, ZERO_POINTS, 0, Address.at(POOL, zeroPoints));
        for (int i = 0; i < ROWS; i++) {
            assembler.vector(Instructions.VPMOVZXBD, i, 0, row(i).plus(2));
            assembler.shift(Instructions.SHIFT_INTS, Instructions.LEFT, 512, MOMENT + i % 8, i, 12);
            assembler.immediate(Instructions.VPTERNLOGD, i, MOMENT + i % 8, NIBBLES, AND_OR);
            assembler.vector(Instructions.VPSUBW, i, i, ZERO_POINTS);
        }
        TransposeCode.transpose(assembler);
        for (int i = 0; i < ROWS; i++) {
            Address to = Address.at(TO, X86Layout.slot(i) * IntegerLayout.PANEL_PAIR);
            assembler.vector(Instructions.VMOVUPS_STORE, ROWS + i, 0, to);
        }
        for (int fourth : FOURTHS) {
            assembler.addConstant(fourth, BLOCK_BYTES);
        }
        Assembler.Label within = new Assembler.Label();
        assembler.addConstant(LANE, 1);
        assembler.compareConstant(LANE, X86Layout.LANES);
        assembler.jump(Assembler.NOT_EQUAL, within);
        assembler.xor(LANE, LANE);
        assembler.addConstant(OUTPUT, IntegerLayout.PANEL_BLOCK);
        assembler.bind(within);
        assembler.decrement(COUNT);
        assembler.jump(Assembler.NOT_EQUAL, next);
        Frame.leave(assembler, 0);
        return assembler.finish();
    }

    private static void scales(Assembler assembler) {
        for (int half = 0; half < 2; half++) {
            assembler.vector(Instructions.VPXORD, half, half, half);
            for (int i = 0; i < ROWS / 2; i++) {
                assembler.immediate(Instructions.VPINSRW, 128, half, half, row(half * ROWS / 2 + i), i);
            }
        }
        assembler.immediate(Instructions.VINSERTI32X4, 0, 0, 1, 1);
        assembler.vector(Instructions.VCVTPH2PS, 0, 0, 0);
        assembler.vector(Instructions.VMOVUPS_STORE, 0, 0, Address.at(TO, IntegerLayout.PANEL_SCALES));
    }

    private static Address row(int row) {
        int base = FOURTHS[row / 4];
        return switch (row % 4) {
            case 0 -> Address.at(base);
            case 1 -> Address.at(base, STRIDE, 1);
            case 2 -> Address.at(base, STRIDE, 2);
            default -> Address.at(base, THREE, 1);
        };
    }

    private static int[] all(int value) {
        int[] lanes = new int[X86Layout.LANES];
        Arrays.fill(lanes, value);
        return lanes;
    }
}
