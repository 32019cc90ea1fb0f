package dev.vesper.tensor.quant;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * The points of one {@link CodebookTable}, of the right number, levels and order; whether they are the right ones is
 * not said.
 */
public final class Codebook {
    private final CodebookTable table;
    private final byte[] points;

    private Codebook(CodebookTable table, byte[] points) {
        this.table = table;
        this.points = points;
    }

    /**
     * A table of these points.
     *
     * @param points each {@link CodebookTable#width()} bytes, one after the other
     * @throws IllegalArgumentException if the number of bytes, a level or the order is not that of the table
     */
    public static Codebook of(CodebookTable table, byte[] points) {
        if (points.length != table.bytes()) {
            throw new IllegalArgumentException("the codebook of %s has %d bytes, expected %d points of %d"
                    .formatted(table, points.length, table.points(), table.width()));
        }
        byte[] ranks = table.ranks();
        long before = -1;
        for (int point = 0; point < table.points(); point++) {
            long number = 0;
            for (int i = table.width() - 1; i >= 0; i--) {
                int at = point * table.width() + i;
                int rank = ranks[points[at] & 0xFF];
                if (rank < 0) {
                    throw new IllegalArgumentException(
                            "byte %d of the codebook of %s is %d, which is none of its levels"
                                    .formatted(at, table, points[at]));
                }
                number = number << 8 | rank;
            }
            if (number <= before) {
                throw new IllegalArgumentException(
                        "point %d of the codebook of %s does not come after the one before".formatted(point, table));
            }
            before = number;
        }
        return new Codebook(table, points.clone());
    }

    public CodebookTable table() {
        return table;
    }

    /** All points, one after the other. */
    public byte[] bytes() {
        return points.clone();
    }

    /** The sum of all bytes, to be compared with {@link CodebookTable#sha256()}. */
    public String sha256() {
        return sha256(points);
    }

    static String sha256(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }
}
