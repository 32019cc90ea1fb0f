package dev.vesper.tensor.x86;

/**
 * Emits the transposition of 16 x 16 floats after another, in registers: four rounds in which pairs, then fours, then
 * quarters of registers change places. Row i of the result goes to place {@link X86Layout#slot slot(i)}.
 *
 * <p>Called with the source in rdi, the place to write to in rdx, and {@link Arguments} in rcx.
 */
final class TransposeCode {
    private static final int FROM = Assembler.RDI;
    private static final int TO = Assembler.RDX;
    private static final int ARGUMENTS = Assembler.RCX;
    private static final int FROM_STRIDE = Assembler.R8;
    private static final int FROM_THREE = Assembler.R9;
    private static final int TO_STRIDE = Assembler.R12;
    private static final int TO_THREE = Assembler.R13;
    private static final int COUNT = Assembler.RAX;
    private static final int[] FOURTHS = {Assembler.RBX, Assembler.RBP, Assembler.R10, Assembler.R11};
    private static final int SIZE = 16;
    private static final int EVEN = 0x88;
    private static final int ODD = 0xDD;

    private TransposeCode() {}

    static byte[] emit() {
        Assembler assembler = new Assembler();
        Frame.enter(assembler, 0);
        assembler.add(FROM, Address.at(ARGUMENTS, Arguments.X_OFFSET));
        assembler.add(TO, Address.at(ARGUMENTS, Arguments.Y_OFFSET));
        assembler.load(FROM_STRIDE, Address.at(ARGUMENTS, Arguments.X_STRIDE));
        assembler.load(TO_STRIDE, Address.at(ARGUMENTS, Arguments.Y_STRIDE));
        assembler.loadAddress(FROM_THREE, Address.at(FROM_STRIDE, FROM_STRIDE, 2));
        assembler.loadAddress(TO_THREE, Address.at(TO_STRIDE, TO_STRIDE, 2));
        assembler.load(COUNT, Address.at(ARGUMENTS, Arguments.GROUPS));
        Assembler.Label next = assembler.here();
        fourths(assembler, FROM, FROM_STRIDE);
        for (int i = 0; i < SIZE; i++) {
            assembler.vector(Instructions.VMOVUPS, i, 0, place(i, FROM_STRIDE, FROM_THREE));
        }
        transpose(assembler);
        fourths(assembler, TO, TO_STRIDE);
        for (int i = 0; i < SIZE; i++) {
            Address place = place(X86Layout.slot(i), TO_STRIDE, TO_THREE);
            assembler.vector(Instructions.VMOVUPS_STORE, SIZE + i, 0, place);
        }
        assembler.add(FROM, Address.at(ARGUMENTS, Arguments.WEIGHT_ADVANCE));
        assembler.add(TO, Address.at(ARGUMENTS, Arguments.Y_ADVANCE));
        assembler.decrement(COUNT);
        assembler.jump(Assembler.NOT_EQUAL, next);
        Frame.leave(assembler, 0);
        return assembler.finish();
    }

    /** Lets a register point to every fourth row. */
    private static void fourths(Assembler assembler, int base, int stride) {
        assembler.move(FOURTHS[0], base);
        for (int i = 1; i < FOURTHS.length; i++) {
            assembler.loadAddress(FOURTHS[i], Address.at(FOURTHS[i - 1], stride, 4));
        }
    }

    private static Address place(int row, int stride, int three) {
        int base = FOURTHS[row / 4];
        return switch (row % 4) {
            case 0 -> Address.at(base);
            case 1 -> Address.at(base, stride, 1);
            case 2 -> Address.at(base, stride, 2);
            default -> Address.at(base, three, 1);
        };
    }

    /** From registers 0 to 15 to registers 16 to 31. */
    static void transpose(Assembler assembler) {
        for (int i = 0; i < SIZE; i += 2) {
            assembler.vector(Instructions.VUNPCKLPS, SIZE + i, i, i + 1);
            assembler.vector(Instructions.VUNPCKHPS, SIZE + i + 1, i, i + 1);
        }
        for (int i = 0; i < SIZE; i += 4) {
            int from = SIZE + i;
            assembler.vector(Instructions.VUNPCKLPD, i, from, from + 2);
            assembler.vector(Instructions.VUNPCKHPD, i + 1, from, from + 2);
            assembler.vector(Instructions.VUNPCKLPD, i + 2, from + 1, from + 3);
            assembler.vector(Instructions.VUNPCKHPD, i + 3, from + 1, from + 3);
        }
        // register 4 g + c has, in its quarter j, column c + 4 j of the rows of group g
        for (int c = 0; c < 4; c++) {
            int to = SIZE + 4 * c;
            assembler.immediate(Instructions.VSHUFF32X4, to, c, 4 + c, EVEN);
            assembler.immediate(Instructions.VSHUFF32X4, to + 1, c, 4 + c, ODD);
            assembler.immediate(Instructions.VSHUFF32X4, to + 2, 8 + c, 12 + c, EVEN);
            assembler.immediate(Instructions.VSHUFF32X4, to + 3, 8 + c, 12 + c, ODD);
        }
        for (int c = 0; c < 4; c++) {
            int from = SIZE + 4 * c;
            assembler.immediate(Instructions.VSHUFF32X4, c, from, from + 2, EVEN);
            assembler.immediate(Instructions.VSHUFF32X4, c + 8, from, from + 2, ODD);
            assembler.immediate(Instructions.VSHUFF32X4, c + 4, from + 1, from + 3, EVEN);
            assembler.immediate(Instructions.VSHUFF32X4, c + 12, from + 1, from + 3, ODD);
        }
        for (int i = 0; i < SIZE; i++) {
            assembler.vector(Instructions.VMOVUPS, SIZE + i, 0, i);
        }
    }
}
