package dev.vesper.tensor.quant;

import dev.vesper.tensor.Format;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Map;
import java.util.Random;
import java.util.TreeSet;

/** Codebooks of random points, so that tests need none of ggml's: of the right number, levels and order. */
public final class SyntheticCodebooks {
    private SyntheticCodebooks() {}

    /** Always the same points for a table; the least and the greatest that there can be are among them. */
    public static Codebook of(CodebookTable table) {
        int[] levels = table.levels();
        int all = (int) Math.pow(levels.length, table.width());
        Random random = new Random(table.ordinal());
        TreeSet<Integer> numbers = new TreeSet<>();
        numbers.add(0);
        numbers.add(all - 1);
        while (numbers.size() < table.points()) {
            numbers.add(random.nextInt(all));
        }
        byte[] points = new byte[table.bytes()];
        int at = 0;
        for (int number : numbers) {
            int left = number;
            for (int i = 0; i < table.width(); i++) {
                points[at++] = (byte) levels[left % levels.length];
                left /= levels.length;
            }
        }
        return Codebook.of(table, points);
    }

    /** One for each table. */
    public static Codebooks all() {
        return Codebooks.of(Arrays.stream(CodebookTable.values()).map(SyntheticCodebooks::of).toList());
    }

    static Map<CodebookTable, String> sums() {
        Map<CodebookTable, String> sums = new EnumMap<>(CodebookTable.class);
        for (Codebook codebook : all().all()) {
            sums.put(codebook.table(), codebook.sha256());
        }
        return sums;
    }

    /** The codec of a format: on these points if it refers to a codebook. */
    static Codec codec(Format format) {
        return Codebooks.tableOf(format)
                .map(table -> Codecs.of(format, of(table)))
                .orElseGet(() -> Codecs.of(format));
    }
}
