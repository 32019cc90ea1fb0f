package dev.vesper.tensor.quant;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vesper.tensor.Format;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CodebookFileTest {
    private static final byte[] WHOLE = CodebookFile.bytes(SyntheticCodebooks.all());
    private static final Path HOME = Path.of("/home/user").toAbsolutePath();

    @TempDir
    private Path folder;

    @Test
    void whatIsWrittenIsRead() {
        Codebooks read = CodebookFile.parse(WHOLE, "file");
        assertThat(read.all()).hasSize(6);
        for (Codebook codebook : read.all()) {
            assertThat(codebook.bytes()).isEqualTo(SyntheticCodebooks.of(codebook.table()).bytes());
        }
    }

    @Test
    void aFileCanHaveSome() {
        Codebooks some = Codebooks.of(List.of(SyntheticCodebooks.of(CodebookTable.IQ2_S)));
        Codebooks read = CodebookFile.parse(CodebookFile.bytes(some), "file");
        assertThat(read.of(CodebookTable.IQ2_S)).isPresent();
        assertThat(read.of(CodebookTable.IQ1)).isEmpty();
    }

    @Test
    void theFileIsLaidOutAsDrawn() {
        byte[] file = CodebookFile.bytes(Codebooks.of(List.of(SyntheticCodebooks.of(CodebookTable.IQ3_S))));
        assertThat(Arrays.copyOf(file, 30)).containsExactly(
                'V', 'E', 'S', 'P', 'E', 'R', 'C', 'B', 1, 0, 0, 0, 1, 0, 0, 0, // version, tables
                5, 'I', 'Q', '3', '_', 'S', 0, 2, 0, 0, 4, 0, 0, 0); // 512 points of 4
        assertThat(file).hasSize(30 + 32 + 512 * 4);
    }

    @ParameterizedTest
    @CsvSource({"0", "7", "15", "16", "17", "40", "100", "3000", "30000"})
    void aCutFileIsRefused(int size) {
        assertThatThrownBy(() -> CodebookFile.parse(Arrays.copyOf(WHOLE, size), "the-file"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("the-file: codebooks, byte ");
    }

    @ParameterizedTest
    @CsvSource({
        "0, expected the letters VESPERCB", "8, expected version 1", "12, expected at most 6 tables",
        "17, expected a table of", "24, expected 256 points of 8", "40, with the SHA-256", "100, with the SHA-256"
    })
    void aChangedByteIsRefused(int at, String message) {
        byte[] changed = WHOLE.clone();
        changed[at] ^= 0x40;
        assertThatThrownBy(() -> CodebookFile.parse(changed, "the-file"))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageStartingWith("the-file: ")
                .hasMessageContaining(message);
    }

    @Test
    void bytesBehindTheEndAreRefused() {
        assertThatThrownBy(() -> CodebookFile.parse(Arrays.copyOf(WHOLE, WHOLE.length + 3), "the-file"))
                .hasMessageContaining("expected the end, found 3 bytes more");
    }

    @Test
    void pointsThatCannotBeAreRefused() {
        byte[] points = SyntheticCodebooks.of(CodebookTable.IQ1).bytes();
        byte[] twice = points.clone();
        System.arraycopy(twice, 0, twice, 8, 8);
        assertThatThrownBy(() -> Codebook.of(CodebookTable.IQ1, twice)).hasMessageContaining("point 1 of");
        points[9] = 2;
        assertThatThrownBy(() -> Codebook.of(CodebookTable.IQ1, points)).hasMessageContaining("byte 9 of")
                .hasMessageContaining("is 2");
        assertThatThrownBy(() -> Codebook.of(CodebookTable.IQ1, new byte[8])).hasMessageContaining("2048 points of 8");
    }

    @Test
    void theFileLiesWhereTheUserSays() {
        assertThat(CodebookFile.place(Map.of(), HOME)).isEqualTo(HOME.resolve(".local/share/vesper/codebooks.bin"));
        String data = HOME.resolve("data").toString();
        assertThat(CodebookFile.place(Map.of("XDG_DATA_HOME", data), HOME))
                .isEqualTo(HOME.resolve("data/vesper/codebooks.bin"));
        assertThat(CodebookFile.place(Map.of("XDG_DATA_HOME", "relative"), HOME))
                .isEqualTo(HOME.resolve(".local/share/vesper/codebooks.bin"));
        assertThat(CodebookFile.place(Map.of("LOCALAPPDATA", data, "XDG_DATA_HOME", ""), HOME))
                .isEqualTo(HOME.resolve("data/vesper/codebooks.bin"));
        assertThat(CodebookFile.place(Map.of("XDG_DATA_HOME", data, "VESPER_CODEBOOKS", "here.bin"), HOME))
                .isEqualTo(Path.of("here.bin"));
    }

    @Test
    void codecsAreThereForTheTablesOfTheFileAndTheReasonForOthers() throws Exception {
        Path file = folder.resolve("codebooks.bin");
        assertThat(InstalledCodebooks.read(file).reason(CodebookTable.IQ2_S))
                .contains(file.toString(), "no such file", "`vesper codebooks --from FILE_OR_FOLDER`");
        Files.write(file, CodebookFile.bytes(Codebooks.of(List.of(SyntheticCodebooks.of(CodebookTable.IQ1)))));
        InstalledCodebooks installed = InstalledCodebooks.read(file);
        assertThat(installed.formats()).containsExactlyInAnyOrder(Format.IQ1_S, Format.IQ1_M);
        assertThat(installed.codec(Format.IQ1_M)).isPresent();
        assertThat(installed.codec(Format.IQ2_S)).isEmpty();
        assertThat(installed.reason(CodebookTable.IQ2_S)).contains("IQ2_S", "that file is without it");
        Files.write(file, new byte[] {1, 2, 3});
        InstalledCodebooks damaged = InstalledCodebooks.read(file);
        assertThat(damaged.formats()).isEmpty();
        assertThat(damaged.reason(CodebookTable.IQ1)).contains("expected the letters VESPERCB", "vesper codebooks");
    }

    @Test
    void aFormatAndATableThatDoNotBelongTogetherAreRefused() {
        Codebook codebook = SyntheticCodebooks.of(CodebookTable.IQ2_S);
        assertThatThrownBy(() -> Codecs.of(Format.IQ2_XS, codebook)).hasMessageContaining("IQ2_XS does not refer to");
        assertThatThrownBy(() -> Codecs.of(Format.Q4_0, codebook)).hasMessageContaining("Q4_0 does not refer to");
    }
}
