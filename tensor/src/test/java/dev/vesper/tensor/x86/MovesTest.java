package dev.vesper.tensor.x86;

import static dev.vesper.tensor.x86.Assembler.R12;
import static dev.vesper.tensor.x86.Assembler.R13;
import static dev.vesper.tensor.x86.Assembler.R14;
import static dev.vesper.tensor.x86.Assembler.R15;
import static dev.vesper.tensor.x86.Assembler.R8;
import static dev.vesper.tensor.x86.Assembler.R9;
import static dev.vesper.tensor.x86.Assembler.RAX;
import static dev.vesper.tensor.x86.Assembler.RBP;
import static dev.vesper.tensor.x86.Assembler.RBX;
import static dev.vesper.tensor.x86.Assembler.RCX;
import static dev.vesper.tensor.x86.Assembler.RSP;
import static dev.vesper.tensor.x86.Encoding.is;
import static dev.vesper.tensor.x86.Instructions.VBROADCASTI64X4;
import static dev.vesper.tensor.x86.Instructions.VBROADCASTSS;
import static dev.vesper.tensor.x86.Instructions.VCVTDQ2PS;
import static dev.vesper.tensor.x86.Instructions.VCVTPH2PS;
import static dev.vesper.tensor.x86.Instructions.VMOVDQU16;
import static dev.vesper.tensor.x86.Instructions.VMOVSS;
import static dev.vesper.tensor.x86.Instructions.VMOVSS_STORE;
import static dev.vesper.tensor.x86.Instructions.VMOVUPS;
import static dev.vesper.tensor.x86.Instructions.VMOVUPS_STORE;
import static dev.vesper.tensor.x86.Instructions.VPBROADCASTB;
import static dev.vesper.tensor.x86.Instructions.VPBROADCASTD;
import static dev.vesper.tensor.x86.Instructions.VPBROADCASTW;
import static dev.vesper.tensor.x86.Instructions.VPERMPS;
import static dev.vesper.tensor.x86.Instructions.VPMOVSXBD;
import static dev.vesper.tensor.x86.Instructions.VPMOVZXBD;
import static dev.vesper.tensor.x86.Instructions.VPMOVZXWD;

import org.junit.jupiter.api.Test;

/** Vector instructions that load, widen and store, on lower and upper registers and on memory. */
class MovesTest {
    @Test
    void vectorAddressesAreEncodedInFull() {
        is("vmovups zmm25, [rbx]", "62 61 7c 48 10 0b", a -> a.vector(VMOVUPS, 25, 0, Address.at(RBX)));
        is(
                "vmovups zmm25, [rbx+8]",
                "62 61 7c 48 10 8b 08 00 00 00",
                a -> a.vector(VMOVUPS, 25, 0, Address.at(RBX, 8)));
        is("vmovups zmm25, [rbp]", "62 61 7c 48 10 8d 00 00 00 00", a -> a.vector(VMOVUPS, 25, 0, Address.at(RBP)));
        is("vmovups zmm25, [rsp]", "62 61 7c 48 10 0c 24", a -> a.vector(VMOVUPS, 25, 0, Address.at(RSP)));
        is(
                "vmovups zmm25, [rsp+1000]",
                "62 61 7c 48 10 8c 24 e8 03 00 00",
                a -> a.vector(VMOVUPS, 25, 0, Address.at(RSP, 1000)));
        is("vmovups zmm25, [r12]", "62 41 7c 48 10 0c 24", a -> a.vector(VMOVUPS, 25, 0, Address.at(R12)));
        is("vmovups zmm25, [r13]", "62 41 7c 48 10 8d 00 00 00 00", a -> a.vector(VMOVUPS, 25, 0, Address.at(R13)));
        is(
                "vmovups zmm25, [r13-128]",
                "62 41 7c 48 10 8d 80 ff ff ff",
                a -> a.vector(VMOVUPS, 25, 0, Address.at(R13, -128)));
        is(
                "vmovups zmm25, [r15+128]",
                "62 41 7c 48 10 8f 80 00 00 00",
                a -> a.vector(VMOVUPS, 25, 0, Address.at(R15, 128)));
        is("vmovups zmm25, [rbx+r8*1]", "62 21 7c 48 10 0c 03", a -> a.vector(VMOVUPS, 25, 0, Address.at(RBX, R8, 1)));
        is(
                "vmovups zmm25, [rbp+rcx*2]",
                "62 61 7c 48 10 8c 4d 00 00 00 00",
                a -> a.vector(VMOVUPS, 25, 0, Address.at(RBP, RCX, 2)));
        is(
                "vmovups zmm25, [r13+r12*4]",
                "62 01 7c 48 10 8c a5 00 00 00 00",
                a -> a.vector(VMOVUPS, 25, 0, Address.at(R13, R12, 4)));
        is(
                "vmovups zmm25, [rsp+r13*8+5]",
                "62 21 7c 48 10 8c ec 05 00 00 00",
                a -> a.vector(VMOVUPS, 25, 0, Address.at(RSP, R13, 8).plus(5)));
        is(
                "vmovups zmm25, [r12+rax*1+70000]",
                "62 41 7c 48 10 8c 04 70 11 01 00",
                a -> a.vector(VMOVUPS, 25, 0, Address.at(R12, RAX, 1).plus(70000)));
    }

