package dev.vesper.train;

import com.sun.management.HotSpotDiagnosticMXBean;
import java.lang.management.ManagementFactory;
import java.util.List;

/**
 * What an array really takes of Java's heap. The usual collector, G1, keeps a large array in regions of its own, of which
 * the last is lost to others: one of exactly a region's size has a header as well and takes two.
 *
 * @param region bytes of a region, 1 if the collector has none
 * @see <a href="https://docs.oracle.com/en/java/javase/25/gctuning/">HotSpot tuning guide: humongous objects</a>
 */
record HeapRegions(long region) {
    private static final int HEADER = 16;

    static HeapRegions current() {
        List<HotSpotDiagnosticMXBean> beans = ManagementFactory.getPlatformMXBeans(HotSpotDiagnosticMXBean.class);
        if (beans.isEmpty() || !Boolean.parseBoolean(beans.getFirst().getVMOption("UseG1GC").getValue())) {
            return new HeapRegions(1);
        }
        return new HeapRegions(Long.parseLong(beans.getFirst().getVMOption("G1HeapRegionSize").getValue()));
    }

    /** Bytes of an array of so many floats. */
    long bytes(long floats) {
        long bytes = floats == 0 ? 0 : HEADER + Float.BYTES * floats;
        return 2 * bytes > region ? Math.ceilDiv(bytes, region) * region : bytes;
    }
}
