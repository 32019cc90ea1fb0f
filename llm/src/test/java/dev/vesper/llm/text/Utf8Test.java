package dev.vesper.llm.text;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class Utf8Test {
    /** The examples of the Unicode Standard, tables 3-8 to 3-11; ? stands for U+FFFD. */
    @ParameterizedTest
    @CsvSource({
        "C0AFE080BFF0818241, ????????A",
        "EDA080EDBFBFEDAF41, ????????A",
        "F4919293FF4180BF42, ?????A??B",
        "E180E2F09192F1BF41, ????A"
    })
    void brokenCharactersAreReplacedAsTheStandardRecommends(String hex, String expected) {
        byte[] bytes = HexFormat.of().parseHex(hex);
        assertThat(Utf8.decode(bytes, 0, bytes.length)).isEqualTo(expected.replace('?', '\uFFFD'));
    }

    @Test
    void decodesLikeJavaExceptForEncodedSurrogates() {
        Random random = new Random(59);
        for (int i = 0; i < 20_000; i++) {
            byte[] bytes = RandomText.next(random, i % 3);
            for (int at = 0; at < bytes.length; at++) {
                bytes[at] = i % 3 == 2 && bytes[at] == (byte) 0xED ? (byte) 0xEC : bytes[at];
            }
            int end = random.nextInt(bytes.length + 1);
            assertThat(Utf8.decode(bytes, 0, end)).isEqualTo(new String(bytes, 0, end, StandardCharsets.UTF_8));
        }
    }

    @Test
    void theTailIsWhatMayStillBecomeACharacter() {
        for (String character : new String[] {"a", "é", "日", "🦙", "\uD7FF", "\uE000", "\u0800", "\uDBFF\uDFFF"}) {
            byte[] bytes = ("x" + character).getBytes(StandardCharsets.UTF_8);
            for (int length = 1; length <= bytes.length; length++) {
                assertThat(Utf8.incompleteTail(bytes, length)).isEqualTo(length == bytes.length ? 0 : length - 1);
            }
        }
        assertThat(Utf8.incompleteTail(new byte[] {(byte) 0xE0, (byte) 0x80}, 2)).isZero();
    }
}