    @Test
    void vectorInstructionsOfTwoOperands() {
        is("vmovups zmm1, zmm3", "62 f1 7c 48 10 cb", a -> a.vector(VMOVUPS, 1, 0, 3));
        is("vmovups zmm30, zmm17", "62 21 7c 48 10 f1", a -> a.vector(VMOVUPS, 30, 0, 17));
        is(
                "vmovups zmm12, [rbp+r13*1+3]",
                "62 31 7c 48 10 a4 2d 03 00 00 00",
                a -> a.vector(VMOVUPS, 12, 0, Address.at(RBP, R13, 1).plus(3)));
        is("vmovdqu16 zmm1, zmm3", "62 f1 ff 48 6f cb", a -> a.vector(VMOVDQU16, 1, 0, 3));
        is("vmovdqu16 zmm30, zmm17", "62 21 ff 48 6f f1", a -> a.vector(VMOVDQU16, 30, 0, 17));
        is(
                "vmovdqu16 zmm12, [rsp+512]",
                "62 71 ff 48 6f a4 24 00 02 00 00",
                a -> a.vector(VMOVDQU16, 12, 0, Address.at(RSP, 512)));
        is("vcvtdq2ps zmm1, zmm3", "62 f1 7c 48 5b cb", a -> a.vector(VCVTDQ2PS, 1, 0, 3));
        is("vcvtdq2ps zmm30, zmm17", "62 21 7c 48 5b f1", a -> a.vector(VCVTDQ2PS, 30, 0, 17));
        is(
                "vcvtdq2ps zmm12, [rbp+r13*1+3]",
                "62 31 7c 48 5b a4 2d 03 00 00 00",
                a -> a.vector(VCVTDQ2PS, 12, 0, Address.at(RBP, R13, 1).plus(3)));
        is("vcvtph2ps zmm1, ymm3", "62 f2 7d 48 13 cb", a -> a.vector(VCVTPH2PS, 1, 0, 3));
        is("vcvtph2ps zmm30, ymm17", "62 22 7d 48 13 f1", a -> a.vector(VCVTPH2PS, 30, 0, 17));
        is(
                "vcvtph2ps zmm12, [rbx+64]",
                "62 72 7d 48 13 a3 40 00 00 00",
                a -> a.vector(VCVTPH2PS, 12, 0, Address.at(RBX, 64)));
        is("vpmovzxbd zmm1, xmm3", "62 f2 7d 48 31 cb", a -> a.vector(VPMOVZXBD, 1, 0, 3));
        is("vpmovzxbd zmm30, xmm17", "62 22 7d 48 31 f1", a -> a.vector(VPMOVZXBD, 30, 0, 17));
        is(
                "vpmovzxbd zmm12, [r12+r8*2]",
                "62 12 7d 48 31 24 44",
                a -> a.vector(VPMOVZXBD, 12, 0, Address.at(R12, R8, 2)));
        is("vpmovsxbd zmm1, xmm3", "62 f2 7d 48 21 cb", a -> a.vector(VPMOVSXBD, 1, 0, 3));
        is("vpmovsxbd zmm30, xmm17", "62 22 7d 48 21 f1", a -> a.vector(VPMOVSXBD, 30, 0, 17));
        is(
                "vpmovsxbd zmm12, [rsp+512]",
                "62 72 7d 48 21 a4 24 00 02 00 00",
                a -> a.vector(VPMOVSXBD, 12, 0, Address.at(RSP, 512)));
        is("vpmovzxwd zmm1, ymm3", "62 f2 7d 48 33 cb", a -> a.vector(VPMOVZXWD, 1, 0, 3));
        is("vpmovzxwd zmm30, ymm17", "62 22 7d 48 33 f1", a -> a.vector(VPMOVZXWD, 30, 0, 17));
        is(
                "vpmovzxwd zmm12, [rbp+r13*1+3]",
                "62 32 7d 48 33 a4 2d 03 00 00 00",
                a -> a.vector(VPMOVZXWD, 12, 0, Address.at(RBP, R13, 1).plus(3)));
        is("vbroadcastss zmm1, xmm3", "62 f2 7d 48 18 cb", a -> a.vector(VBROADCASTSS, 1, 0, 3));
        is("vbroadcastss zmm30, xmm17", "62 22 7d 48 18 f1", a -> a.vector(VBROADCASTSS, 30, 0, 17));
        is(
                "vbroadcastss zmm12, [rbx+64]",
                "62 72 7d 48 18 a3 40 00 00 00",
                a -> a.vector(VBROADCASTSS, 12, 0, Address.at(RBX, 64)));
        is("vpbroadcastd zmm1, xmm3", "62 f2 7d 48 58 cb", a -> a.vector(VPBROADCASTD, 1, 0, 3));
        is("vpbroadcastd zmm30, xmm17", "62 22 7d 48 58 f1", a -> a.vector(VPBROADCASTD, 30, 0, 17));
        is(
                "vpbroadcastd zmm12, [r12+r8*2]",
                "62 12 7d 48 58 24 44",
                a -> a.vector(VPBROADCASTD, 12, 0, Address.at(R12, R8, 2)));
        is("vpbroadcastw zmm1, xmm3", "62 f2 7d 48 79 cb", a -> a.vector(VPBROADCASTW, 1, 0, 3));
        is("vpbroadcastw zmm30, xmm17", "62 22 7d 48 79 f1", a -> a.vector(VPBROADCASTW, 30, 0, 17));
        is(
                "vpbroadcastw zmm12, [rsp+512]",
                "62 72 7d 48 79 a4 24 00 02 00 00",
                a -> a.vector(VPBROADCASTW, 12, 0, Address.at(RSP, 512)));
        is("vpbroadcastb zmm1, xmm3", "62 f2 7d 48 78 cb", a -> a.vector(VPBROADCASTB, 1, 0, 3));
        is("vpbroadcastb zmm30, xmm17", "62 22 7d 48 78 f1", a -> a.vector(VPBROADCASTB, 30, 0, 17));
        is(
                "vpbroadcastb zmm12, [rbp+r13*1+3]",
                "62 32 7d 48 78 a4 2d 03 00 00 00",
                a -> a.vector(VPBROADCASTB, 12, 0, Address.at(RBP, R13, 1).plus(3)));
        is(
                "vbroadcasti64x4 zmm12, [r12+r8*2]",
                "62 12 fd 48 5b 24 44",
                a -> a.vector(VBROADCASTI64X4, 12, 0, Address.at(R12, R8, 2)));
    }

