package dev.vesper.tensor.x86;

import static dev.vesper.tensor.x86.Assembler.R12;
import static dev.vesper.tensor.x86.Assembler.R13;
import static dev.vesper.tensor.x86.Assembler.R8;
import static dev.vesper.tensor.x86.Assembler.RBP;
import static dev.vesper.tensor.x86.Assembler.RBX;
import static dev.vesper.tensor.x86.Assembler.RSP;
import static dev.vesper.tensor.x86.Encoding.is;
import static dev.vesper.tensor.x86.Instructions.LEFT;
import static dev.vesper.tensor.x86.Instructions.RIGHT;
import static dev.vesper.tensor.x86.Instructions.ROTATE_RIGHT;
import static dev.vesper.tensor.x86.Instructions.SHIFT_INTS;
import static dev.vesper.tensor.x86.Instructions.SHIFT_SHORTS;
import static dev.vesper.tensor.x86.Instructions.VADDPS;
import static dev.vesper.tensor.x86.Instructions.VFMADD213PS;
import static dev.vesper.tensor.x86.Instructions.VFMADD231PS;
import static dev.vesper.tensor.x86.Instructions.VFMSUB213PS;
import static dev.vesper.tensor.x86.Instructions.VMULPS;
import static dev.vesper.tensor.x86.Instructions.VPANDD;
import static dev.vesper.tensor.x86.Instructions.VPERMD;
import static dev.vesper.tensor.x86.Instructions.VPERMILPS;
import static dev.vesper.tensor.x86.Instructions.VPERMPS;
import static dev.vesper.tensor.x86.Instructions.VPMULHUW;
import static dev.vesper.tensor.x86.Instructions.VPMULLW;
import static dev.vesper.tensor.x86.Instructions.VPORD;
import static dev.vesper.tensor.x86.Instructions.VPROLVD;
import static dev.vesper.tensor.x86.Instructions.VPSLLVD;
import static dev.vesper.tensor.x86.Instructions.VPSRLVD;
import static dev.vesper.tensor.x86.Instructions.VPSUBB;
import static dev.vesper.tensor.x86.Instructions.VPSUBD;
import static dev.vesper.tensor.x86.Instructions.VPTERNLOGD;
import static dev.vesper.tensor.x86.Instructions.VPTESTMD;
import static dev.vesper.tensor.x86.Instructions.VPXORD;
import static dev.vesper.tensor.x86.Instructions.VSCALEFPS;
import static dev.vesper.tensor.x86.Instructions.VSHUFF32X4;
import static dev.vesper.tensor.x86.Instructions.VSHUFPS;
import static dev.vesper.tensor.x86.Instructions.VSUBPS;
import static dev.vesper.tensor.x86.Instructions.VUNPCKHPD;
import static dev.vesper.tensor.x86.Instructions.VUNPCKHPS;
import static dev.vesper.tensor.x86.Instructions.VUNPCKLPD;
import static dev.vesper.tensor.x86.Instructions.VUNPCKLPS;

import org.junit.jupiter.api.Test;

