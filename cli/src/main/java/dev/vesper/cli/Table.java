package dev.vesper.cli;

import java.util.ArrayList;
import java.util.List;

/** Columns that are as wide as what stands in them. */
final class Table {
    private static final int WIDEST = 60;

    private final List<List<String>> rows = new ArrayList<>();

    Table(String... names) {
        row(names);
    }

    /** Adds a row of as many cells as there are names. */
    void row(String... cells) {
        rows.add(List.of(cells));
    }

    @Override
    public String toString() {
        int columns = rows.getFirst().size();
        StringBuilder text = new StringBuilder();
        for (List<String> row : rows) {
            StringBuilder line = new StringBuilder();
            for (int column = 0; column < columns; column++) {
                line.append(shown(row.get(column)));
                line.append(" ".repeat(width(column) - shown(row.get(column)).length() + 2));
            }
            text.append(line.toString().stripTrailing()).append('\n');
        }
        return text.toString();
    }

    private int width(int column) {
        return rows.stream().mapToInt(row -> shown(row.get(column)).length()).max().orElse(0);
    }

    private static String shown(String cell) {
        String line = cell.replaceAll("\\s+", " ");
        return line.length() <= WIDEST ? line : line.substring(0, WIDEST - 3) + "...";
    }
}
