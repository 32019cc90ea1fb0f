package dev.vesper.tensor.x86;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Writes x86-64 machine code: the integer instructions that loops need, and whatever is encoded with the EVEX prefix of
 * AVX-512. Names and operand order are those of Intel's manual, destination first.
 *
 * @see <a href="https://www.intel.com/content/www/us/en/developer/articles/technical/intel-sdm.html">Intel 64 and IA-32
 *     Architectures Software Developer's Manual, volume 2, sections 2.1 (ModR/M, SIB), 2.3 (VEX), 2.7 (EVEX)</a>
 */
final class Assembler {
    static final int RAX = 0;
    static final int RCX = 1;
    static final int RDX = 2;
    static final int RBX = 3;
    static final int RSP = 4;
    static final int RBP = 5;
    static final int RSI = 6;
    static final int RDI = 7;
    static final int R8 = 8;
    static final int R9 = 9;
    static final int R10 = 10;
    static final int R11 = 11;
    static final int R12 = 12;
    static final int R13 = 13;
    static final int R14 = 14;
    static final int R15 = 15;

    /** Conditions of {@link #jump}. */
    static final int EQUAL = 0x4;
    static final int NOT_EQUAL = 0x5;
    static final int LESS = 0xC;

    private static final int REX_W = 0x48;
    private static final int DIRECT = 0xC0;
    private static final int LONG_DISPLACEMENT = 0x80;
    private static final int SHORT_DISPLACEMENT = 0x40;
    private static final int HAS_SIB = 4;
    private static final int NO_INDEX = 4;
    private static final int VECTOR_BYTES = 64;
    private final ByteArrayOutputStream code = new ByteArrayOutputStream();
    private final List<Patch> patches = new ArrayList<>();
    private final List<int[]> constants = new ArrayList<>();
    private final Label pool = new Label();

    /** A place in the code, bound once. */
    static final class Label {
        private int position = -1;
    }

    private record Patch(int at, Label target) {}

    /** The code, with the distances of its jumps filled in and its constants behind it; it must lie at a multiple of 64. */
    byte[] finish() {
        while (code.size() % VECTOR_BYTES != 0) {
            emit(0xCC);
        }
        bind(pool);
        for (int[] lanes : constants) {
            for (int lane : lanes) {
                emitInt(lane);
            }
        }
        byte[] bytes = code.toByteArray();
        for (Patch patch : patches) {
            if (patch.target.position < 0) {
                throw new IllegalStateException("a jump at byte %d goes nowhere".formatted(patch.at));
            }
            int distance = patch.target.position - (patch.at + 4);
            for (int i = 0; i < 4; i++) {
                bytes[patch.at + i] = (byte) (distance >> 8 * i);
            }
        }
        return bytes;
    }

    /** Lets {@code register} point to the constants, which {@link #constant} counts from there. */
    void loadPool(int register) {
        emit(REX_W | register >> 3 << 2, 0x8D, (register & 7) << 3 | RBP);
        distance(pool);
    }

    /** Adds a vector of sixteen constants and says how far behind the beginning of the pool it lies. */
    int constant(int... lanes) {
        for (int i = 0; i < constants.size(); i++) {
            if (Arrays.equals(constants.get(i), lanes)) {
                return i * VECTOR_BYTES;
            }
        }
        constants.add(lanes.clone());
        return (constants.size() - 1) * VECTOR_BYTES;
    }

    int constant(float... lanes) {
        int[] bits = new int[lanes.length];
        for (int i = 0; i < bits.length; i++) {
            bits[i] = Float.floatToRawIntBits(lanes[i]);
        }
        return constant(bits);
    }

    Label here() {
        Label label = new Label();
        bind(label);
        return label;
    }

    void bind(Label label) {
        label.position = code.size();
    }

    // --- integers ---

    void move(int to, int from) {
        integer(0x89, from, to);
    }

    void moveConstant(int to, int value) {
        emit(REX_W | to >> 3, 0xC7, DIRECT | to & 7);
        emitInt(value);
    }

    /** 64 bits from memory. */
    void load(int to, Address from) {
        integer(0x8B, to, from);
    }

    /** 32 bits from memory, zero-extended. */
    void loadInt(int to, Address from) {
        rex(0x40, to, from);
        emit(0x8B);
        operand(to, from);
    }

