package dev.vesper.tensor.x86;

import static dev.vesper.tensor.x86.Assembler.*;
import static dev.vesper.tensor.x86.Instructions.*;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.HexFormat;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/**
 * Every instruction that is written has the bytes that the GNU assembler gives for it (2.40, from the text beside them;
 * where it had a choice, with {disp32}, {evex} or rex).
 */
class AssemblerTest {
    private static final HexFormat HEX = HexFormat.ofDelimiter(" ");

    private static void is(String text, String expected, Consumer<Assembler> instruction) {
        Assembler assembler = new Assembler();
        instruction.accept(assembler);
        String code = hex(assembler.finish());
        int length = expected.length();
        assertThat(code.substring(0, length)).as(text).isEqualTo(expected);
        assertThat(code.substring(length)).as("what follows %s", text).matches("( cc)*");
    }

    private static String hex(byte[] code) {
        return HEX.formatHex(code);
    }

    @Test
    void addressesAreEncoded() {
        is("mov r9, [rbx]", "4c 8b 0b", a -> a.load(R9, Address.at(RBX)));
        is("mov r9, [rbx+8]", "4c 8b 4b 08", a -> a.load(R9, Address.at(RBX, 8)));
        is("mov r9, [rbp]", "4c 8b 4d 00", a -> a.load(R9, Address.at(RBP)));
        is("mov r9, [rsp]", "4c 8b 0c 24", a -> a.load(R9, Address.at(RSP)));
        is("mov r9, [rsp+1000]", "4c 8b 8c 24 e8 03 00 00", a -> a.load(R9, Address.at(RSP, 1000)));
        is("mov r9, [r12]", "4d 8b 0c 24", a -> a.load(R9, Address.at(R12)));
        is("mov r9, [r13]", "4d 8b 4d 00", a -> a.load(R9, Address.at(R13)));
        is("mov r9, [r13-128]", "4d 8b 4d 80", a -> a.load(R9, Address.at(R13, -128)));
        is("mov r9, [r15+128]", "4d 8b 8f 80 00 00 00", a -> a.load(R9, Address.at(R15, 128)));
        is("mov r9, [rbx+r8*1]", "4e 8b 0c 03", a -> a.load(R9, Address.at(RBX, R8, 1)));
        is("mov r9, [rbp+rcx*2]", "4c 8b 4c 4d 00", a -> a.load(R9, Address.at(RBP, RCX, 2)));
        is("mov r9, [r13+r12*4]", "4f 8b 4c a5 00", a -> a.load(R9, Address.at(R13, R12, 4)));
        is("mov r9, [rsp+r13*8+5]", "4e 8b 4c ec 05", a -> a.load(R9, Address.at(RSP, R13, 8).plus(5)));
        is("mov r9, [r12+rax*1+70000]", "4d 8b 8c 04 70 11 01 00",
                a -> a.load(R9, Address.at(R12, RAX, 1).plus(70000)));
    }

    @Test
    void vectorAddressesAreEncodedInFull() {
        is("vmovups zmm25, [rbx]", "62 61 7c 48 10 0b", a -> a.vector(VMOVUPS, 25, 0, Address.at(RBX)));
        is("vmovups zmm25, [rbx+8]", "62 61 7c 48 10 8b 08 00 00 00",
                a -> a.vector(VMOVUPS, 25, 0, Address.at(RBX, 8)));
        is("vmovups zmm25, [rbp]", "62 61 7c 48 10 8d 00 00 00 00", a -> a.vector(VMOVUPS, 25, 0, Address.at(RBP)));
        is("vmovups zmm25, [rsp]", "62 61 7c 48 10 0c 24", a -> a.vector(VMOVUPS, 25, 0, Address.at(RSP)));
        is("vmovups zmm25, [rsp+1000]", "62 61 7c 48 10 8c 24 e8 03 00 00",
                a -> a.vector(VMOVUPS, 25, 0, Address.at(RSP, 1000)));
        is("vmovups zmm25, [r12]", "62 41 7c 48 10 0c 24", a -> a.vector(VMOVUPS, 25, 0, Address.at(R12)));
        is("vmovups zmm25, [r13]", "62 41 7c 48 10 8d 00 00 00 00", a -> a.vector(VMOVUPS, 25, 0, Address.at(R13)));
        is("vmovups zmm25, [r13-128]", "62 41 7c 48 10 8d 80 ff ff ff",
                a -> a.vector(VMOVUPS, 25, 0, Address.at(R13, -128)));
        is("vmovups zmm25, [r15+128]", "62 41 7c 48 10 8f 80 00 00 00",
                a -> a.vector(VMOVUPS, 25, 0, Address.at(R15, 128)));
        is("vmovups zmm25, [rbx+r8*1]", "62 21 7c 48 10 0c 03", a -> a.vector(VMOVUPS, 25, 0, Address.at(RBX, R8, 1)));
        is("vmovups zmm25, [rbp+rcx*2]", "62 61 7c 48 10 8c 4d 00 00 00 00",
                a -> a.vector(VMOVUPS, 25, 0, Address.at(RBP, RCX, 2)));
        is("vmovups zmm25, [r13+r12*4]", "62 01 7c 48 10 8c a5 00 00 00 00",
                a -> a.vector(VMOVUPS, 25, 0, Address.at(R13, R12, 4)));
        is("vmovups zmm25, [rsp+r13*8+5]", "62 21 7c 48 10 8c ec 05 00 00 00",
                a -> a.vector(VMOVUPS, 25, 0, Address.at(RSP, R13, 8).plus(5)));
        is("vmovups zmm25, [r12+rax*1+70000]", "62 41 7c 48 10 8c 04 70 11 01 00",
                a -> a.vector(VMOVUPS, 25, 0, Address.at(R12, RAX, 1).plus(70000)));
    }

