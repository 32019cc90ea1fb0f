package dev.vesper.tensor;

import java.util.Optional;

/**
 * How the elements of a weight are stored. Numbers, block sizes and names are those of GGUF; a row is a whole number
 * of blocks. A format listed here can be described; whether it can be computed with is the codec's question
 * ({@code dev.vesper.tensor.quant.Codecs}).
 *
 * @see <a href="https://github.com/ggml-org/ggml/blob/master/docs/gguf.md">GGUF specification, ggml_type</a>
 */
public enum Format {
    F32(0, 1, 4),
    F16(1, 1, 2),
    Q4_0(2, 32, 18),
    Q4_1(3, 32, 20),
    Q5_0(6, 32, 22),
    Q5_1(7, 32, 24),
    Q8_0(8, 32, 34),
    Q8_1(9, 32, 36),
    Q2_K(10, 256, 84),
    Q3_K(11, 256, 110),
    Q4_K(12, 256, 144),
    Q5_K(13, 256, 176),
    Q6_K(14, 256, 210),
    Q8_K(15, 256, 292),
    IQ2_XXS(16, 256, 66),
    IQ2_XS(17, 256, 74),
    IQ3_XXS(18, 256, 98),
    IQ1_S(19, 256, 50),
    IQ4_NL(20, 32, 18),
    IQ3_S(21, 256, 110),
    IQ2_S(22, 256, 82),
    IQ4_XS(23, 256, 136),
    I8(24, 1, 1),
    I16(25, 1, 2),
    I32(26, 1, 4),
    I64(27, 1, 8),
    F64(28, 1, 8),
    IQ1_M(29, 256, 56),
    BF16(30, 1, 2),
    TQ1_0(34, 256, 54),
    TQ2_0(35, 256, 66),
    MXFP4(39, 32, 17);

    private static final Format[] BY_GGML_TYPE = new Format[64];

    static {
        for (Format format : values()) {
            BY_GGML_TYPE[format.ggmlType] = format;
        }
    }

    private final int ggmlType;
    private final int blockSize;
    private final int blockBytes;

    Format(int ggmlType, int blockSize, int blockBytes) {
        this.ggmlType = ggmlType;
        this.blockSize = blockSize;
        this.blockBytes = blockBytes;
    }

    /** The number of this format in a GGUF file. */
    public int ggmlType() {
        return ggmlType;
    }

    /** Elements in a block. */
    public int blockSize() {
        return blockSize;
    }

    /** Bytes of a block. */
    public int blockBytes() {
        return blockBytes;
    }

    /**
     * Bytes that {@code elements} elements take.
     *
     * @throws IllegalArgumentException if they are not a whole number of blocks
     * @throws ArithmeticException if the size does not fit into a long
     */
    public long bytes(long elements) {
        if (elements < 0 || elements % blockSize != 0) {
            throw new IllegalArgumentException(
                    "%d elements are not a whole number of %s blocks of %d".formatted(elements, this, blockSize));
        }
        return Math.multiplyExact(elements / blockSize, (long) blockBytes);
    }

    /** The format with this number in a GGUF file, empty if there is none. */
    public static Optional<Format> ofGgmlType(int number) {
        return number < 0 || number >= BY_GGML_TYPE.length
                ? Optional.empty()
                : Optional.ofNullable(BY_GGML_TYPE[number]);
    }
}