    void store(Address to, int from) {
        integer(0x89, from, to);
    }

    /** The lower 32 bits. */
    void storeInt(Address to, int from) {
        rex(0x40, from, to);
        emit(0x89);
        operand(from, to);
    }

    void loadAddress(int to, Address from) {
        integer(0x8D, to, from);
    }

    void add(int to, int value) {
        integer(0x01, value, to);
    }

    void add(int to, Address value) {
        integer(0x03, to, value);
    }

    void addConstant(int to, int value) {
        immediate(0, to, value);
    }

    void andConstant(int to, int value) {
        immediate(4, to, value);
    }

    void compareConstant(int a, int value) {
        immediate(7, a, value);
    }

    void compare(int a, Address b) {
        integer(0x3B, a, b);
    }

    void test(int a, int b) {
        integer(0x85, b, a);
    }

    /** Counts down by one and sets the zero flag. */
    void decrement(int a) {
        emit(REX_W | a >> 3, 0xFF, DIRECT | 1 << 3 | a & 7);
    }

    void shiftRight(int a, int bits) {
        emit(REX_W | a >> 3, 0xC1, DIRECT | 5 << 3 | a & 7, bits);
    }

    void xor(int to, int value) {
        integer(0x31, value, to);
    }

    void push(int a) {
        emit(0x40 | a >> 3, 0x50 | a & 7);
    }

    void pop(int a) {
        emit(0x40 | a >> 3, 0x58 | a & 7);
    }

    void jump(Label target) {
        emit(0xE9);
        distance(target);
    }

    void jump(int condition, Label target) {
        emit(0x0F, 0x80 | condition);
        distance(target);
    }

    void prefetch(Address at) {
        rex(0x40, 1, at);
        emit(0x0F, 0x18);
        operand(1, at);
    }

    void processorIdentity() {
        emit(0x0F, 0xA2);
    }

    /** Reads an extended control register: which registers the operating system keeps. */
    void extendedControl() {
        emit(0x0F, 0x01, 0xD0);
    }

    /** Without it, code that uses older vector instructions afterwards is slow. */
    void clearUpperVectors() {
        emit(0xC5, 0xF8, 0x77);
    }

    void ret() {
        emit(0xC3);
    }

    /** The low 32 bits of an integer register become a mask. */
    void moveMask(int mask, int from) {
        if (from > RDI) {
            throw new IllegalArgumentException("a mask is set from one of the first eight registers");
        }
        emit(0xC5, 0xFB, 0x92, DIRECT | mask << 3 | from);
    }

    private void distance(Label target) {
        patches.add(new Patch(code.size(), target));
        emitInt(0);
    }

    private void integer(int opcode, int register, int other) {
        emit(REX_W | register >> 3 << 2 | other >> 3, opcode, DIRECT | (register & 7) << 3 | other & 7);
    }

    private void integer(int opcode, int register, Address address) {
        rex(REX_W, register, address);
        emit(opcode);
        operand(register, address);
    }

    private void rex(int rex, int register, Address address) {
        int index = address.hasIndex() ? address.index() : 0;
        emit(rex | register >> 3 << 2 | index >> 3 << 1 | address.base() >> 3);
    }

    private void immediate(int operation, int register, int value) {
        emit(REX_W | register >> 3, 0x81, DIRECT | operation << 3 | register & 7);
        emitInt(value);
    }

    // --- vectors ---

    /** {@code operation to, first, second} on registers of 512 bits; unary operations have 0 as {@code first}. */
    void vector(Opcode operation, int to, int first, int second) {
        narrow(operation, 512, to, first, second);
    }

    void vector(Opcode operation, int to, int first, Address second) {
        memory(operation, 512, to, first, second, 0, false, false);
    }

    /** With an immediate byte at the end. */
    void immediate(Opcode operation, int to, int first, int second, int value) {
        narrow(operation, 512, to, first, second);
        emit(value);
    }

    void immediate(Opcode operation, int bits, int to, int first, Address second, int value) {
        narrow(operation, bits, to, first, second);
        emit(value);
    }

    /** On registers of 512, 256 or 128 bits. */
    void narrow(Opcode operation, int bits, int to, int first, int second) {
        merge(operation, bits, 0, to, first, second);
    }

