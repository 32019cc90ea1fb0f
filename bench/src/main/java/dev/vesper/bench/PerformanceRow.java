package dev.vesper.bench;

import java.util.Locale;
import tools.jackson.databind.JsonNode;

/** A line of the table: what {@code vesper bench --json} printed. */
record PerformanceRow(String shape, JsonNode bench) {
    static final String HEADER = """
            | model | format | prefill, tokens/s | decode, tokens/s | train, tokens/s |
            |---|---|---|---|---|
            """;

    String markdown() {
        return "| %s | %s | %s | %s | %s |%n".formatted(
                shape,
                bench.path("formats").asString(),
                rate("prefill", "prefill_share_of_fma", "FMA"),
                rate("decode", "decode_share_of_memory", "memory"),
                rate("train", "train_share_of_fma", "FMA"));
    }

    private String rate(String name, String share, String limit) {
        JsonNode rate = bench.path(name + "_tokens_per_second");
        return rate.isObject()
                ? String.format(
                        Locale.ROOT,
                        "%.1f (%.1f to %.1f), %.0f %% of %s",
                        rate.path("median").asDouble(),
                        rate.path("min").asDouble(),
                        rate.path("max").asDouble(),
                        100 * bench.path(share).asDouble(),
                        limit)
                : "–";
    }

    /** The machine's limits that the shares are of. */
    String limits() {
        return String.format(
                Locale.ROOT,
                "%s %s: %.1f GB/s memory read, %.0f GFLOP/s FMA",
                shape,
                bench.path("formats").asString(),
                bench.path("memory_read_gigabytes_per_second").asDouble(),
                bench.path("fma_gigaflops").asDouble());
    }
}