/** Vector instructions that compute, on lower and upper registers and on memory. */
class InstructionsTest {
    @Test
    void vectorInstructionsOfThreeOperands() {
        is("vpxord zmm1, zmm2, zmm3", "62 f1 6d 48 ef cb", a -> a.vector(VPXORD, 1, 2, 3));
        is("vpxord zmm31, zmm18, zmm13", "62 41 6d 40 ef fd", a -> a.vector(VPXORD, 31, 18, 13));
        is(
                "vpxord zmm12, zmm25, [rbx+64]",
                "62 71 35 40 ef a3 40 00 00 00",
                a -> a.vector(VPXORD, 12, 25, Address.at(RBX, 64)));
        is("vpandd zmm1, zmm2, zmm3", "62 f1 6d 48 db cb", a -> a.vector(VPANDD, 1, 2, 3));
        is("vpandd zmm31, zmm18, zmm13", "62 41 6d 40 db fd", a -> a.vector(VPANDD, 31, 18, 13));
        is(
                "vpandd zmm12, zmm25, [r12+r8*2]",
                "62 11 35 40 db 24 44",
                a -> a.vector(VPANDD, 12, 25, Address.at(R12, R8, 2)));
        is("vpord zmm1, zmm2, zmm3", "62 f1 6d 48 eb cb", a -> a.vector(VPORD, 1, 2, 3));
        is("vpord zmm31, zmm18, zmm13", "62 41 6d 40 eb fd", a -> a.vector(VPORD, 31, 18, 13));
        is(
                "vpord zmm12, zmm25, [rsp+512]",
                "62 71 35 40 eb a4 24 00 02 00 00",
                a -> a.vector(VPORD, 12, 25, Address.at(RSP, 512)));
        is("vpsubd zmm1, zmm2, zmm3", "62 f1 6d 48 fa cb", a -> a.vector(VPSUBD, 1, 2, 3));
        is("vpsubd zmm31, zmm18, zmm13", "62 41 6d 40 fa fd", a -> a.vector(VPSUBD, 31, 18, 13));
        is(
                "vpsubd zmm12, zmm25, [rbp+r13*1+3]",
                "62 31 35 40 fa a4 2d 03 00 00 00",
                a -> a.vector(VPSUBD, 12, 25, Address.at(RBP, R13, 1).plus(3)));
        is("vpmullw zmm1, zmm2, zmm3", "62 f1 6d 48 d5 cb", a -> a.vector(VPMULLW, 1, 2, 3));
        is("vpmullw zmm31, zmm18, zmm13", "62 41 6d 40 d5 fd", a -> a.vector(VPMULLW, 31, 18, 13));
        is(
                "vpmullw zmm12, zmm25, [rbx+64]",
                "62 71 35 40 d5 a3 40 00 00 00",
                a -> a.vector(VPMULLW, 12, 25, Address.at(RBX, 64)));
        is("vpmulhuw zmm1, zmm2, zmm3", "62 f1 6d 48 e4 cb", a -> a.vector(VPMULHUW, 1, 2, 3));
        is("vpmulhuw zmm31, zmm18, zmm13", "62 41 6d 40 e4 fd", a -> a.vector(VPMULHUW, 31, 18, 13));
        is(
                "vpmulhuw zmm12, zmm25, [r12+r8*2]",
                "62 11 35 40 e4 24 44",
                a -> a.vector(VPMULHUW, 12, 25, Address.at(R12, R8, 2)));
        is("vpsubb zmm1, zmm2, zmm3", "62 f1 6d 48 f8 cb", a -> a.vector(VPSUBB, 1, 2, 3));
        is("vpsubb zmm31, zmm18, zmm13", "62 41 6d 40 f8 fd", a -> a.vector(VPSUBB, 31, 18, 13));
        is(
                "vpsubb zmm12, zmm25, [rsp+512]",
                "62 71 35 40 f8 a4 24 00 02 00 00",
                a -> a.vector(VPSUBB, 12, 25, Address.at(RSP, 512)));
        is("vaddps zmm1, zmm2, zmm3", "62 f1 6c 48 58 cb", a -> a.vector(VADDPS, 1, 2, 3));
        is("vaddps zmm31, zmm18, zmm13", "62 41 6c 40 58 fd", a -> a.vector(VADDPS, 31, 18, 13));
        is(
                "vaddps zmm12, zmm25, [rbp+r13*1+3]",
                "62 31 34 40 58 a4 2d 03 00 00 00",
                a -> a.vector(VADDPS, 12, 25, Address.at(RBP, R13, 1).plus(3)));
        is("vmulps zmm1, zmm2, zmm3", "62 f1 6c 48 59 cb", a -> a.vector(VMULPS, 1, 2, 3));
        is("vmulps zmm31, zmm18, zmm13", "62 41 6c 40 59 fd", a -> a.vector(VMULPS, 31, 18, 13));
        is(
                "vmulps zmm12, zmm25, [rbx+64]",
                "62 71 34 40 59 a3 40 00 00 00",
                a -> a.vector(VMULPS, 12, 25, Address.at(RBX, 64)));
        is("vsubps zmm1, zmm2, zmm3", "62 f1 6c 48 5c cb", a -> a.vector(VSUBPS, 1, 2, 3));
        is("vsubps zmm31, zmm18, zmm13", "62 41 6c 40 5c fd", a -> a.vector(VSUBPS, 31, 18, 13));
        is(
                "vsubps zmm12, zmm25, [r12+r8*2]",
                "62 11 34 40 5c 24 44",
                a -> a.vector(VSUBPS, 12, 25, Address.at(R12, R8, 2)));
        is("vfmadd231ps zmm1, zmm2, zmm3", "62 f2 6d 48 b8 cb", a -> a.vector(VFMADD231PS, 1, 2, 3));
        is("vfmadd231ps zmm31, zmm18, zmm13", "62 42 6d 40 b8 fd", a -> a.vector(VFMADD231PS, 31, 18, 13));
        is(
                "vfmadd231ps zmm12, zmm25, [rsp+512]",
                "62 72 35 40 b8 a4 24 00 02 00 00",
                a -> a.vector(VFMADD231PS, 12, 25, Address.at(RSP, 512)));
        is("vfmadd213ps zmm1, zmm2, zmm3", "62 f2 6d 48 a8 cb", a -> a.vector(VFMADD213PS, 1, 2, 3));
        is("vfmadd213ps zmm31, zmm18, zmm13", "62 42 6d 40 a8 fd", a -> a.vector(VFMADD213PS, 31, 18, 13));
        is(
                "vfmadd213ps zmm12, zmm25, [rbp+r13*1+3]",
                "62 32 35 40 a8 a4 2d 03 00 00 00",
                a -> a.vector(VFMADD213PS, 12, 25, Address.at(RBP, R13, 1).plus(3)));
        is("vfmsub213ps zmm1, zmm2, zmm3", "62 f2 6d 48 aa cb", a -> a.vector(VFMSUB213PS, 1, 2, 3));
        is("vfmsub213ps zmm31, zmm18, zmm13", "62 42 6d 40 aa fd", a -> a.vector(VFMSUB213PS, 31, 18, 13));
        is(
                "vfmsub213ps zmm12, zmm25, [rbx+64]",
                "62 72 35 40 aa a3 40 00 00 00",
                a -> a.vector(VFMSUB213PS, 12, 25, Address.at(RBX, 64)));
        is("vpermps zmm1, zmm2, zmm3", "62 f2 6d 48 16 cb", a -> a.vector(VPERMPS, 1, 2, 3));
        is("vpermps zmm31, zmm18, zmm13", "62 42 6d 40 16 fd", a -> a.vector(VPERMPS, 31, 18, 13));
        is(
                "vpermps zmm12, zmm25, [r12+r8*2]",
                "62 12 35 40 16 24 44",
                a -> a.vector(VPERMPS, 12, 25, Address.at(R12, R8, 2)));
        is("vpermd zmm1, zmm2, zmm3", "62 f2 6d 48 36 cb", a -> a.vector(VPERMD, 1, 2, 3));
        is("vpermd zmm31, zmm18, zmm13", "62 42 6d 40 36 fd", a -> a.vector(VPERMD, 31, 18, 13));
        is(
                "vpermd zmm12, zmm25, [rsp+512]",
                "62 72 35 40 36 a4 24 00 02 00 00",
                a -> a.vector(VPERMD, 12, 25, Address.at(RSP, 512)));
        is("vpermilps zmm1, zmm2, zmm3", "62 f2 6d 48 0c cb", a -> a.vector(VPERMILPS, 1, 2, 3));
        is("vpermilps zmm31, zmm18, zmm13", "62 42 6d 40 0c fd", a -> a.vector(VPERMILPS, 31, 18, 13));
        is(
                "vpermilps zmm12, zmm25, [rbp+r13*1+3]",
                "62 32 35 40 0c a4 2d 03 00 00 00",
                a -> a.vector(VPERMILPS, 12, 25, Address.at(RBP, R13, 1).plus(3)));
        is("vpsrlvd zmm1, zmm2, zmm3", "62 f2 6d 48 45 cb", a -> a.vector(VPSRLVD, 1, 2, 3));
        is("vpsrlvd zmm31, zmm18, zmm13", "62 42 6d 40 45 fd", a -> a.vector(VPSRLVD, 31, 18, 13));
        is(
                "vpsrlvd zmm12, zmm25, [rsp+512]",
                "62 72 35 40 45 a4 24 00 02 00 00",
                a -> a.vector(VPSRLVD, 12, 25, Address.at(RSP, 512)));
        is("vpsllvd zmm1, zmm2, zmm3", "62 f2 6d 48 47 cb", a -> a.vector(VPSLLVD, 1, 2, 3));
        is("vpsllvd zmm31, zmm18, zmm13", "62 42 6d 40 47 fd", a -> a.vector(VPSLLVD, 31, 18, 13));
        is(
                "vpsllvd zmm12, zmm25, [rbp+r13*1+3]",
                "62 32 35 40 47 a4 2d 03 00 00 00",
                a -> a.vector(VPSLLVD, 12, 25, Address.at(RBP, R13, 1).plus(3)));
        is("vprolvd zmm1, zmm2, zmm3", "62 f2 6d 48 15 cb", a -> a.vector(VPROLVD, 1, 2, 3));
        is("vprolvd zmm31, zmm18, zmm13", "62 42 6d 40 15 fd", a -> a.vector(VPROLVD, 31, 18, 13));
        is(
                "vprolvd zmm12, zmm25, [rbx+64]",
                "62 72 35 40 15 a3 40 00 00 00",
                a -> a.vector(VPROLVD, 12, 25, Address.at(RBX, 64)));
        is("vscalefps zmm1, zmm2, zmm3", "62 f2 6d 48 2c cb", a -> a.vector(VSCALEFPS, 1, 2, 3));
        is("vscalefps zmm31, zmm18, zmm13", "62 42 6d 40 2c fd", a -> a.vector(VSCALEFPS, 31, 18, 13));
        is(
                "vscalefps zmm12, zmm25, [r12+r8*2]",
                "62 12 35 40 2c 24 44",
                a -> a.vector(VSCALEFPS, 12, 25, Address.at(R12, R8, 2)));
        is("vunpcklps zmm1, zmm2, zmm3", "62 f1 6c 48 14 cb", a -> a.vector(VUNPCKLPS, 1, 2, 3));
        is("vunpcklps zmm31, zmm18, zmm13", "62 41 6c 40 14 fd", a -> a.vector(VUNPCKLPS, 31, 18, 13));
        is(
                "vunpcklps zmm12, zmm25, [rsp+512]",
                "62 71 34 40 14 a4 24 00 02 00 00",
                a -> a.vector(VUNPCKLPS, 12, 25, Address.at(RSP, 512)));
        is("vunpckhps zmm1, zmm2, zmm3", "62 f1 6c 48 15 cb", a -> a.vector(VUNPCKHPS, 1, 2, 3));
        is("vunpckhps zmm31, zmm18, zmm13", "62 41 6c 40 15 fd", a -> a.vector(VUNPCKHPS, 31, 18, 13));
        is(
                "vunpckhps zmm12, zmm25, [rbp+r13*1+3]",
                "62 31 34 40 15 a4 2d 03 00 00 00",
                a -> a.vector(VUNPCKHPS, 12, 25, Address.at(RBP, R13, 1).plus(3)));
        is("vunpcklpd zmm1, zmm2, zmm3", "62 f1 ed 48 14 cb", a -> a.vector(VUNPCKLPD, 1, 2, 3));
        is("vunpcklpd zmm31, zmm18, zmm13", "62 41 ed 40 14 fd", a -> a.vector(VUNPCKLPD, 31, 18, 13));
        is(
                "vunpcklpd zmm12, zmm25, [rbx+64]",
                "62 71 b5 40 14 a3 40 00 00 00",
                a -> a.vector(VUNPCKLPD, 12, 25, Address.at(RBX, 64)));
        is("vunpckhpd zmm1, zmm2, zmm3", "62 f1 ed 48 15 cb", a -> a.vector(VUNPCKHPD, 1, 2, 3));
        is("vunpckhpd zmm31, zmm18, zmm13", "62 41 ed 40 15 fd", a -> a.vector(VUNPCKHPD, 31, 18, 13));
        is(
                "vunpckhpd zmm12, zmm25, [r12+r8*2]",
                "62 11 b5 40 15 24 44",
                a -> a.vector(VUNPCKHPD, 12, 25, Address.at(R12, R8, 2)));
    }

