package dev.vesper.tensor.x86;

/** The vector instructions that are used, by the names of Intel's manual, volume 2. */
final class Instructions {
    private static final int MAP_0F = 1;
    private static final int MAP_0F38 = 2;
    private static final int MAP_0F3A = 3;
    private static final int NONE = 0;
    private static final int P66 = 1;
    private static final int PF3 = 2;
    private static final int PF2 = 3;

    private Instructions() {}

    static final Opcode VMOVUPS = new Opcode(MAP_0F, NONE, 0, 0x10);
    static final Opcode VMOVUPS_STORE = new Opcode(MAP_0F, NONE, 0, 0x11);
    static final Opcode VMOVSS_STORE = new Opcode(MAP_0F, PF3, 0, 0x11);
    static final Opcode VMOVSS = new Opcode(MAP_0F, PF3, 0, 0x10);
    static final Opcode VMOVDQU16 = new Opcode(MAP_0F, PF2, 1, 0x6F);
    static final Opcode VPXORD = new Opcode(MAP_0F, P66, 0, 0xEF);
    static final Opcode VPANDD = new Opcode(MAP_0F, P66, 0, 0xDB);
    static final Opcode VPORD = new Opcode(MAP_0F, P66, 0, 0xEB);
    static final Opcode VPTERNLOGD = new Opcode(MAP_0F3A, P66, 0, 0x25);
    static final Opcode VPSUBD = new Opcode(MAP_0F, P66, 0, 0xFA);
    static final Opcode VPMULLW = new Opcode(MAP_0F, P66, 0, 0xD5);
    static final Opcode VPMULHUW = new Opcode(MAP_0F, P66, 0, 0xE4);
    static final Opcode VPSUBB = new Opcode(MAP_0F, P66, 0, 0xF8);
    static final Opcode VADDPS = new Opcode(MAP_0F, NONE, 0, 0x58);
    static final Opcode VMULPS = new Opcode(MAP_0F, NONE, 0, 0x59);
    static final Opcode VSUBPS = new Opcode(MAP_0F, NONE, 0, 0x5C);
    static final Opcode VFMADD231PS = new Opcode(MAP_0F38, P66, 0, 0xB8);
    static final Opcode VFMADD213PS = new Opcode(MAP_0F38, P66, 0, 0xA8);
    static final Opcode VCOMPRESSPS = new Opcode(MAP_0F38, P66, 0, 0x8A);
    static final Opcode VFMSUB213PS = new Opcode(MAP_0F38, P66, 0, 0xAA);
    static final Opcode VBROADCASTI64X4 = new Opcode(MAP_0F38, P66, 1, 0x5B);
    static final Opcode VBROADCASTI32X4 = new Opcode(MAP_0F38, P66, 0, 0x5A);
    static final Opcode VBROADCASTSS = new Opcode(MAP_0F38, P66, 0, 0x18);
    static final Opcode VPBROADCASTD = new Opcode(MAP_0F38, P66, 0, 0x58);
    static final Opcode VPBROADCASTQ = new Opcode(MAP_0F38, P66, 1, 0x59);
    static final Opcode VPBROADCASTW = new Opcode(MAP_0F38, P66, 0, 0x79);
    static final Opcode VPBROADCASTB = new Opcode(MAP_0F38, P66, 0, 0x78);
    static final Opcode VCVTPH2PS = new Opcode(MAP_0F38, P66, 0, 0x13);
    static final Opcode VCVTDQ2PS = new Opcode(MAP_0F, NONE, 0, 0x5B);
    static final Opcode VPMOVZXBD = new Opcode(MAP_0F38, P66, 0, 0x31);
    static final Opcode VPMOVSXBD = new Opcode(MAP_0F38, P66, 0, 0x21);
    static final Opcode VPMOVZXWD = new Opcode(MAP_0F38, P66, 0, 0x33);
    /** Table in the second operand, indices in the first. */
    static final Opcode VPERMPS = new Opcode(MAP_0F38, P66, 0, 0x16);
    static final Opcode VPERMD = new Opcode(MAP_0F38, P66, 0, 0x36);
    /** Four entries in each 128 bits of the first operand, indices in the second. */
    static final Opcode VPERMILPS = new Opcode(MAP_0F38, P66, 0, 0x0C);
    static final Opcode VPSRLVD = new Opcode(MAP_0F38, P66, 0, 0x45);
    static final Opcode VPSLLVD = new Opcode(MAP_0F38, P66, 0, 0x47);
    /** Sets the bits of a mask, the destination, where the operands have a bit in common. */
    static final Opcode VPTESTMD = new Opcode(MAP_0F38, P66, 0, 0x27);
    /** Rotates each element to the left. */
    static final Opcode VPROLVD = new Opcode(MAP_0F38, P66, 0, 0x15);
    /** The first operand times two to the power of the second. */
    static final Opcode VSCALEFPS = new Opcode(MAP_0F38, P66, 0, 0x2C);
    static final Opcode VSHUFF32X4 = new Opcode(MAP_0F3A, P66, 0, 0x23);
    static final Opcode VSHUFPS = new Opcode(MAP_0F, NONE, 0, 0xC6);
    static final Opcode VUNPCKLPS = new Opcode(MAP_0F, NONE, 0, 0x14);
    static final Opcode VUNPCKHPS = new Opcode(MAP_0F, NONE, 0, 0x15);
    static final Opcode VUNPCKLPD = new Opcode(MAP_0F, P66, 1, 0x14);
    static final Opcode VUNPCKHPD = new Opcode(MAP_0F, P66, 1, 0x15);

