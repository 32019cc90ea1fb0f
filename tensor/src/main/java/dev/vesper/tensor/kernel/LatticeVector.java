package dev.vesper.tensor.kernel;

import dev.vesper.tensor.Format;
import dev.vesper.tensor.quant.Codecs;
import java.lang.foreign.MemorySegment;
import java.util.EnumMap;
import java.util.Map;
import jdk.incubator.vector.FloatVector;

/**
 * Weights in a format that refers to a codebook: a block at a time becomes floats, beside the sums, and is multiplied
 * from there. A group is eight elements and a vector may be sixteen, so the way through memory is what joins them.
 */
final class LatticeVector implements WeightReader {
    private static final Map<Format, LatticeVector> READERS = new EnumMap<>(Format.class);
    private static final int BLOCK = 256;

    static {
        for (Format format : Codecs.supported()) {
            Codecs.codebook(format)
                    .ifPresent(codebook -> READERS.put(format,
                            new LatticeVector(format, LatticeBlocks.of(format, codebook))));
        }
    }

    private final LatticeBlocks.Decoder blocks;
    private final int blockBytes;

    private LatticeVector(Format format, LatticeBlocks.Decoder blocks) {
        this.blocks = blocks;
        this.blockBytes = format.blockBytes();
    }

    /** @throws UnsupportedOperationException if the codebook is not there */
    static LatticeVector of(Format format) {
        LatticeVector reader = READERS.get(format);
        if (reader == null) {
            throw new UnsupportedOperationException("no kernel for %s; %s".formatted(format, Codecs.reason(format)));
        }
        return reader;
    }

    @Override
    public void unpack(MemorySegment data, long byteOffset, int count, float[] out, int at, int step) {
        // Many tokens share what is unpacked, so this small buffer is all that is allocated in a long time.
        float[] decoded = new float[BLOCK];
        int to = at;
        for (int b = 0; b < count / BLOCK; b++) {
            blocks.decode(data, byteOffset + (long) blockBytes * b, decoded, 0);
            for (int j = 0; j < BLOCK; j += Lanes.COUNT, to += step) {
                FloatVector.fromArray(Lanes.FLOAT, decoded, j).intoArray(out, to);
            }
        }
    }

    @Override
    public void dot(MemorySegment data, long byteOffset, long distance, int count, float[] x, int xAt, float[] sums) {
        FloatVector sum0 = FloatVector.zero(Lanes.FLOAT);
        FloatVector sum1 = sum0;
        int room0 = MOST_ROWS;
        int room1 = MOST_ROWS + BLOCK;
        for (int b = 0; b < count / BLOCK; b++) {
            long block0 = byteOffset + (long) blockBytes * b;
            blocks.decode(data, block0, sums, room0);
            blocks.decode(data, block0 + distance, sums, room1);
            for (int j = 0; j < BLOCK; j += Lanes.COUNT) {
                FloatVector v = FloatVector.fromArray(Lanes.FLOAT, x, xAt + BLOCK * b + j);
                sum0 = v.fma(FloatVector.fromArray(Lanes.FLOAT, sums, room0 + j), sum0);
                sum1 = v.fma(FloatVector.fromArray(Lanes.FLOAT, sums, room1 + j), sum1);
            }
        }
        sums[0] = Lanes.sum(sum0);
        sums[1] = Lanes.sum(sum1);
    }
}
