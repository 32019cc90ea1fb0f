package dev.vesper.tensor.x86;

import static dev.vesper.tensor.x86.Assembler.R12;
import static dev.vesper.tensor.x86.Assembler.R13;
import static dev.vesper.tensor.x86.Assembler.R8;
import static dev.vesper.tensor.x86.Assembler.RBX;
import static dev.vesper.tensor.x86.Encoding.is;
import static dev.vesper.tensor.x86.Instructions.VBROADCASTI32X4;
import static dev.vesper.tensor.x86.Instructions.VCVTPS2DQ;
import static dev.vesper.tensor.x86.Instructions.VDIVPS;
import static dev.vesper.tensor.x86.Instructions.VFNMADD231PS;
import static dev.vesper.tensor.x86.Instructions.VINSERTI32X4;
import static dev.vesper.tensor.x86.Instructions.VMOVDQU16;
import static dev.vesper.tensor.x86.Instructions.VPADDD;
import static dev.vesper.tensor.x86.Instructions.VPBROADCASTD;
import static dev.vesper.tensor.x86.Instructions.VPBROADCASTQ;
import static dev.vesper.tensor.x86.Instructions.VPCMPGTD;
import static dev.vesper.tensor.x86.Instructions.VPDPBUSD;
import static dev.vesper.tensor.x86.Instructions.VPDPWSSD;
import static dev.vesper.tensor.x86.Instructions.VPERMT2W;
import static dev.vesper.tensor.x86.Instructions.VPERMW;
import static dev.vesper.tensor.x86.Instructions.VPINSRW;
import static dev.vesper.tensor.x86.Instructions.VPMAXSD;
import static dev.vesper.tensor.x86.Instructions.VPMOVDB_STORE;
import static dev.vesper.tensor.x86.Instructions.VPMOVDW;
import static dev.vesper.tensor.x86.Instructions.VPMOVSXBW;
import static dev.vesper.tensor.x86.Instructions.VPMOVZXBW;
import static dev.vesper.tensor.x86.Instructions.VPSHUFB;
import static dev.vesper.tensor.x86.Instructions.VPSHUFD;
import static dev.vesper.tensor.x86.Instructions.VPSUBW;
import static dev.vesper.tensor.x86.Instructions.VPUNPCKHWD;
import static dev.vesper.tensor.x86.Instructions.VPUNPCKLWD;
import static dev.vesper.tensor.x86.Instructions.VSHUFF32X4;

import org.junit.jupiter.api.Test;

