package dev.vesper.tensor.quant;

import static dev.vesper.tensor.quant.CodebookTable.IQ1;
import static dev.vesper.tensor.quant.CodebookTable.IQ2_S;
import static dev.vesper.tensor.quant.CodebookTable.IQ2_XS;
import static dev.vesper.tensor.quant.CodebookTable.IQ2_XXS;
import static dev.vesper.tensor.quant.CodebookTable.IQ3_S;
import static dev.vesper.tensor.quant.CodebookTable.IQ3_XXS;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class CodebookFinderTest {
    private final ByteArrayOutputStream program = new ByteArrayOutputStream();
    private final Random random = new Random(1);

    private void noise(int count) {
        byte[] bytes = new byte[count];
        random.nextBytes(bytes);
        program.writeBytes(bytes);
    }

    private void table(CodebookTable table) {
        program.writeBytes(SyntheticCodebooks.of(table).bytes());
    }

    private CodebookFinder search() {
        CodebookFinder finder = CodebookFinder.of(SyntheticCodebooks.sums());
        finder.search(MemorySegment.ofArray(program.toByteArray()), "the program");
        return finder;
    }

    private static void assertFound(CodebookFinder finder, CodebookTable... tables) {
        assertThat(finder.found().all()).extracting(Codebook::table).containsExactlyInAnyOrder(tables);
        for (Codebook codebook : finder.found().all()) {
            assertThat(codebook.bytes()).isEqualTo(SyntheticCodebooks.of(codebook.table()).bytes());
        }
        assertThat(finder.missing())
                .containsExactlyElementsOf(Arrays.stream(CodebookTable.values())
                        .filter(table -> !List.of(tables).contains(table))
                        .toList());
    }

    /** As in ggml's libraries; those of IQ2 have the same levels, so that they are one run of such bytes. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 7, 4096})
    void tablesNextToEachOtherAtAnyPlaceAreFound(int before) {
        noise(before);
        for (CodebookTable table : List.of(IQ1, IQ3_S, IQ3_XXS, IQ2_S, IQ2_XS, IQ2_XXS)) {
            table(table);
        }
        noise(999);
        assertFound(search(), CodebookTable.values());
        assertThat(search().lookalikes()).isEmpty();
    }

    @Test
    void theyAreFoundInAnotherOrderAndBetweenOtherBytes() {
        for (CodebookTable table : List.of(IQ2_XXS, IQ2_XS, IQ1, IQ2_S, IQ3_XXS, IQ3_S)) {
            noise(random.nextInt(3000));
            table(table);
        }
        assertFound(search(), CodebookTable.values());
    }

    @Test
    void zerosAndOtherLevelsAroundThemDoNoHarm() {
        program.writeBytes(new byte[1001]);
        table(IQ1);
        program.writeBytes(new byte[777]);
        byte[] eights = new byte[100];
        Arrays.fill(eights, (byte) 8);
        program.writeBytes(eights);
        table(IQ2_XS);
        program.writeBytes(new byte[] {43, 43, 43, 43, 43, 43});
        assertFound(search(), IQ1, IQ2_XS);
    }

    /** A smaller point before the first and a greater one behind the last. */
    @Test
    void anAscentThatGoesOnBesideTheTableDoesNoHarm() {
        Codebook inner = inner();
        program.writeBytes(new byte[] {1, 1, 1, 1});
        program.writeBytes(inner.bytes());
        program.writeBytes(new byte[] {15, 15, 15, 15});
        CodebookFinder finder = CodebookFinder.of(Map.of(IQ3_S, inner.sha256()));
        finder.search(MemorySegment.ofArray(program.toByteArray()), "the program");
        assertThat(finder.found().of(IQ3_S).orElseThrow().bytes()).isEqualTo(inner.bytes());
    }

    /** The points 1 to 512: neither the least nor the greatest that there can be. */
    private static Codebook inner() {
        byte[] points = new byte[IQ3_S.bytes()];
        for (int i = 0; i < points.length; i++) {
            int number = 1 + i / 4;
            points[i] = (byte) (1 + 2 * (number >>> 3 * (i % 4) & 7));
        }
        return Codebook.of(IQ3_S, points);
    }

    @ParameterizedTest
    @EnumSource(CodebookTable.class)
    void aTableThatIsCutIsMissing(CodebookTable table) {
        noise(500);
        byte[] points = SyntheticCodebooks.of(table).bytes();
        program.write(points, 0, points.length - 1);
        assertFound(search());
        program.write(points, points.length - 1, 1);
        assertFound(search(), table);
    }

    @Test
    void severalProgramsAddUp() {
        noise(100);
        table(IQ2_S);
        CodebookFinder finder = search();
        assertFound(finder, IQ2_S);
        program.reset();
        table(IQ3_S);
        finder.search(MemorySegment.ofArray(program.toByteArray()), "another");
        assertFound(finder, IQ2_S, IQ3_S);
    }

    @Test
    void noBytesAndNoTablesAreNothing() {
        assertFound(search());
        noise(1 << 18);
        assertFound(search());
        assertThat(search().lookalikes()).isEmpty();
    }

    @Test
    void whatOnlyLooksLikeATableIsNotTakenAndNamedWithItsPlace() {
        noise(96);
        table(IQ3_XXS);
        CodebookFinder finder = CodebookFinder.ofKnown();
        finder.search(MemorySegment.ofArray(program.toByteArray()), "the program");
        assertThat(finder.found().all()).isEmpty();
        assertThat(finder.missing()).containsExactly(CodebookTable.values());
        assertThat(finder.lookalikes()).singleElement().asString()
                .contains("the program: at byte 96", "IQ3_XXS", SyntheticCodebooks.of(IQ3_XXS).sha256(),
                        IQ3_XXS.sha256());
    }
}
