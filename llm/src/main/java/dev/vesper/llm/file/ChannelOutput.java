package dev.vesper.llm.file;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;

/** Collects little-endian values and memory of any length in one buffer on their way to a file. */
final class ChannelOutput {
    private static final int BUFFER_BYTES = 1 << 20;

    private final FileChannel channel;
    private final ByteBuffer buffer;
    private final MemorySegment bufferBytes;
    private long flushed;

    ChannelOutput(FileChannel channel) {
        this.channel = channel;
        this.buffer = ByteBuffer.allocateDirect(BUFFER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        this.bufferBytes = MemorySegment.ofBuffer(buffer);
    }

    /** Bytes written so far. */
    long position() {
        return flushed + buffer.position();
    }

    void u32(int value) throws IOException {
        room(4);
        buffer.putInt(value);
    }

    void u64(long value) throws IOException {
        room(8);
        buffer.putLong(value);
    }

    /** Copied through the buffer, because a channel does not take heap memory other than bytes, nor more than 2 GiB. */
    void bytes(MemorySegment source) throws IOException {
        long done = 0;
        while (done < source.byteSize()) {
            room(1);
            long part = Math.min(buffer.remaining(), source.byteSize() - done);
            MemorySegment.copy(
                    source, ValueLayout.JAVA_BYTE, done, bufferBytes, ValueLayout.JAVA_BYTE, buffer.position(), part);
            buffer.position(buffer.position() + (int) part);
            done += part;
        }
    }

    /** Fills up to the next multiple of {@code alignment}. */
    void align(int alignment, byte filler) throws IOException {
        while (position() % alignment != 0) {
            room(1);
            buffer.put(filler);
        }
    }

    void flush() throws IOException {
        buffer.flip();
        while (buffer.hasRemaining()) {
            flushed += channel.write(buffer);
        }
        buffer.clear();
    }

    private void room(int bytes) throws IOException {
        if (buffer.remaining() < bytes) {
            flush();
        }
    }
}