    @Test
    void integersAreEncoded() {
        is("mov rdi, r9", "4c 89 cf", a -> a.move(RDI, R9));
        is("mov r14, rax", "49 89 c6", a -> a.move(R14, RAX));
        is("mov rax, 7", "48 c7 c0 07 00 00 00", a -> a.moveConstant(RAX, 7));
        is("mov r11, -2", "49 c7 c3 fe ff ff ff", a -> a.moveConstant(R11, -2));
        is("rex mov ecx, [rdx]", "40 8b 0a", a -> a.loadInt(RCX, Address.at(RDX)));
        is("mov r10d, [r9+4]", "45 8b 51 04", a -> a.loadInt(R10, Address.at(R9, 4)));
        is("mov [rsp+8], r15", "4c 89 7c 24 08", a -> a.store(Address.at(RSP, 8), R15));
        is("mov [rdi], rbx", "48 89 1f", a -> a.store(Address.at(RDI), RBX));
        is("lea r11, [rbx+r8*2+5]", "4e 8d 5c 43 05", a -> a.loadAddress(R11, Address.at(RBX, R8, 2).plus(5)));
        is("add r15, rdx", "49 01 d7", a -> a.add(R15, RDX));
        is("add rbx, [rcx+64]", "48 03 59 40", a -> a.add(RBX, Address.at(RCX, 64)));
        is("sub rdx, r15", "4c 29 fa", a -> a.subtract(RDX, R15));
        is("add r12, 1000", "49 81 c4 e8 03 00 00", a -> a.addConstant(R12, 1000));
        is("add rsp, -70000", "48 81 c4 90 ee fe ff", a -> a.addConstant(RSP, -70000));
        is("and rdi, -4096", "48 81 e7 00 f0 ff ff", a -> a.andConstant(RDI, -4096));
        is("cmp r8, 300", "49 81 f8 2c 01 00 00", a -> a.compareConstant(R8, 300));
        is("cmp r13, [rcx+80]", "4c 3b 69 50", a -> a.compare(R13, Address.at(RCX, 80)));
        is("test r9, r9", "4d 85 c9", a -> a.test(R9, R9));
        is("test rax, rdx", "48 85 d0", a -> a.test(RAX, RDX));
        is("dec r13", "49 ff cd", a -> a.decrement(R13));
        is("dec rax", "48 ff c8", a -> a.decrement(RAX));
        is("shr r9, 3", "49 c1 e9 03", a -> a.shiftRight(R9, 3));
        is("xor r9, r9", "4d 31 c9", a -> a.xor(R9, R9));
        is("xor rcx, rdi", "48 31 f9", a -> a.xor(RCX, RDI));
        is("rex push rbx", "40 53", a -> a.push(RBX));
        is("push r15", "41 57", a -> a.push(R15));
        is("rex pop rbx", "40 5b", a -> a.pop(RBX));
        is("pop r12", "41 5c", a -> a.pop(R12));
        is("rex prefetcht0 [rax+64]", "40 0f 18 48 40", a -> a.prefetch(Address.at(RAX, 64)));
        is("prefetcht0 [rbx+r8+4096]", "42 0f 18 8c 03 00 10 00 00",
                a -> a.prefetch(Address.at(RBX, R8, 1).plus(4096)));
        is("cpuid", "0f a2", a -> a.processorIdentity());
        is("xgetbv", "0f 01 d0", a -> a.extendedControl());
        is("vzeroupper", "c5 f8 77", a -> a.clearUpperVectors());
        is("ret", "c3", a -> a.ret());
        is("kmovw k3, edx", "c5 f8 92 da", a -> a.moveMask(3, RDX));
        is("kmovw k1, eax", "c5 f8 92 c8", a -> a.moveMask(1, RAX));
    }