/** Instructions that products of integers need. */
class IntegerInstructionsTest {
    @Test
    void instructionsOfThreeOperands() {
        is("vpaddd zmm1, zmm2, zmm3", "62 f1 6d 48 fe cb", a -> a.vector(VPADDD, 1, 2, 3));
        is("vpaddd zmm31, zmm18, zmm13", "62 41 6d 40 fe fd", a -> a.vector(VPADDD, 31, 18, 13));
        is(
                "vpaddd zmm12, zmm25, [rbx+64]",
                "62 71 35 40 fe a3 40 00 00 00",
                a -> a.vector(VPADDD, 12, 25, Address.at(RBX, 64)));
        is("vpsubw zmm1, zmm2, zmm3", "62 f1 6d 48 f9 cb", a -> a.vector(VPSUBW, 1, 2, 3));
        is("vpsubw zmm31, zmm18, zmm13", "62 41 6d 40 f9 fd", a -> a.vector(VPSUBW, 31, 18, 13));
        is(
                "vpsubw zmm12, zmm25, [rbx+64]",
                "62 71 35 40 f9 a3 40 00 00 00",
                a -> a.vector(VPSUBW, 12, 25, Address.at(RBX, 64)));
        is("vpmaxsd zmm1, zmm2, zmm3", "62 f2 6d 48 3d cb", a -> a.vector(VPMAXSD, 1, 2, 3));
        is("vpmaxsd zmm31, zmm18, zmm13", "62 42 6d 40 3d fd", a -> a.vector(VPMAXSD, 31, 18, 13));
        is(
                "vpmaxsd zmm12, zmm25, [rbx+64]",
                "62 72 35 40 3d a3 40 00 00 00",
                a -> a.vector(VPMAXSD, 12, 25, Address.at(RBX, 64)));
        is("vdivps zmm1, zmm2, zmm3", "62 f1 6c 48 5e cb", a -> a.vector(VDIVPS, 1, 2, 3));
        is("vdivps zmm31, zmm18, zmm13", "62 41 6c 40 5e fd", a -> a.vector(VDIVPS, 31, 18, 13));
        is(
                "vdivps zmm12, zmm25, [rbx+64]",
                "62 71 34 40 5e a3 40 00 00 00",
                a -> a.vector(VDIVPS, 12, 25, Address.at(RBX, 64)));
        is("vpermw zmm1, zmm2, zmm3", "62 f2 ed 48 8d cb", a -> a.vector(VPERMW, 1, 2, 3));
        is("vpermw zmm31, zmm18, zmm13", "62 42 ed 40 8d fd", a -> a.vector(VPERMW, 31, 18, 13));
        is(
                "vpermw zmm12, zmm25, [rbx+64]",
                "62 72 b5 40 8d a3 40 00 00 00",
                a -> a.vector(VPERMW, 12, 25, Address.at(RBX, 64)));
        is("vpermt2w zmm1, zmm2, zmm3", "62 f2 ed 48 7d cb", a -> a.vector(VPERMT2W, 1, 2, 3));
        is("vpermt2w zmm31, zmm18, zmm13", "62 42 ed 40 7d fd", a -> a.vector(VPERMT2W, 31, 18, 13));
        is(
                "vpermt2w zmm12, zmm25, [rbx+64]",
                "62 72 b5 40 7d a3 40 00 00 00",
                a -> a.vector(VPERMT2W, 12, 25, Address.at(RBX, 64)));
        is("vpdpbusd zmm1, zmm2, zmm3", "62 f2 6d 48 50 cb", a -> a.vector(VPDPBUSD, 1, 2, 3));
        is("vpdpbusd zmm31, zmm18, zmm13", "62 42 6d 40 50 fd", a -> a.vector(VPDPBUSD, 31, 18, 13));
        is(
                "vpdpbusd zmm12, zmm25, [rbx+64]",
                "62 72 35 40 50 a3 40 00 00 00",
                a -> a.vector(VPDPBUSD, 12, 25, Address.at(RBX, 64)));
        is("vpdpwssd zmm1, zmm2, zmm3", "62 f2 6d 48 52 cb", a -> a.vector(VPDPWSSD, 1, 2, 3));
        is("vpdpwssd zmm31, zmm18, zmm13", "62 42 6d 40 52 fd", a -> a.vector(VPDPWSSD, 31, 18, 13));
        is(
                "vpdpwssd zmm12, zmm25, [rbx+64]",
                "62 72 35 40 52 a3 40 00 00 00",
                a -> a.vector(VPDPWSSD, 12, 25, Address.at(RBX, 64)));
    }

    @Test
    void othersAndMasks() {
        is("vpcmpgtd k1, zmm20, zmm13", "62 d1 5d 40 66 cd", a -> a.vector(VPCMPGTD, 1, 20, 13));
        is("vcvtps2dq zmm20, zmm9", "62 c1 7d 48 5b e1", a -> a.vector(VCVTPS2DQ, 20, 0, 9));
        is("vpermw zmm24{k3}, zmm29, zmm20", "62 22 95 43 8d c4", a -> a.merge(VPERMW, 512, 3, 24, 29, 20));
        is("vdivps zmm18{k1}, zmm25, zmm0", "62 e1 34 41 5e d0", a -> a.merge(VDIVPS, 512, 1, 18, 25, 0));
        is(
                "vpmovdb [r12+320], zmm17",
                "62 c2 7e 48 31 8c 24 40 01 00 00",
                a -> a.vector(VPMOVDB_STORE, 17, 0, Address.at(R12, 320)));
        is(
                "vpinsrw xmm1, xmm1, [rbx+r8*2+18], 5",
                "62 b1 75 08 c4 8c 43 12 00 00 00 05",
                a -> a.immediate(VPINSRW, 128, 1, 1, Address.at(RBX, R8, 2).plus(18), 5));
        is(
                "vpinsrw xmm21, xmm17, [r13+0], 7",
                "62 c1 75 00 c4 ad 00 00 00 00 07",
                a -> a.immediate(VPINSRW, 128, 21, 17, Address.at(R13), 7));
        is("vinserti32x4 zmm20, zmm0, xmm17, 1", "62 a3 7d 48 38 e1 01", a -> a.immediate(VINSERTI32X4, 20, 0, 17, 1));
        is(
                "vmovdqu16 zmm16{k4}{z}, [rbx+r8+128]",
                "62 a1 ff cc 6f 84 03 80 00 00 00",
                a -> a.masked(VMOVDQU16, 4, 16, Address.at(RBX, R8, 1).plus(128), true));
    }