    // Shifts by a constant: the number of the operation stands where others have their destination.
    static final Opcode SHIFT_INTS = new Opcode(MAP_0F, P66, 0, 0x72);
    static final Opcode SHIFT_SHORTS = new Opcode(MAP_0F, P66, 0, 0x71);
    static final int ROTATE_RIGHT = 0;
    static final int RIGHT = 2;
    static final int LEFT = 6;

    // What products of integers need besides.
    static final Opcode VPADDD = new Opcode(MAP_0F, P66, 0, 0xFE);
    static final Opcode VPSUBW = new Opcode(MAP_0F, P66, 0, 0xF9);
    static final Opcode VPMAXSD = new Opcode(MAP_0F38, P66, 0, 0x3D);
    /** Sets the bits of a mask, the destination, where the first operand is the greater one. */
    static final Opcode VPCMPGTD = new Opcode(MAP_0F, P66, 0, 0x66);
    static final Opcode VDIVPS = new Opcode(MAP_0F, NONE, 0, 0x5E);
    /** To the nearest integer, the even one of two. */
    static final Opcode VCVTPS2DQ = new Opcode(MAP_0F, P66, 0, 0x5B);
    /** The lowest byte of each element to memory. */
    static final Opcode VPMOVDB_STORE = new Opcode(MAP_0F38, PF3, 0, 0x31);
    /** The lower half of each element, to memory or a register; the source stands where others have their destination. */
    static final Opcode VPMOVDW = new Opcode(MAP_0F38, PF3, 0, 0x33);
    static final Opcode VPMOVSXBW = new Opcode(MAP_0F38, P66, 0, 0x20);
    static final Opcode VPMOVZXBW = new Opcode(MAP_0F38, P66, 0, 0x30);
    static final Opcode VPUNPCKLWD = new Opcode(MAP_0F, P66, 0, 0x61);
    static final Opcode VPUNPCKHWD = new Opcode(MAP_0F, P66, 0, 0x69);
    /** Four elements of each 128 bits, which an immediate names. */
    static final Opcode VPSHUFD = new Opcode(MAP_0F, P66, 0, 0x70);
    /** Sixteen bytes of each 128 bits of the first operand, which those of the second name. */
    static final Opcode VPSHUFB = new Opcode(MAP_0F38, P66, 0, 0x00);
    /** The destination less the product of the operands. */
    static final Opcode VFNMADD231PS = new Opcode(MAP_0F38, P66, 0, 0xBC);
    static final Opcode VPINSRW = new Opcode(MAP_0F, P66, 0, 0xC4);
    static final Opcode VINSERTI32X4 = new Opcode(MAP_0F3A, P66, 0, 0x38);
    /** Table in the second operand, indices in the first. */
    static final Opcode VPERMW = new Opcode(MAP_0F38, P66, 1, 0x8D);
    /** The table begins in the destination and ends in the second operand; indices are in the first. */
    static final Opcode VPERMT2W = new Opcode(MAP_0F38, P66, 1, 0x7D);
    /** Four products each of unsigned bytes of the first operand with signed ones of the second, added to the destination. */
    static final Opcode VPDPBUSD = new Opcode(MAP_0F38, P66, 0, 0x50);
    /** Two products each of signed words, added to the destination. */
    static final Opcode VPDPWSSD = new Opcode(MAP_0F38, P66, 0, 0x52);
}
