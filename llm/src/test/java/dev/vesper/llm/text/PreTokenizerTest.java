package dev.vesper.llm.text;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** How the published patterns read; the fixtures hold the same against other engines for the first three. */
class PreTokenizerTest {
    private static List<String> words(String name, String text) {
        List<String> words = new ArrayList<>();
        PreTokenizer.named(name).split(text, (from, to) -> words.add(text.substring(from, to)));
        assertThat(String.join("", words)).isEqualTo(text);
        return words;
    }

    @Test
    void gpt2KeepsOneSpaceWithEachWordAndNumbersWhole() {
        assertThat(words("gpt-2", "Hello  world's 12345!?\n\n x"))
                .containsExactly("Hello", " ", " world", "'s", " 12345", "!?", "\n\n", " x");
        assertThat(words("gpt-2", "IT'S  ")).containsExactly("IT", "'", "S", "  ");
    }

    @Test
    void starcoderTakesDigitsOneByOne() {
        assertThat(words("starcoder", "x 42 y")).containsExactly("x", " ", "4", "2", " y");
    }

    @Test
    void deepSeekCoderSeparatesLineEndsAndPunctuation() {
        assertThat(words("deepseek-coder", "f(x1)\n\n  日本"))
                .containsExactly("f", "(", "x", "1", ")", "\n", "\n", " ", " ", "日本");
    }

    @Test
    void llama3TakesThreeDigitsAndOneSignBeforeLettersAndLineEndsAfterSigns() {
        assertThat(words("llama-bpe", "(Hello 12345 IT'S!\n\n  x\n \n y"))
                .containsExactly("(Hello", " ", "123", "45", " IT", "'S", "!\n\n", " ", " x", "\n \n", " y");
    }

    @Test
    void qwen2IsLlama3WithSingleDigits() {
        assertThat(words("qwen2", "a 123\r\n b")).containsExactly("a", " ", "1", "2", "3", "\r\n", " b");
    }

    @Test
    void allWhiteSpaceOfUnicodeCountsAsSpace() {
        assertThat(words("gpt-2", "a\u3000\u00A0b")).containsExactly("a", "\u3000", "\u00A0", "b");
    }

    @Test
    void bytesThatAreNoCharacterAreSigns() {
        String text = Utf8.escape(new byte[] {'a', (byte) 0xFF, (byte) 0xE2, 'b', ' ', (byte) 0x80});
        assertThat(words("gpt-2", text)).containsExactly("a", "\uDCFF\uDCE2", "b", " \uDC80");
        assertThat(Utf8.escapedLength(text, 0, text.length())).isEqualTo(6);
        assertThat(Utf8.escapedLength("aé日🦙", 0, 5)).isEqualTo(10);
    }
}