    @Test
    void unpackingOfFormats() {
        is("vpmovdw ymm1, zmm2", "62 f2 7e 48 33 d1", a -> a.vector(VPMOVDW, 2, 0, 1));
        is("vpmovdw ymm31, zmm13", "62 12 7e 48 33 ef", a -> a.vector(VPMOVDW, 13, 0, 31));
        is("vpmovdw [rbx+64], zmm12", "62 72 7e 48 33 a3 40 00 00 00",
                a -> a.vector(VPMOVDW, 12, 0, Address.at(RBX, 64)));
        is("vpmovsxbw zmm1, [rbx+64]", "62 f2 7d 48 20 8b 40 00 00 00",
                a -> a.vector(VPMOVSXBW, 1, 0, Address.at(RBX, 64)));
        is("vpmovzxbw zmm30, [r12+r8*2+64]", "62 02 7d 48 30 b4 44 40 00 00 00",
                a -> a.vector(VPMOVZXBW, 30, 0, Address.at(R12, R8, 2).plus(64)));
        is("vpmovzxbw zmm1, ymm2", "62 f2 7d 48 30 ca", a -> a.vector(VPMOVZXBW, 1, 0, 2));
        is("vfnmadd231ps zmm12, zmm25, [rbx+64]", "62 72 35 40 bc a3 40 00 00 00",
                a -> a.vector(VFNMADD231PS, 12, 25, Address.at(RBX, 64)));
        is("vbroadcasti32x4 zmm1, [rbx+64]", "62 f2 7d 48 5a 8b 40 00 00 00",
                a -> a.vector(VBROADCASTI32X4, 1, 0, Address.at(RBX, 64)));
        is("vpbroadcastq zmm1{k5}, [rbx+64]", "62 f2 fd 4d 59 8b 40 00 00 00",
                a -> a.masked(VPBROADCASTQ, 5, 1, Address.at(RBX, 64), false));
        is("vpbroadcastd zmm1{k1}, [rbx+64]", "62 f2 7d 49 58 8b 40 00 00 00",
                a -> a.masked(VPBROADCASTD, 1, 1, Address.at(RBX, 64), false));
        is("vinserti32x4 zmm1, zmm2, [rbx+64], 1", "62 f3 6d 48 38 8b 40 00 00 00 01",
                a -> a.immediate(VINSERTI32X4, 512, 1, 2, Address.at(RBX, 64), 1));
        is("vshuff32x4 zmm1, zmm2, [rbx+64], 136", "62 f3 6d 48 23 8b 40 00 00 00 88",
                a -> a.immediate(VSHUFF32X4, 512, 1, 2, Address.at(RBX, 64), 0x88));
        is("vpunpcklwd zmm1, zmm2, zmm3", "62 f1 6d 48 61 cb", a -> a.vector(VPUNPCKLWD, 1, 2, 3));
        is("vpunpcklwd zmm31, zmm18, zmm13", "62 41 6d 40 61 fd", a -> a.vector(VPUNPCKLWD, 31, 18, 13));
        is("vpunpckhwd zmm1, zmm2, zmm3", "62 f1 6d 48 69 cb", a -> a.vector(VPUNPCKHWD, 1, 2, 3));
        is("vpshufd zmm1, zmm2, 0xed", "62 f1 7d 48 70 ca ed", a -> a.immediate(VPSHUFD, 1, 0, 2, 0xED));
        is("vpshufd zmm31, zmm18, 0xa5", "62 21 7d 48 70 fa a5", a -> a.immediate(VPSHUFD, 31, 0, 18, 0xA5));
        is("vpshufb zmm1, zmm2, zmm3", "62 f2 6d 48 00 cb", a -> a.vector(VPSHUFB, 1, 2, 3));
        is("vpshufb zmm31, zmm18, zmm13", "62 42 6d 40 00 fd", a -> a.vector(VPSHUFB, 31, 18, 13));
        is("vfnmadd231ps zmm1, zmm2, zmm3", "62 f2 6d 48 bc cb", a -> a.vector(VFNMADD231PS, 1, 2, 3));
        is("vmovdqu16 zmm1{k3}, zmm18", "62 b1 ff 4b 6f ca", a -> a.merge(VMOVDQU16, 512, 3, 1, 0, 18));
    }
}