    @Test
    void vectorInstructionsOfThreeOperands() {
        is("vpxord zmm1, zmm2, zmm3", "62 f1 6d 48 ef cb", a -> a.vector(VPXORD, 1, 2, 3));
        is("vpxord zmm31, zmm18, zmm13", "62 41 6d 40 ef fd", a -> a.vector(VPXORD, 31, 18, 13));
        is("vpxord zmm12, zmm25, [rbx+64]", "62 71 35 40 ef a3 40 00 00 00",
                a -> a.vector(VPXORD, 12, 25, Address.at(RBX, 64)));
        is("vpandd zmm1, zmm2, zmm3", "62 f1 6d 48 db cb", a -> a.vector(VPANDD, 1, 2, 3));
        is("vpandd zmm31, zmm18, zmm13", "62 41 6d 40 db fd", a -> a.vector(VPANDD, 31, 18, 13));
        is("vpandd zmm12, zmm25, [r12+r8*2]", "62 11 35 40 db 24 44",
                a -> a.vector(VPANDD, 12, 25, Address.at(R12, R8, 2)));
        is("vpord zmm1, zmm2, zmm3", "62 f1 6d 48 eb cb", a -> a.vector(VPORD, 1, 2, 3));
        is("vpord zmm31, zmm18, zmm13", "62 41 6d 40 eb fd", a -> a.vector(VPORD, 31, 18, 13));
        is("vpord zmm12, zmm25, [rsp+512]", "62 71 35 40 eb a4 24 00 02 00 00",
                a -> a.vector(VPORD, 12, 25, Address.at(RSP, 512)));
        is("vpsubd zmm1, zmm2, zmm3", "62 f1 6d 48 fa cb", a -> a.vector(VPSUBD, 1, 2, 3));
        is("vpsubd zmm31, zmm18, zmm13", "62 41 6d 40 fa fd", a -> a.vector(VPSUBD, 31, 18, 13));
        is("vpsubd zmm12, zmm25, [rbp+r13*1+3]", "62 31 35 40 fa a4 2d 03 00 00 00",
                a -> a.vector(VPSUBD, 12, 25, Address.at(RBP, R13, 1).plus(3)));
        is("vpmullw zmm1, zmm2, zmm3", "62 f1 6d 48 d5 cb", a -> a.vector(VPMULLW, 1, 2, 3));
        is("vpmullw zmm31, zmm18, zmm13", "62 41 6d 40 d5 fd", a -> a.vector(VPMULLW, 31, 18, 13));
        is("vpmullw zmm12, zmm25, [rbx+64]", "62 71 35 40 d5 a3 40 00 00 00",
                a -> a.vector(VPMULLW, 12, 25, Address.at(RBX, 64)));
        is("vpmulhuw zmm1, zmm2, zmm3", "62 f1 6d 48 e4 cb", a -> a.vector(VPMULHUW, 1, 2, 3));
        is("vpmulhuw zmm31, zmm18, zmm13", "62 41 6d 40 e4 fd", a -> a.vector(VPMULHUW, 31, 18, 13));
        is("vpmulhuw zmm12, zmm25, [r12+r8*2]", "62 11 35 40 e4 24 44",
                a -> a.vector(VPMULHUW, 12, 25, Address.at(R12, R8, 2)));
        is("vpsubb zmm1, zmm2, zmm3", "62 f1 6d 48 f8 cb", a -> a.vector(VPSUBB, 1, 2, 3));
        is("vpsubb zmm31, zmm18, zmm13", "62 41 6d 40 f8 fd", a -> a.vector(VPSUBB, 31, 18, 13));
        is("vpsubb zmm12, zmm25, [rsp+512]", "62 71 35 40 f8 a4 24 00 02 00 00",
                a -> a.vector(VPSUBB, 12, 25, Address.at(RSP, 512)));
        is("vaddps zmm1, zmm2, zmm3", "62 f1 6c 48 58 cb", a -> a.vector(VADDPS, 1, 2, 3));
        is("vaddps zmm31, zmm18, zmm13", "62 41 6c 40 58 fd", a -> a.vector(VADDPS, 31, 18, 13));
        is("vaddps zmm12, zmm25, [rbp+r13*1+3]", "62 31 34 40 58 a4 2d 03 00 00 00",
                a -> a.vector(VADDPS, 12, 25, Address.at(RBP, R13, 1).plus(3)));
        is("vmulps zmm1, zmm2, zmm3", "62 f1 6c 48 59 cb", a -> a.vector(VMULPS, 1, 2, 3));
        is("vmulps zmm31, zmm18, zmm13", "62 41 6c 40 59 fd", a -> a.vector(VMULPS, 31, 18, 13));
        is("vmulps zmm12, zmm25, [rbx+64]", "62 71 34 40 59 a3 40 00 00 00",
                a -> a.vector(VMULPS, 12, 25, Address.at(RBX, 64)));
        is("vsubps zmm1, zmm2, zmm3", "62 f1 6c 48 5c cb", a -> a.vector(VSUBPS, 1, 2, 3));
        is("vsubps zmm31, zmm18, zmm13", "62 41 6c 40 5c fd", a -> a.vector(VSUBPS, 31, 18, 13));
        is("vsubps zmm12, zmm25, [r12+r8*2]", "62 11 34 40 5c 24 44",
                a -> a.vector(VSUBPS, 12, 25, Address.at(R12, R8, 2)));
        is("vfmadd231ps zmm1, zmm2, zmm3", "62 f2 6d 48 b8 cb", a -> a.vector(VFMADD231PS, 1, 2, 3));
        is("vfmadd231ps zmm31, zmm18, zmm13", "62 42 6d 40 b8 fd", a -> a.vector(VFMADD231PS, 31, 18, 13));
        is("vfmadd231ps zmm12, zmm25, [rsp+512]", "62 72 35 40 b8 a4 24 00 02 00 00",
                a -> a.vector(VFMADD231PS, 12, 25, Address.at(RSP, 512)));
        is("vfmadd213ps zmm1, zmm2, zmm3", "62 f2 6d 48 a8 cb", a -> a.vector(VFMADD213PS, 1, 2, 3));
        is("vfmadd213ps zmm31, zmm18, zmm13", "62 42 6d 40 a8 fd", a -> a.vector(VFMADD213PS, 31, 18, 13));
        is("vfmadd213ps zmm12, zmm25, [rbp+r13*1+3]", "62 32 35 40 a8 a4 2d 03 00 00 00",
                a -> a.vector(VFMADD213PS, 12, 25, Address.at(RBP, R13, 1).plus(3)));
        is("vfmsub213ps zmm1, zmm2, zmm3", "62 f2 6d 48 aa cb", a -> a.vector(VFMSUB213PS, 1, 2, 3));
        is("vfmsub213ps zmm31, zmm18, zmm13", "62 42 6d 40 aa fd", a -> a.vector(VFMSUB213PS, 31, 18, 13));
        is("vfmsub213ps zmm12, zmm25, [rbx+64]", "62 72 35 40 aa a3 40 00 00 00",
                a -> a.vector(VFMSUB213PS, 12, 25, Address.at(RBX, 64)));
        is("vpermps zmm1, zmm2, zmm3", "62 f2 6d 48 16 cb", a -> a.vector(VPERMPS, 1, 2, 3));
        is("vpermps zmm31, zmm18, zmm13", "62 42 6d 40 16 fd", a -> a.vector(VPERMPS, 31, 18, 13));
        is("vpermps zmm12, zmm25, [r12+r8*2]", "62 12 35 40 16 24 44",
                a -> a.vector(VPERMPS, 12, 25, Address.at(R12, R8, 2)));
        is("vpermd zmm1, zmm2, zmm3", "62 f2 6d 48 36 cb", a -> a.vector(VPERMD, 1, 2, 3));
        is("vpermd zmm31, zmm18, zmm13", "62 42 6d 40 36 fd", a -> a.vector(VPERMD, 31, 18, 13));
        is("vpermd zmm12, zmm25, [rsp+512]", "62 72 35 40 36 a4 24 00 02 00 00",
                a -> a.vector(VPERMD, 12, 25, Address.at(RSP, 512)));
        is("vpermilps zmm1, zmm2, zmm3", "62 f2 6d 48 0c cb", a -> a.vector(VPERMILPS, 1, 2, 3));
        is("vpermilps zmm31, zmm18, zmm13", "62 42 6d 40 0c fd", a -> a.vector(VPERMILPS, 31, 18, 13));
        is("vpermilps zmm12, zmm25, [rbp+r13*1+3]", "62 32 35 40 0c a4 2d 03 00 00 00",
                a -> a.vector(VPERMILPS, 12, 25, Address.at(RBP, R13, 1).plus(3)));
        is("vpermt2ps zmm1, zmm2, zmm3", "62 f2 6d 48 7f cb", a -> a.vector(VPERMT2PS, 1, 2, 3));
        is("vpermt2ps zmm31, zmm18, zmm13", "62 42 6d 40 7f fd", a -> a.vector(VPERMT2PS, 31, 18, 13));
        is("vpermt2ps zmm12, zmm25, [rbx+64]", "62 72 35 40 7f a3 40 00 00 00",
                a -> a.vector(VPERMT2PS, 12, 25, Address.at(RBX, 64)));
        is("vpermi2ps zmm1, zmm2, zmm3", "62 f2 6d 48 77 cb", a -> a.vector(VPERMI2PS, 1, 2, 3));
        is("vpermi2ps zmm31, zmm18, zmm13", "62 42 6d 40 77 fd", a -> a.vector(VPERMI2PS, 31, 18, 13));
        is("vpermi2ps zmm12, zmm25, [r12+r8*2]", "62 12 35 40 77 24 44",
                a -> a.vector(VPERMI2PS, 12, 25, Address.at(R12, R8, 2)));
        is("vpsrlvd zmm1, zmm2, zmm3", "62 f2 6d 48 45 cb", a -> a.vector(VPSRLVD, 1, 2, 3));
        is("vpsrlvd zmm31, zmm18, zmm13", "62 42 6d 40 45 fd", a -> a.vector(VPSRLVD, 31, 18, 13));
        is("vpsrlvd zmm12, zmm25, [rsp+512]", "62 72 35 40 45 a4 24 00 02 00 00",
                a -> a.vector(VPSRLVD, 12, 25, Address.at(RSP, 512)));
        is("vpsllvd zmm1, zmm2, zmm3", "62 f2 6d 48 47 cb", a -> a.vector(VPSLLVD, 1, 2, 3));
        is("vpsllvd zmm31, zmm18, zmm13", "62 42 6d 40 47 fd", a -> a.vector(VPSLLVD, 31, 18, 13));
        is("vpsllvd zmm12, zmm25, [rbp+r13*1+3]", "62 32 35 40 47 a4 2d 03 00 00 00",
                a -> a.vector(VPSLLVD, 12, 25, Address.at(RBP, R13, 1).plus(3)));
        is("vprolvd zmm1, zmm2, zmm3", "62 f2 6d 48 15 cb", a -> a.vector(VPROLVD, 1, 2, 3));
        is("vprolvd zmm31, zmm18, zmm13", "62 42 6d 40 15 fd", a -> a.vector(VPROLVD, 31, 18, 13));
        is("vprolvd zmm12, zmm25, [rbx+64]", "62 72 35 40 15 a3 40 00 00 00",
                a -> a.vector(VPROLVD, 12, 25, Address.at(RBX, 64)));
        is("vscalefps zmm1, zmm2, zmm3", "62 f2 6d 48 2c cb", a -> a.vector(VSCALEFPS, 1, 2, 3));
        is("vscalefps zmm31, zmm18, zmm13", "62 42 6d 40 2c fd", a -> a.vector(VSCALEFPS, 31, 18, 13));
        is("vscalefps zmm12, zmm25, [r12+r8*2]", "62 12 35 40 2c 24 44",
                a -> a.vector(VSCALEFPS, 12, 25, Address.at(R12, R8, 2)));
        is("vunpcklps zmm1, zmm2, zmm3", "62 f1 6c 48 14 cb", a -> a.vector(VUNPCKLPS, 1, 2, 3));
        is("vunpcklps zmm31, zmm18, zmm13", "62 41 6c 40 14 fd", a -> a.vector(VUNPCKLPS, 31, 18, 13));
        is("vunpcklps zmm12, zmm25, [rsp+512]", "62 71 34 40 14 a4 24 00 02 00 00",
                a -> a.vector(VUNPCKLPS, 12, 25, Address.at(RSP, 512)));
        is("vunpckhps zmm1, zmm2, zmm3", "62 f1 6c 48 15 cb", a -> a.vector(VUNPCKHPS, 1, 2, 3));
        is("vunpckhps zmm31, zmm18, zmm13", "62 41 6c 40 15 fd", a -> a.vector(VUNPCKHPS, 31, 18, 13));
        is("vunpckhps zmm12, zmm25, [rbp+r13*1+3]", "62 31 34 40 15 a4 2d 03 00 00 00",
                a -> a.vector(VUNPCKHPS, 12, 25, Address.at(RBP, R13, 1).plus(3)));
        is("vunpcklpd zmm1, zmm2, zmm3", "62 f1 ed 48 14 cb", a -> a.vector(VUNPCKLPD, 1, 2, 3));
        is("vunpcklpd zmm31, zmm18, zmm13", "62 41 ed 40 14 fd", a -> a.vector(VUNPCKLPD, 31, 18, 13));
        is("vunpcklpd zmm12, zmm25, [rbx+64]", "62 71 b5 40 14 a3 40 00 00 00",
                a -> a.vector(VUNPCKLPD, 12, 25, Address.at(RBX, 64)));
        is("vunpckhpd zmm1, zmm2, zmm3", "62 f1 ed 48 15 cb", a -> a.vector(VUNPCKHPD, 1, 2, 3));
        is("vunpckhpd zmm31, zmm18, zmm13", "62 41 ed 40 15 fd", a -> a.vector(VUNPCKHPD, 31, 18, 13));
        is("vunpckhpd zmm12, zmm25, [r12+r8*2]", "62 11 b5 40 15 24 44",
                a -> a.vector(VUNPCKHPD, 12, 25, Address.at(R12, R8, 2)));
    }

