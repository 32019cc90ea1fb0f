package dev.vesper.cli;

import java.util.ArrayList;
import java.util.List;

/**
 * A table of texts side by side; what is wider than its column goes on below.
 *
 * @param widths of the columns, in characters
 */
record Columns(List<Integer> widths) {
    private static final String GAP = "  ";

    /** The lines of one row. */
    List<String> row(List<String> cells) {
        List<List<String>> wrapped = new ArrayList<>();
        int height = 1;
        for (int i = 0; i < widths.size(); i++) {
            wrapped.add(wrapped(cells.get(i), widths.get(i)));
            height = Math.max(height, wrapped.getLast().size());
        }
        List<String> lines = new ArrayList<>();
        for (int line = 0; line < height; line++) {
            StringBuilder text = new StringBuilder();
            for (int i = 0; i < widths.size(); i++) {
                String cell = line < wrapped.get(i).size() ? wrapped.get(i).get(line) : "";
                text.append(i == 0 ? "" : GAP).append(cell).repeat(' ', Math.max(0, widths.get(i) - cell.length()));
            }
            lines.add(text.toString().stripTrailing());
        }
        return lines;
    }

    /** A line of this character below each heading. */
    String rule(String character) {
        return String.join(GAP, widths.stream().map(character::repeat).toList());
    }

    private static List<String> wrapped(String text, int width) {
        List<String> lines = new ArrayList<>();
        StringBuilder line = new StringBuilder();
        for (String word : text.strip().split("\\s+", -1)) {
            String rest = word;
            if (!line.isEmpty() && line.length() + 1 + rest.length() > width) {
                lines.add(line.toString());
                line.setLength(0);
            }
            while (rest.length() > width) {
                lines.add(rest.substring(0, width));
                rest = rest.substring(width);
            }
            line.append(line.isEmpty() ? "" : " ").append(rest);
        }
        lines.add(line.toString());
        return lines;
    }
}
