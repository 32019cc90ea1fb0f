package dev.vesper.cli;

import dev.vesper.llm.Backend;
import dev.vesper.tensor.kernel.MachineLimits;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What a bench found.
 *
 * @param prefillShareOfFma of the measured multiply-add rate; two operations a weight and token, the output once
 * @param decodeShareOfMemory of the measured memory bandwidth; the weights once a token
 * @param trainShareOfFma of the measured multiply-add rate; four operations a weight of the blocks and of the output, and
 *     token: forward and the gradient of the input, since frozen weights need none
 */
record BenchResult(
        String model,
        String formats,
        String kernels,
        int threads,
        int promptTokens,
        int generateTokens,
        int trainTokens,
        Spread prefillTokensPerSecond,
        @Nullable Spread decodeTokensPerSecond,
        @Nullable Spread trainTokensPerSecond,
        double memoryReadGigabytesPerSecond,
        double fmaGigaflops,
        double prefillShareOfFma,
        @Nullable Double decodeShareOfMemory,
        @Nullable Double trainShareOfFma) {

    /** Tokens per second of each run. */
    record Rates(
            int promptTokens, double[] prefill, int generateTokens, double[] decode, int trainTokens, double[] train) {}

    static BenchResult of(String model, Backend backend, ModelBench bench, MachineLimits limits, Rates rates) {
        Spread prefill = Spread.of(rates.prefill());
        Spread decode = rates.generateTokens() == 0 ? null : Spread.of(rates.decode());
        Spread train = rates.trainTokens() == 0 ? null : Spread.of(rates.train());
        double prefillOperations =
                2.0 * bench.blockParameters() + 2.0 * bench.outputParameters() / rates.promptTokens();
        double trainOperations = 4.0 * (bench.blockParameters() + bench.outputParameters());
        return new BenchResult(
                model,
                bench.formats(),
                backend.choice().kernels().description(),
                backend.workers().threads(),
                rates.promptTokens(),
                rates.generateTokens(),
                rates.trainTokens(),
                prefill,
                decode,
                train,
                limits.gigabytes(),
                limits.gigaflops(),
                prefill.median() * prefillOperations / 1e9 / limits.gigaflops(),
                decode == null ? null : decode.median() * bench.bytesPerToken() / 1e9 / limits.gigabytes(),
                train == null ? null : train.median() * trainOperations / 1e9 / limits.gigaflops());
    }

    String text() {
        StringBuilder text = new StringBuilder();
        line(text, "%s in %s, %s kernels, %d threads", model, formats, kernels, threads);
        line(text, "machine   %.1f GB/s memory read, %.1f GFLOP/s FMA", memoryReadGigabytesPerSecond, fmaGigaflops);
        line(text, "%s, %.1f %% of FMA", rate("prefill", promptTokens, prefillTokensPerSecond),
                100 * prefillShareOfFma);
        if (decodeTokensPerSecond != null && decodeShareOfMemory != null) {
            String rate = rate("decode", generateTokens, decodeTokensPerSecond);
            line(text, "%s, %.1f %% of memory read", rate, 100 * decodeShareOfMemory);
        }
        if (trainTokensPerSecond != null && trainShareOfFma != null) {
            String rate = rate("train", trainTokens, trainTokensPerSecond);
            line(text, "%s, %.1f %% of FMA", rate, 100 * trainShareOfFma);
        }
        return text.toString().stripTrailing();
    }

    private static String rate(String what, int tokens, Spread rate) {
        return String.format(
                Locale.ROOT,
                "%-9s %.2f tokens/s over %d tokens (%.2f to %.2f)",
                what,
                rate.median(),
                tokens,
                rate.min(),
                rate.max());
    }

    private static void line(StringBuilder text, String format, Object... values) {
        text.append(String.format(Locale.ROOT, format, values)).append(System.lineSeparator());
    }
}
