package dev.vesper.tensor.quant;

import dev.vesper.tensor.Format;
import java.util.Arrays;
import java.util.List;

/**
 * The tables of lattice points that some block formats refer to: what is known of each without its points.
 *
 * <p>A point is {@link #width()} bytes, each one of {@link #levels()}. The points ascend when read as numbers whose
 * last byte counts most. The SHA-256 sum is that of all bytes of the table in order.
 */
public enum CodebookTable {
    IQ2_XXS(256, 8, "05826b5d3e472a3a78f196be62ac78acf81df0f909626e12ab9fa2a5d490dd54"),
    IQ2_XS(512, 8, "06e47aaca60b4dc1d9b5a3f34540437058a6b142b4d7a59d5ded769b4d1bf1de"),
    IQ2_S(1024, 8, "e1aa1473412b0552c2174c30ef22ab4073f6a181b85a17056e8249bd2932fd88"),
    IQ3_XXS(256, 4, "46e35f5a997efdee6c99ce57854c8a0d4f0ff8ca57e5e8a60c0793ea580acf5d"),
    IQ3_S(512, 4, "bd1af4945a1717c65610b0284e4628b9a1ba3b306fae3a06f6e5f597356e349f"),
    IQ1(2048, 8, "07540ffc1aeaf6ad4d97e96b0fcc765aae39671d4ae4a27bbd0e796fde167c6a");

    private final int points;
    private final int width;
    private final String sha256;

    CodebookTable(int points, int width, String sha256) {
        this.points = points;
        this.width = width;
        this.sha256 = sha256;
    }

    /** Points of the table. */
    public int points() {
        return points;
    }

    /** Elements of a point, one byte each. */
    public int width() {
        return width;
    }

    /** Bytes of the table. */
    public int bytes() {
        return points * width;
    }

    /** What an element of a point can be, ascending. */
    public int[] levels() {
        return switch (this) {
            case IQ2_XXS, IQ2_XS, IQ2_S -> new int[] {8, 25, 43};
            case IQ3_XXS -> new int[] {4, 12, 20, 28, 36, 44, 52, 62};
            case IQ3_S -> new int[] {1, 3, 5, 7, 9, 11, 13, 15};
            case IQ1 -> new int[] {-1, 0, 1};
        };
    }

    /** The formats that refer to this table. */
    public List<Format> formats() {
        return switch (this) {
            case IQ2_XXS -> List.of(Format.IQ2_XXS);
            case IQ2_XS -> List.of(Format.IQ2_XS);
            case IQ2_S -> List.of(Format.IQ2_S);
            case IQ3_XXS -> List.of(Format.IQ3_XXS);
            case IQ3_S -> List.of(Format.IQ3_S);
            case IQ1 -> List.of(Format.IQ1_S, Format.IQ1_M);
        };
    }

    /** The sum of the one right table, in small hexadecimal digits. */
    public String sha256() {
        return sha256;
    }

    boolean serves(Format format) {
        return formats().contains(format);
    }

    /** The place of each byte value among the levels, -1 where it is none. */
    byte[] ranks() {
        byte[] ranks = new byte[256];
        Arrays.fill(ranks, (byte) -1);
        int[] levels = levels();
        for (int i = 0; i < levels.length; i++) {
            ranks[levels[i] & 0xFF] = (byte) i;
        }
        return ranks;
    }
}