    @Test
    void elementsInMemoryForAllLanes() {
        is("vmulps zmm29, zmm15, dword ptr [rsp+512]{1to16}", "62 61 04 58 59 ac 24 00 02 00 00",
                a -> a.broadcast(VMULPS, 29, 15, Address.at(RSP, 512)));
        is("vfmadd213ps zmm29, zmm15, dword ptr [rbp+r13*1+3]{1to16}", "62 22 05 58 a8 ac 2d 03 00 00 00",
                a -> a.broadcast(VFMADD213PS, 29, 15, Address.at(RBP, R13, 1).plus(3)));
        is("vfmsub213ps zmm29, zmm15, dword ptr [rbx+64]{1to16}", "62 62 05 58 aa ab 40 00 00 00",
                a -> a.broadcast(VFMSUB213PS, 29, 15, Address.at(RBX, 64)));
        is("vfmadd231ps zmm29, zmm15, dword ptr [r12+r8*2]{1to16}", "62 02 05 58 b8 2c 44",
                a -> a.broadcast(VFMADD231PS, 29, 15, Address.at(R12, R8, 2)));
        is("vptestmd k2, zmm17, dword ptr [rsp+512]{1to16}", "62 f2 75 50 27 94 24 00 02 00 00",
                a -> a.broadcast(VPTESTMD, 2, 17, Address.at(RSP, 512)));
        is("vptestmd k2, zmm7, zmm30", "62 92 45 48 27 d6", a -> a.vector(VPTESTMD, 2, 7, 30));
    }

