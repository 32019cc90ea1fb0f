package dev.vesper.train;

import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryPoolMXBean;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The machine that a run was made on.
 *
 * @param processor what it calls itself, where the system tells
 * @param memory bytes, where the system tells, else 0
 */
public record Machine(int processors, String processor, long memory, String system, String jdk) {
    private static final Path PROCESSOR = Path.of("/proc/cpuinfo");
    private static final Path MEMORY = Path.of("/proc/meminfo");
    private static final Path PROCESS = Path.of("/proc/self/status");

    /** This machine. */
    public static Machine current() {
        String processor = field(PROCESSOR, "model name");
        return new Machine(
                Runtime.getRuntime().availableProcessors(),
                processor.isEmpty() ? System.getProperty("os.arch") : processor,
                kibibytes(field(MEMORY, "MemTotal")),
                System.getProperty("os.name") + " " + System.getProperty("os.version"),
                Runtime.version().toString());
    }

    /**
     * Bytes of memory that this process may have without driving anything else to the disk: what the system could hand
     * out, what the process has, and not more than a container allows.
     */
    public static long room() {
        long all = ManagementFactory.getOperatingSystemMXBean() instanceof OperatingSystemMXBean system
                ? system.getTotalMemorySize()
                : current().memory();
        long available = kibibytes(field(MEMORY, "MemAvailable"));
        return available > 0 ? Math.min(all, available + kibibytes(field(PROCESS, "VmRSS"))) : all;
    }

    /**
     * Bytes of memory that this process has taken at most: resident memory, mapped files included, where the system
     * tells; elsewhere that of Java's heap.
     */
    public static long peakMemory() {
        long resident = kibibytes(field(PROCESS, "VmHWM"));
        return resident > 0
                ? resident
                : ManagementFactory.getMemoryPoolMXBeans().stream()
                        .map(MemoryPoolMXBean::getPeakUsage)
                        .mapToLong(usage -> usage.getUsed())
                        .sum();
    }

    /** The value of the first line {@code name : value}; empty if there is none. */
    private static String field(Path file, String name) {
        if (!Files.isReadable(file)) {
            return "";
        }
        try (var lines = Files.lines(file)) {
            return lines.filter(line -> line.startsWith(name))
                    .findFirst()
                    .map(line -> line.substring(line.indexOf(':') + 1).strip())
                    .orElse("");
        } catch (IOException e) {
            // Only a figure for the record is lost: these files are not part of every system.
            return "";
        }
    }

    private static long kibibytes(String value) {
        return value.endsWith(" kB") ? 1024 * Long.parseLong(value.substring(0, value.length() - 3).strip()) : 0;
    }
}
