package dev.vesper.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

/** Texts side by side. */
class ColumnsTest {
    private static final Columns COLUMNS = new Columns(List.of(10, 6));

    @Test
    void cellsThatFitAreOneLine() {
        assertThat(COLUMNS.row(List.of("one two", "three"))).containsExactly("one two     three");
        assertThat(COLUMNS.rule("-")).isEqualTo("----------  ------");
    }

    @Test
    void whatIsWiderGoesOnBelowAndNothingIsLost() {
        assertThat(COLUMNS.row(List.of("one two three four", "five"))).containsExactly("one two     five",
                "three four");
        assertThat(COLUMNS.row(List.of("a", "lighthouses b"))).containsExactly(
                "a           lighth", "            ouses", "            b");
    }

    @Test
    void anEmptyCellTakesItsPlace() {
        assertThat(COLUMNS.row(List.of("", "x"))).containsExactly("            x");
    }
}