    @Test
    void storesNarrowVectorsAndMasks() {
        is(
                "vmovups [rsp+512], zmm17",
                "62 e1 7c 48 11 8c 24 00 02 00 00",
                a -> a.vector(VMOVUPS_STORE, 17, 0, Address.at(RSP, 512)));
        is(
                "vmovss dword ptr [r14+rax*4], xmm24",
                "62 41 7e 08 11 04 86",
                a -> a.narrow(VMOVSS_STORE, 128, 24, 0, Address.at(R14, RAX, 4)));
        is("vmovss xmm13, dword ptr [r14]", "62 51 7e 08 10 2e", a -> a.narrow(VMOVSS, 128, 13, 0, Address.at(R14)));
        is(
                "vpbroadcastw ymm13, word ptr [r9]",
                "62 52 7d 28 79 29",
                a -> a.narrow(VPBROADCASTW, 256, 13, 0, Address.at(R9)));
        is(
                "vpbroadcastd ymm21, dword ptr [rbx+r8]",
                "62 a2 7d 28 58 2c 03",
                a -> a.narrow(VPBROADCASTD, 256, 21, 0, Address.at(RBX, R8, 1)));
        is("vmovups zmm25{k2}{z}, [rax]", "62 61 7c ca 10 08", a -> a.masked(VMOVUPS, 2, 25, Address.at(RAX), true));
        is(
                "vmovups [rax]{k2}, zmm25",
                "62 61 7c 4a 11 08",
                a -> a.masked(VMOVUPS_STORE, 2, 25, Address.at(RAX), false));
        is(
                "vmovdqu16 zmm4{k1}{z}, [r13+r12*2+64]",
                "62 91 ff c9 6f a4 65 40 00 00 00",
                a -> a.masked(VMOVDQU16, 1, 4, Address.at(R13, R12, 2).plus(64), true));
        is("vpermps zmm4{k2}, zmm13, zmm29", "62 92 15 4a 16 e5", a -> a.merge(VPERMPS, 512, 2, 4, 13, 29));
        is("vpermps zmm31{k7}, zmm18, zmm2", "62 62 6d 47 16 fa", a -> a.merge(VPERMPS, 512, 7, 31, 18, 2));
    }
}
