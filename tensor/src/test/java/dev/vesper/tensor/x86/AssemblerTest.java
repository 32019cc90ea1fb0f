package dev.vesper.tensor.x86;

import static dev.vesper.tensor.x86.Assembler.R10;
import static dev.vesper.tensor.x86.Assembler.R11;
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
import static dev.vesper.tensor.x86.Assembler.RDI;
import static dev.vesper.tensor.x86.Assembler.RDX;
import static dev.vesper.tensor.x86.Assembler.RSP;
import static dev.vesper.tensor.x86.Encoding.hex;
import static dev.vesper.tensor.x86.Encoding.is;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** Integer instructions, addresses, jumps and constants. */
class AssemblerTest {
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
        is(
                "mov r9, [r12+rax*1+70000]",
                "4d 8b 8c 04 70 11 01 00",
                a -> a.load(R9, Address.at(R12, RAX, 1).plus(70000)));
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
        is(
                "prefetcht0 [rbx+r8+4096]",
                "42 0f 18 8c 03 00 10 00 00",
                a -> a.prefetch(Address.at(RBX, R8, 1).plus(4096)));
        is("cpuid", "0f a2", a -> a.processorIdentity());
        is("xgetbv", "0f 01 d0", a -> a.extendedControl());
        is("vzeroupper", "c5 f8 77", a -> a.clearUpperVectors());
        is("ret", "c3", a -> a.ret());
        is("kmovd k3, edx", "c5 fb 92 da", a -> a.moveMask(3, RDX));
        is("kmovd k1, eax", "c5 fb 92 c8", a -> a.moveMask(1, RAX));
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
