package dev.vesper.tensor.quant;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * Finds codebooks among other bytes, such as those of a program that has them, by their structure: points of a table's
 * width, of its levels alone, that ascend, as many as the table has. The tables may lie at any byte and next to each
 * other: each begins with a small point and ends with a large one, so an ascent ends where a table does.
 *
 * <p>What has the structure must have the sum, too. Most bytes are never looked at.
 */
public final class CodebookFinder {
    private final Map<CodebookTable, String> sums;
    private final Map<CodebookTable, Codebook> found = new EnumMap<>(CodebookTable.class);
    private final Map<CodebookTable, List<String>> lookalikes = new EnumMap<>(CodebookTable.class);

    private CodebookFinder(Map<CodebookTable, String> sums) {
        this.sums = sums;
    }

    /** A finder of the tables that {@link CodebookTable#sha256()} names. */
    public static CodebookFinder ofKnown() {
        Map<CodebookTable, String> sums = new EnumMap<>(CodebookTable.class);
        for (CodebookTable table : CodebookTable.values()) {
            sums.put(table, table.sha256());
        }
        return new CodebookFinder(sums);
    }

    /** A finder of other tables, by their SHA-256 sums. */
    public static CodebookFinder of(Map<CodebookTable, String> sums) {
        return new CodebookFinder(new EnumMap<>(sums));
    }

    /**
     * Looks for the tables that are not found yet.
     *
     * @param name of the bytes, for {@link #lookalikes()}
     */
    public void search(MemorySegment data, String name) {
        for (CodebookTable table : CodebookTable.values()) {
            if (isMissing(table)) {
                search(data, table, name);
            }
        }
    }

    /** What was found so far, with the right sums. */
    public Codebooks found() {
        return Codebooks.of(found.values());
    }

    /** The tables that were not found so far. */
    public List<CodebookTable> missing() {
        return sums.keySet().stream().filter(this::isMissing).toList();
    }

    /** What had the structure of a table that is still missing, and not its sum, as sentences. */
    public List<String> lookalikes() {
        return missing().stream().flatMap(table -> lookalikes.getOrDefault(table, List.of()).stream()).toList();
    }

    private boolean isMissing(CodebookTable table) {
        return sums.containsKey(table) && !found.containsKey(table);
    }

    /**
     * Runs of bytes that are all levels, each searched once for each place that a point can begin at. Where the last
     * byte that a table from here on would have is no level, none of those that would have it need to be looked at.
     */
    private void search(MemorySegment data, CodebookTable table, String name) {
        byte[] ranks = table.ranks();
        long from = 0;
        while (from + table.bytes() <= data.byteSize()) {
            long last = from + table.bytes() - 1;
            while (last >= from && isLevel(data, last, ranks)) {
                last--;
            }
            if (last >= from) {
                from = last + 1;
                continue;
            }
            long end = from + table.bytes();
            while (end < data.byteSize() && isLevel(data, end, ranks)) {
                end++;
            }
            for (int phase = 0; phase < table.width(); phase++) {
                searchRun(data, from + phase, end, table, ranks, name);
            }
            from = end + 1;
        }
    }

    private static boolean isLevel(MemorySegment data, long at, byte[] ranks) {
        return ranks[data.get(ValueLayout.JAVA_BYTE, at) & 0xFF] >= 0;
    }

    private void searchRun(
            MemorySegment data, long from, long to, CodebookTable table, byte[] ranks, String name) {
        int width = table.width();
        long before = -1;
        long start = from;
        for (long at = from; at + width <= to; at += width) {
            long number = number(data, at, width, ranks);
            if (number <= before) {
                take(data, start, at, table, name);
                start = at;
            }
            before = number;
        }
        take(data, start, to - (to - from) % width, table, name);
    }

    private static long number(MemorySegment data, long at, int width, byte[] ranks) {
        long number = 0;
        for (int i = width - 1; i >= 0; i--) {
            number = number << 8 | ranks[data.get(ValueLayout.JAVA_BYTE, at + i) & 0xFF];
        }
        return number;
    }

    /** An ascent may be longer than the table: what lies beside it can happen to go on as it does. */
    private void take(MemorySegment data, long start, long end, CodebookTable table, String name) {
        for (long at = start; at + table.bytes() <= end && isMissing(table); at += table.width()) {
            byte[] points = data.asSlice(at, table.bytes()).toArray(ValueLayout.JAVA_BYTE);
            String sum = Codebook.sha256(points);
            if (sum.equals(sums.get(table))) {
                found.put(table, Codebook.of(table, points));
            } else if (end - start == table.bytes()) {
                lookalikes.computeIfAbsent(table, missing -> new ArrayList<>())
                        .add("%s: at byte %d lies what looks like the codebook of %s, but its SHA-256 is %s, expected %s"
                                .formatted(name, at, table, sum, sums.get(table)));
            }
        }
    }
}