    /** Lanes outside the mask, if it is not 0, keep what {@code to} holds. */
    void merge(Opcode operation, int bits, int mask, int to, int first, int second) {
        int extensions = bit(to, 3) << 7 | bit(second, 4) << 6 | bit(second, 3) << 5 | bit(to, 4) << 4;
        prefix(operation, extensions, first, bits, mask, false, false);
        emit(operation.number(), DIRECT | (to & 7) << 3 | second & 7);
    }

    void narrow(Opcode operation, int bits, int to, int first, Address second) {
        memory(operation, bits, to, first, second, 0, false, false);
    }

    /** Shifts each element of {@code from} by so many bits, with {@link Instructions#LEFT} or RIGHT as direction. */
    void shift(Opcode elements, int direction, int bits, int to, int from, int by) {
        narrow(elements, bits, direction, to, from);
        emit(by);
    }

    /** The elements of {@code from} that a mask names, next to each other; the others are zero. */
    void compress(int to, int from, int mask) {
        // source and destination are the other way round in this instruction
        int extensions = bit(from, 3) << 7 | bit(to, 4) << 6 | bit(to, 3) << 5 | bit(from, 4) << 4;
        prefix(Instructions.VCOMPRESSPS, extensions, 0, 512, mask, true, false);
        emit(Instructions.VCOMPRESSPS.number(), DIRECT | (from & 7) << 3 | to & 7);
    }

    /** The operand in memory is one element for all lanes. */
    void broadcast(Opcode operation, int to, int first, Address second) {
        memory(operation, 512, to, first, second, 0, false, true);
    }

    /** Loads under a mask set what is masked to zero; stores leave it. */
    void masked(Opcode operation, int mask, int register, Address memory, boolean zeroing) {
        memory(operation, 512, register, 0, memory, mask, zeroing, false);
    }

    private void memory(
            Opcode operation, int bits, int to, int first, Address second, int mask, boolean zeroing,
            boolean broadcast) {
        int index = second.hasIndex() ? second.index() : 0;
        int extensions = bit(to, 3) << 7 | bit(index, 3) << 6 | bit(second.base(), 3) << 5 | bit(to, 4) << 4;
        prefix(operation, extensions, first, bits, mask, zeroing, broadcast);
        emit(operation.number());
        vectorOperand(to, second);
    }

    private static int bit(int register, int bit) {
        return register >> bit & 1;
    }

    /** Four bytes; registers are given inverted in it. */
    private void prefix(
            Opcode operation, int extensions, int first, int bits, int mask, boolean zeroing, boolean broadcast) {
        int length = bits == 512 ? 2 : bits == 256 ? 1 : 0;
        emit(
                0x62,
                ~extensions & 0xF0 | operation.map(),
                operation.w() << 7 | (~first & 0xF) << 3 | 4 | operation.prefix(),
                (zeroing ? 0x80 : 0) | length << 5 | (broadcast ? 0x10 : 0) | (bit(first, 4) ^ 1) << 3 | mask);
    }

    // --- operands ---

    private void operand(int register, Address address) {
        boolean isShort = address.displacement() == (byte) address.displacement();
        address(register, address, isShort ? SHORT_DISPLACEMENT : LONG_DISPLACEMENT);
    }

    /** Short displacements of EVEX instructions count in operands; they are always written in full here. */
    private void vectorOperand(int register, Address address) {
        address(register, address, LONG_DISPLACEMENT);
    }

    private void address(int register, Address address, int withDisplacement) {
        boolean plain = address.displacement() == 0 && (address.base() & 7) != RBP;
        int mode = plain ? 0 : withDisplacement;
        boolean sib = address.hasIndex() || (address.base() & 7) == RSP;
        emit(mode | (register & 7) << 3 | (sib ? HAS_SIB : address.base() & 7));
        if (sib) {
            int index = address.hasIndex() ? address.index() & 7 : NO_INDEX;
            emit(Integer.numberOfTrailingZeros(address.scale()) << 6 | index << 3 | address.base() & 7);
        }
        if (mode == SHORT_DISPLACEMENT) {
            emit(address.displacement());
        } else if (mode == LONG_DISPLACEMENT) {
            emitInt(address.displacement());
        }
    }

    private void emit(int... bytes) {
        for (int b : bytes) {
            code.write(b);
        }
    }

    private void emitInt(int v) {
        emit(v, v >> 8, v >> 16, v >> 24);
    }
}
