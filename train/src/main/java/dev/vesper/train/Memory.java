package dev.vesper.train;

import java.util.List;

/**
 * The memory that a run needs at its peak, by what needs it.
 *
 * @param positions of the largest pass, which it was computed for
 * @see MemoryEstimate
 */
public record Memory(List<Part> parts, int positions) {

    /**
     * One use of memory.
     *
     * @param heap whether it lies in Java's heap
     * @param basis what the number was computed from
     */
    public record Part(String name, long bytes, boolean heap, String basis) {}

    public Memory {
        parts = List.copyOf(parts);
    }

    /** All together: resident memory, the mapped file included. */
    public long total() {
        return parts.stream().mapToLong(Part::bytes).sum();
    }

    /** What of it lies in Java's heap. */
    public long heap() {
        return parts.stream().filter(Part::heap).mapToLong(Part::bytes).sum();
    }

    /**
     * What there is.
     *
     * @param machine bytes that the machine can give, those that this process has already included
     * @param heap bytes that Java's heap may grow to
     */
    public record Room(long machine, long heap) {
        /** On this machine, now. */
        public static Room now() {
            return new Room(Machine.room(), Runtime.getRuntime().maxMemory());
        }

        boolean holds(Memory need) {
            return need.total() <= machine && need.heap() <= heap;
        }
    }
}
