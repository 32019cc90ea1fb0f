package dev.vesper.tensor.x86;

/**
 * Emits the unpacking of some rows of a weight to floats, sixteen at a time; what is left of the last vector becomes zero.
 *
 * <p>Called with the weight in rdi, the place to write to in rdx, and {@link Arguments} in rcx.
 */
final class UnpackCode {
    private static final int WEIGHT = Assembler.RDI;
    private static final int OUTPUT = Assembler.RDX;
    private static final int ARGUMENTS = Assembler.RCX;
    private static final int COUNT = Assembler.RAX;
    private static final int ROWS = Assembler.R12;
    private static final int TO = Assembler.R14;
    private static final int MASK = 1;

    private UnpackCode() {}

    static byte[] emit(BlockCode format) {
        Assembler assembler = new Assembler();
        RowCode row = new RowCode(assembler, format.bytes(), 0, 0);
        Frame.enter(assembler, RowCode.ROOM);
        assembler.loadPool(RowCode.POOL);
        assembler.add(WEIGHT, Address.at(ARGUMENTS, Arguments.WEIGHT_OFFSET));
        assembler.add(OUTPUT, Address.at(ARGUMENTS, Arguments.Y_OFFSET));
        assembler.load(ROWS, Address.at(ARGUMENTS, Arguments.GROUPS));
        assembler.load(COUNT, Address.at(ARGUMENTS, Arguments.TAIL_MASK));
        assembler.moveMask(MASK, COUNT);
        format.prepare(row);
        Assembler.Label next = assembler.here();
        assembler.move(RowCode.FIRST_ROW, WEIGHT);
        assembler.move(TO, OUTPUT);
        row(assembler, row, format);
        assembler.add(WEIGHT, Address.at(ARGUMENTS, Arguments.WEIGHT_ADVANCE));
        assembler.add(OUTPUT, Address.at(ARGUMENTS, Arguments.Y_ADVANCE));
        assembler.decrement(ROWS);
        assembler.jump(Assembler.NOT_EQUAL, next);
        Frame.leave(assembler, RowCode.ROOM);
        return assembler.finish();
    }

    private static void row(Assembler assembler, RowCode row, BlockCode format) {
        assembler.load(COUNT, Address.at(ARGUMENTS, Arguments.LAST_BLOCKS));
        Assembler.Label done = new Assembler.Label();
        Assembler.Label block = assembler.here();
        assembler.test(COUNT, COUNT);
        assembler.jump(Assembler.EQUAL, done);
        format.begin(row, 0);
        for (int index = 0; index < format.elements() / X86Layout.LANES; index++) {
            format.vector(row, 0, index, RowCode.WEIGHTS);
            Address to = Address.at(TO, index * X86Layout.LANES * Float.BYTES);
            assembler.vector(Instructions.VMOVUPS_STORE, RowCode.WEIGHTS, 0, to);
        }
        assembler.addConstant(RowCode.FIRST_ROW, format.bytes());
        assembler.addConstant(TO, format.elements() * Float.BYTES);
        assembler.decrement(COUNT);
        assembler.jump(block);
        assembler.bind(done);
        if (format instanceof PlainCode plain) {
            Assembler.Label none = new Assembler.Label();
            assembler.load(COUNT, Address.at(ARGUMENTS, Arguments.TAIL_MASK));
            assembler.test(COUNT, COUNT);
            assembler.jump(Assembler.EQUAL, none);
            plain.tail(row, 0, MASK, RowCode.WEIGHTS);
            assembler.vector(Instructions.VMOVUPS_STORE, RowCode.WEIGHTS, 0, Address.at(TO));
            assembler.bind(none);
        }
    }
}