    @Test
    void elementsInMemoryForAllLanes() {
        is(
                "vmulps zmm29, zmm15, dword ptr [rsp+512]{1to16}",
                "62 61 04 58 59 ac 24 00 02 00 00",
                a -> a.broadcast(VMULPS, 29, 15, Address.at(RSP, 512)));
        is(
                "vfmadd213ps zmm29, zmm15, dword ptr [rbp+r13*1+3]{1to16}",
                "62 22 05 58 a8 ac 2d 03 00 00 00",
                a -> a.broadcast(VFMADD213PS, 29, 15, Address.at(RBP, R13, 1).plus(3)));
        is(
                "vfmsub213ps zmm29, zmm15, dword ptr [rbx+64]{1to16}",
                "62 62 05 58 aa ab 40 00 00 00",
                a -> a.broadcast(VFMSUB213PS, 29, 15, Address.at(RBX, 64)));
        is(
                "vfmadd231ps zmm29, zmm15, dword ptr [r12+r8*2]{1to16}",
                "62 02 05 58 b8 2c 44",
                a -> a.broadcast(VFMADD231PS, 29, 15, Address.at(R12, R8, 2)));
        is(
                "vptestmd k2, zmm17, dword ptr [rsp+512]{1to16}",
                "62 f2 75 50 27 94 24 00 02 00 00",
                a -> a.broadcast(VPTESTMD, 2, 17, Address.at(RSP, 512)));
        is("vptestmd k2, zmm7, zmm30", "62 92 45 48 27 d6", a -> a.vector(VPTESTMD, 2, 7, 30));
    }

