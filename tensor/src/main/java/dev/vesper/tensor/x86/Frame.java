package dev.vesper.tensor.x86;

/** The beginning and the end of a routine under the calling convention of System V (AMD64 ABI, section 3.2). */
final class Frame {
    private static final int[] KEPT = {
        Assembler.RBX, Assembler.RBP, Assembler.R12, Assembler.R13, Assembler.R14, Assembler.R15
    };
    private static final int ALIGNMENT = 64;

    private Frame() {}

    /** Keeps what belongs to the caller, and takes {@code room} bytes, a multiple of 64, from rsp on. Uses rax. */
    static void enter(Assembler assembler, int room) {
        for (int register : KEPT) {
            assembler.push(register);
        }
        assembler.move(Assembler.RAX, Assembler.RSP);
        assembler.addConstant(Assembler.RSP, -(room + ALIGNMENT));
        assembler.andConstant(Assembler.RSP, -ALIGNMENT);
        assembler.store(Address.at(Assembler.RSP, room), Assembler.RAX);
    }

    static void leave(Assembler assembler, int room) {
        assembler.load(Assembler.RSP, Address.at(Assembler.RSP, room));
        for (int i = KEPT.length - 1; i >= 0; i--) {
            assembler.pop(KEPT[i]);
        }
        assembler.clearUpperVectors();
        assembler.ret();
    }
}