    @Test
    void immediateBytes() {
        is("vpternlogd zmm1, zmm2, zmm3, 0xea", "62 f3 6d 48 25 cb ea", a -> a.immediate(VPTERNLOGD, 1, 2, 3, 0xEA));
        is("vpternlogd zmm31, zmm18, zmm13, 0x4e", "62 43 6d 40 25 fd 4e",
                a -> a.immediate(VPTERNLOGD, 31, 18, 13, 0x4E));
        is("vshuff32x4 zmm1, zmm2, zmm3, 0xea", "62 f3 6d 48 23 cb ea", a -> a.immediate(VSHUFF32X4, 1, 2, 3, 0xEA));
        is("vshuff32x4 zmm31, zmm18, zmm13, 0x4e", "62 43 6d 40 23 fd 4e",
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
        is("vextracti32x4 xmm5, ymm22, 1", "62 e3 7d 28 39 f5 01", a -> a.extract(5, 22, 1));
        is("vextracti32x4 xmm5, ymm2, 0", "62 f3 7d 28 39 d5 00", a -> a.extract(5, 2, 0));
    }

    @Test
    void vectorInstructionsOfTwoOperands() {
        is("vmovups zmm1, zmm3", "62 f1 7c 48 10 cb", a -> a.vector(VMOVUPS, 1, 0, 3));
        is("vmovups zmm30, zmm17", "62 21 7c 48 10 f1", a -> a.vector(VMOVUPS, 30, 0, 17));
        is("vmovups zmm12, [rbp+r13*1+3]", "62 31 7c 48 10 a4 2d 03 00 00 00",
                a -> a.vector(VMOVUPS, 12, 0, Address.at(RBP, R13, 1).plus(3)));
        is("vmovdqu32 zmm1, zmm3", "62 f1 7e 48 6f cb", a -> a.vector(VMOVDQU32, 1, 0, 3));
        is("vmovdqu32 zmm30, zmm17", "62 21 7e 48 6f f1", a -> a.vector(VMOVDQU32, 30, 0, 17));
        is("vmovdqu32 zmm12, [rbx+64]", "62 71 7e 48 6f a3 40 00 00 00",
                a -> a.vector(VMOVDQU32, 12, 0, Address.at(RBX, 64)));
        is("vmovdqu8 zmm1, zmm3", "62 f1 7f 48 6f cb", a -> a.vector(VMOVDQU8, 1, 0, 3));
        is("vmovdqu8 zmm30, zmm17", "62 21 7f 48 6f f1", a -> a.vector(VMOVDQU8, 30, 0, 17));
        is("vmovdqu8 zmm12, [r12+r8*2]", "62 11 7f 48 6f 24 44",
                a -> a.vector(VMOVDQU8, 12, 0, Address.at(R12, R8, 2)));
        is("vmovdqu16 zmm1, zmm3", "62 f1 ff 48 6f cb", a -> a.vector(VMOVDQU16, 1, 0, 3));
        is("vmovdqu16 zmm30, zmm17", "62 21 ff 48 6f f1", a -> a.vector(VMOVDQU16, 30, 0, 17));
        is("vmovdqu16 zmm12, [rsp+512]", "62 71 ff 48 6f a4 24 00 02 00 00",
                a -> a.vector(VMOVDQU16, 12, 0, Address.at(RSP, 512)));
        is("vcvtdq2ps zmm1, zmm3", "62 f1 7c 48 5b cb", a -> a.vector(VCVTDQ2PS, 1, 0, 3));
        is("vcvtdq2ps zmm30, zmm17", "62 21 7c 48 5b f1", a -> a.vector(VCVTDQ2PS, 30, 0, 17));
        is("vcvtdq2ps zmm12, [rbp+r13*1+3]", "62 31 7c 48 5b a4 2d 03 00 00 00",
                a -> a.vector(VCVTDQ2PS, 12, 0, Address.at(RBP, R13, 1).plus(3)));
        is("vcvtph2ps zmm1, ymm3", "62 f2 7d 48 13 cb", a -> a.vector(VCVTPH2PS, 1, 0, 3));
        is("vcvtph2ps zmm30, ymm17", "62 22 7d 48 13 f1", a -> a.vector(VCVTPH2PS, 30, 0, 17));
        is("vcvtph2ps zmm12, [rbx+64]", "62 72 7d 48 13 a3 40 00 00 00",
                a -> a.vector(VCVTPH2PS, 12, 0, Address.at(RBX, 64)));
        is("vpmovzxbd zmm1, xmm3", "62 f2 7d 48 31 cb", a -> a.vector(VPMOVZXBD, 1, 0, 3));
        is("vpmovzxbd zmm30, xmm17", "62 22 7d 48 31 f1", a -> a.vector(VPMOVZXBD, 30, 0, 17));
        is("vpmovzxbd zmm12, [r12+r8*2]", "62 12 7d 48 31 24 44",
                a -> a.vector(VPMOVZXBD, 12, 0, Address.at(R12, R8, 2)));
        is("vpmovsxbd zmm1, xmm3", "62 f2 7d 48 21 cb", a -> a.vector(VPMOVSXBD, 1, 0, 3));
        is("vpmovsxbd zmm30, xmm17", "62 22 7d 48 21 f1", a -> a.vector(VPMOVSXBD, 30, 0, 17));
        is("vpmovsxbd zmm12, [rsp+512]", "62 72 7d 48 21 a4 24 00 02 00 00",
                a -> a.vector(VPMOVSXBD, 12, 0, Address.at(RSP, 512)));
        is("vpmovzxwd zmm1, ymm3", "62 f2 7d 48 33 cb", a -> a.vector(VPMOVZXWD, 1, 0, 3));
        is("vpmovzxwd zmm30, ymm17", "62 22 7d 48 33 f1", a -> a.vector(VPMOVZXWD, 30, 0, 17));
        is("vpmovzxwd zmm12, [rbp+r13*1+3]", "62 32 7d 48 33 a4 2d 03 00 00 00",
                a -> a.vector(VPMOVZXWD, 12, 0, Address.at(RBP, R13, 1).plus(3)));
        is("vbroadcastss zmm1, xmm3", "62 f2 7d 48 18 cb", a -> a.vector(VBROADCASTSS, 1, 0, 3));
        is("vbroadcastss zmm30, xmm17", "62 22 7d 48 18 f1", a -> a.vector(VBROADCASTSS, 30, 0, 17));
        is("vbroadcastss zmm12, [rbx+64]", "62 72 7d 48 18 a3 40 00 00 00",
                a -> a.vector(VBROADCASTSS, 12, 0, Address.at(RBX, 64)));
        is("vpbroadcastd zmm1, xmm3", "62 f2 7d 48 58 cb", a -> a.vector(VPBROADCASTD, 1, 0, 3));
        is("vpbroadcastd zmm30, xmm17", "62 22 7d 48 58 f1", a -> a.vector(VPBROADCASTD, 30, 0, 17));
        is("vpbroadcastd zmm12, [r12+r8*2]", "62 12 7d 48 58 24 44",
                a -> a.vector(VPBROADCASTD, 12, 0, Address.at(R12, R8, 2)));
        is("vpbroadcastw zmm1, xmm3", "62 f2 7d 48 79 cb", a -> a.vector(VPBROADCASTW, 1, 0, 3));
        is("vpbroadcastw zmm30, xmm17", "62 22 7d 48 79 f1", a -> a.vector(VPBROADCASTW, 30, 0, 17));
        is("vpbroadcastw zmm12, [rsp+512]", "62 72 7d 48 79 a4 24 00 02 00 00",
                a -> a.vector(VPBROADCASTW, 12, 0, Address.at(RSP, 512)));
        is("vpbroadcastb zmm1, xmm3", "62 f2 7d 48 78 cb", a -> a.vector(VPBROADCASTB, 1, 0, 3));
        is("vpbroadcastb zmm30, xmm17", "62 22 7d 48 78 f1", a -> a.vector(VPBROADCASTB, 30, 0, 17));
        is("vpbroadcastb zmm12, [rbp+r13*1+3]", "62 32 7d 48 78 a4 2d 03 00 00 00",
                a -> a.vector(VPBROADCASTB, 12, 0, Address.at(RBP, R13, 1).plus(3)));
        is("vbroadcasti32x4 zmm12, [rbx+64]", "62 72 7d 48 5a a3 40 00 00 00",
                a -> a.vector(VBROADCASTI32X4, 12, 0, Address.at(RBX, 64)));
        is("vbroadcasti64x4 zmm12, [r12+r8*2]", "62 12 fd 48 5b 24 44",
                a -> a.vector(VBROADCASTI64X4, 12, 0, Address.at(R12, R8, 2)));
        is("vpbroadcastd zmm21, eax", "62 e2 7d 48 7c e8", a -> a.vector(VPBROADCASTD_FROM_INTEGER, 21, 0, RAX));
    }

    @Test
    void storesNarrowVectorsAndMasks() {
        is("vmovups [rsp+512], zmm17", "62 e1 7c 48 11 8c 24 00 02 00 00",
                a -> a.vector(VMOVUPS_STORE, 17, 0, Address.at(RSP, 512)));
        is("vmovdqu32 [rbp+r13*1+3], zmm17", "62 a1 7e 48 7f 8c 2d 03 00 00 00",
                a -> a.vector(VMOVDQU32_STORE, 17, 0, Address.at(RBP, R13, 1).plus(3)));
        is("vmovss dword ptr [r14+rax*4], xmm24", "62 41 7e 08 11 04 86",
                a -> a.narrow(VMOVSS_STORE, 128, 24, 0, Address.at(R14, RAX, 4)));
        is("vmovss xmm13, dword ptr [r14]", "62 51 7e 08 10 2e", a -> a.narrow(VMOVSS, 128, 13, 0, Address.at(R14)));
        is("vpbroadcastw ymm13, word ptr [r9]", "62 52 7d 28 79 29",
                a -> a.narrow(VPBROADCASTW, 256, 13, 0, Address.at(R9)));
        is("vpbroadcastd ymm21, dword ptr [rbx+r8]", "62 a2 7d 28 58 2c 03",
                a -> a.narrow(VPBROADCASTD, 256, 21, 0, Address.at(RBX, R8, 1)));
        is("vmovups zmm25{k2}{z}, [rax]", "62 61 7c ca 10 08", a -> a.masked(VMOVUPS, 2, 25, Address.at(RAX), true));
        is("vmovups [rax]{k2}, zmm25", "62 61 7c 4a 11 08",
                a -> a.masked(VMOVUPS_STORE, 2, 25, Address.at(RAX), false));
        is("vmovdqu16 zmm4{k1}{z}, [r13+r12*2+64]", "62 91 ff c9 6f a4 65 40 00 00 00",
                a -> a.masked(VMOVDQU16, 1, 4, Address.at(R13, R12, 2).plus(64), true));
        is("vpermps zmm4{k2}, zmm13, zmm29", "62 92 15 4a 16 e5", a -> a.merge(VPERMPS, 512, 2, 4, 13, 29));
        is("vpermps zmm31{k7}, zmm18, zmm2", "62 62 6d 47 16 fa", a -> a.merge(VPERMPS, 512, 7, 31, 18, 2));
    }

    @Test
    void jumpsGoForwardsAndBackwards() {
        Assembler assembler = new Assembler();
        Assembler.Label behind = new Assembler.Label();
        Assembler.Label before = assembler.here();
        assembler.jump(behind);
        assembler.jump(Assembler.NOT_EQUAL, before);
        assembler.jump(Assembler.EQUAL, behind);
        assembler.jump(Assembler.LESS, before);
        assembler.bind(behind);
        assembler.ret();
        assertThat(hex(assembler.finish()))
                .startsWith("e9 12 00 00 00 0f 85 f5 ff ff ff 0f 84 06 00 00 00 0f 8c e9 ff ff ff c3");
    }

    @Test
    void constantsLieBehindTheCodeAtAMultipleOf64() {
        Assembler assembler = new Assembler();
        int[] ones = new int[16];
        Arrays.fill(ones, 1);
        int[] twos = new int[16];
        Arrays.fill(twos, 2);
        assembler.loadPool(R15);
        assertThat(assembler.constant(ones)).isEqualTo(0);
        assertThat(assembler.constant(twos)).isEqualTo(64);
        assertThat(assembler.constant(ones.clone())).as("the same again").isEqualTo(0);
        byte[] code = assembler.finish();
        assertThat(code).hasSize(3 * 64);
        // lea r15, [rip + 57], the instruction being seven bytes long
        assertThat(hex(code)).startsWith("4c 8d 3d 39 00 00 00 cc");
        assertThat(code[64]).isEqualTo((byte) 1);
        assertThat(code[128]).isEqualTo((byte) 2);
    }

    @Test
    void aJumpToNowhereIsRefused() {
        Assembler assembler = new Assembler();
        assembler.ret();
        assembler.jump(new Assembler.Label());
        assertThatThrownBy(assembler::finish)
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("a jump at byte 2 goes nowhere");
    }

    @Test
    void aMaskFromAnUpperRegisterIsRefused() {
        assertThatThrownBy(() -> new Assembler().moveMask(1, R8))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("first eight registers");
    }
}
