package dev.vesper.tensor.x86;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HexFormat;
import java.util.function.Consumer;

/**
 * The bytes of instructions against those that the GNU assembler gives (2.40, from the text beside them; where it has a
 * choice, told to take a displacement of 32 bits, the EVEX prefix or a REX prefix).
 */
final class Encoding {
    private static final HexFormat HEX = HexFormat.ofDelimiter(" ");

    private Encoding() {}

    static void is(String text, String expected, Consumer<Assembler> instruction) {
        Assembler assembler = new Assembler();
        instruction.accept(assembler);
        String code = hex(assembler.finish());
        int length = expected.length();
        assertThat(code.substring(0, length)).as(text).isEqualTo(expected);
        assertThat(code.substring(length)).as("what follows %s", text).matches("( cc)*");
    }

    static String hex(byte[] code) {
        return HEX.formatHex(code);
    }
}
