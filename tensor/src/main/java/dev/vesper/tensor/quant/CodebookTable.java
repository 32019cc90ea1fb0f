package dev.vesper.tensor.quant;

import dev.vesper.tensor.Format;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * The tables of lattice points that some block formats refer to: what is known of each without its points.
 *
 * <p>A point is {@link #width()} bytes, each one of {@link #levels()}. The points ascend when read as numbers whose last
 * byte counts most. The SHA-256 sum is that of all bytes of the table in order.
 */
public enum CodebookTable {
    IQ2_XXS(
            256, "05826b5d3e472a3a78f196be62ac78acf81df0f909626e12ab9fa2a5d490dd54", EnumSet.of(Format.IQ2_XXS),
            8, 25, 43),
    IQ2_XS(
            512, "06e47aaca60b4dc1d9b5a3f34540437058a6b142b4d7a59d5ded769b4d1bf1de", EnumSet.of(Format.IQ2_XS),
            8, 25, 43),
    IQ2_S(
            1024, "e1aa1473412b0552c2174c30ef22ab4073f6a181b85a17056e8249bd2932fd88", EnumSet.of(Format.IQ2_S),
            8, 25, 43),
    IQ3_XXS(
            256, "46e35f5a997efdee6c99ce57854c8a0d4f0ff8ca57e5e8a60c0793ea580acf5d", EnumSet.of(Format.IQ3_XXS),
            4, 12, 20, 28, 36, 44, 52, 62),
    IQ3_S(
            512, "bd1af4945a1717c65610b0284e4628b9a1ba3b306fae3a06f6e5f597356e349f", EnumSet.of(Format.IQ3_S),
            1, 3, 5, 7, 9, 11, 13, 15),
    IQ1(
            2048, "07540ffc1aeaf6ad4d97e96b0fcc765aae39671d4ae4a27bbd0e796fde167c6a",
            EnumSet.of(Format.IQ1_S, Format.IQ1_M), -1, 0, 1);

    private final int points;
    private final String sha256;
    private final Set<Format> formats;
    private final int[] levels;

    CodebookTable(int points, String sha256, Set<Format> formats, int... levels) {
        this.points = points;
        this.sha256 = sha256;
        this.formats = formats;
        this.levels = levels;
    }

    /** Points of the table. */
    public int points() {
        return points;
    }

    /** Elements of a point, one byte each: eight, or four where an element has eight levels. */
    public int width() {
        return levels.length == 3 ? 8 : 4;
    }

    /** Bytes of the table. */
    public int bytes() {
        return points * width();
    }

    /** What an element of a point can be, ascending. */
    public int[] levels() {
        return levels.clone();
    }

    /** The sum of the one right table, in small hexadecimal digits. */
    public String sha256() {
        return sha256;
    }

    /** The formats that refer to this table. */
    public List<Format> formats() {
        return List.copyOf(formats);
    }

    boolean serves(Format format) {
        return formats.contains(format);
    }

    /** The place of each byte value among the levels, -1 where it is none. */
    byte[] ranks() {
        byte[] ranks = new byte[256];
        Arrays.fill(ranks, (byte) -1);
        for (int i = 0; i < levels.length; i++) {
            ranks[levels[i] & 0xFF] = (byte) i;
        }
        return ranks;
    }
}
