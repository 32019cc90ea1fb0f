package dev.vesper.tensor.kernel;

import dev.vesper.tensor.Format;
import dev.vesper.tensor.quant.Codec;
import dev.vesper.tensor.quant.Codecs;
import java.lang.foreign.MemorySegment;
import java.util.EnumMap;
import java.util.Map;
import jdk.incubator.vector.FloatVector;

/**
 * Weights in a format that has no vector loop of its own: the scalar codec decodes them a block at a time, and vectors
 * take it from there. Right for every format, and slower by far than a reader made for it.
 */
final class DecodedReader implements WeightReader {
    private static final Map<Format, DecodedReader> READERS = new EnumMap<>(Format.class);

    static {
        for (Format format : Codecs.supported()) {
            READERS.put(format, new DecodedReader(Codecs.of(format)));
        }
    }

    private final Codec codec;
    private final int block;
    private final int blockBytes;

    private DecodedReader(Codec codec) {
        this.codec = codec;
        this.block = codec.format().blockSize();
        this.blockBytes = codec.format().blockBytes();
    }

    /** @throws UnsupportedOperationException if the format cannot be computed with */
    static DecodedReader of(Format format) {
        DecodedReader reader = READERS.get(format);
        if (reader == null) {
            throw new UnsupportedOperationException(
                    "no vector kernel for %s; %s".formatted(format, Codecs.reason(format)));
        }
        return reader;
    }

    @Override
    public void unpack(MemorySegment data, long byteOffset, int count, float[] out, int at, int step) {
        // Many tokens share what is unpacked, so this small buffer is all that is allocated in a long time.
        float[] decoded = new float[block];
        int to = at;
        for (int b = 0; b < count / block; b++) {
            codec.decode(data, byteOffset + (long) blockBytes * b, decoded, 0, block);
            for (int j = 0; j < block; j += Lanes.COUNT, to += step) {
                FloatVector.fromArray(Lanes.FLOAT, decoded, j).intoArray(out, to);
            }
        }
    }

    @Override
    public void dot(MemorySegment data, long byteOffset, long distance, int count, float[] x, int xAt, float[] sums) {
        FloatVector sum0 = FloatVector.zero(Lanes.FLOAT);
        FloatVector sum1 = sum0;
        int room0 = ROWS;
        int room1 = ROWS + block;
        for (int b = 0; b < count / block; b++) {
            long block0 = byteOffset + (long) blockBytes * b;
            codec.decode(data, block0, sums, room0, block);
            codec.decode(data, block0 + distance, sums, room1, block);
            for (int j = 0; j < block; j += Lanes.COUNT) {
                FloatVector v = FloatVector.fromArray(Lanes.FLOAT, x, xAt + block * b + j);
                sum0 = v.fma(FloatVector.fromArray(Lanes.FLOAT, sums, room0 + j), sum0);
                sum1 = v.fma(FloatVector.fromArray(Lanes.FLOAT, sums, room1 + j), sum1);
            }
        }
        sum0.intoArray(sums, ROWS);
        sum1.intoArray(sums, ROWS + Lanes.COUNT);
        Lanes.sumRows(sums, ROWS, ROWS);
    }
}