    @Test
    void immediateBytes() {
        is("vpternlogd zmm1, zmm2, zmm3, 0xea", "62 f3 6d 48 25 cb ea", a -> a.immediate(VPTERNLOGD, 1, 2, 3, 0xEA));
        is(
                "vpternlogd zmm31, zmm18, zmm13, 0x4e",
                "62 43 6d 40 25 fd 4e",
                a -> a.immediate(VPTERNLOGD, 31, 18, 13, 0x4E));
        is("vshuff32x4 zmm1, zmm2, zmm3, 0xea", "62 f3 6d 48 23 cb ea", a -> a.immediate(VSHUFF32X4, 1, 2, 3, 0xEA));
        is(
                "vshuff32x4 zmm31, zmm18, zmm13, 0x4e",
                "62 43 6d 40 23 fd 4e",
                a -> a.immediate(VSHUFF32X4, 31, 18, 13, 0x4E));
        is("vshufps zmm1, zmm2, zmm3, 0xea", "62 f1 6c 48 c6 cb ea", a -> a.immediate(VSHUFPS, 1, 2, 3, 0xEA));
        is("vshufps zmm31, zmm18, zmm13, 0x4e", "62 41 6c 40 c6 fd 4e", a -> a.immediate(VSHUFPS, 31, 18, 13, 0x4E));
        is("vprord zmm2, zmm9, 4", "62 d1 6d 48 72 c1 04", a -> a.shift(SHIFT_INTS, ROTATE_RIGHT, 512, 2, 9, 4));
        is("vprord zmm20, zmm31, 24", "62 91 5d 40 72 c7 18", a -> a.shift(SHIFT_INTS, ROTATE_RIGHT, 512, 20, 31, 24));
        is("vpsrld zmm2, zmm9, 4", "62 d1 6d 48 72 d1 04", a -> a.shift(SHIFT_INTS, RIGHT, 512, 2, 9, 4));
        is("vpsrld zmm20, zmm31, 24", "62 91 5d 40 72 d7 18", a -> a.shift(SHIFT_INTS, RIGHT, 512, 20, 31, 24));
        is("vpslld zmm2, zmm9, 4", "62 d1 6d 48 72 f1 04", a -> a.shift(SHIFT_INTS, LEFT, 512, 2, 9, 4));
        is("vpslld zmm20, zmm31, 24", "62 91 5d 40 72 f7 18", a -> a.shift(SHIFT_INTS, LEFT, 512, 20, 31, 24));
        is("vpsllw ymm20, ymm3, 4", "62 f1 5d 20 71 f3 04", a -> a.shift(SHIFT_SHORTS, LEFT, 256, 20, 3, 4));
        is("vpsrlw xmm3, xmm2, 4", "62 f1 65 08 71 d2 04", a -> a.shift(SHIFT_SHORTS, RIGHT, 128, 3, 2, 4));
    }
}
