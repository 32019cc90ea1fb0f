package dev.vesper.cli;

import dev.vesper.llm.Backend;
import dev.vesper.tensor.kernel.MachineLimits;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What a bench found.
 *
 * @param prefillShareOfFma of the multiply-add rate measured right before and after; two operations a weight and token, the output once
 * @param decodeShareOfMemory of the memory bandwidth measured right before and after; the weights once a token
 * @param trainShareOfFma of the multiply-add rate measured right before and after; four operations a weight of the blocks and of the output, and
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

    /** How many tokens each run was over; 0 for what was not measured. */
    record Tokens(int prompt, int generate, int train) {}

    /** Speeds in tokens a second, each with what the machine could do at that time. */
    static final class Runs {
        private final List<Double> speeds = new ArrayList<>();
        private final List<MachineLimits> limits = new ArrayList<>();

        void add(double tokensPerSecond, MachineLimits atThatTime) {
            speeds.add(tokensPerSecond);
            limits.add(atThatTime);
        }

        private boolean empty() {
            return speeds.isEmpty();
        }

        private Spread speed() {
            return Spread.of(speeds.stream().mapToDouble(speed -> speed).toArray());
        }

        /** The median over the runs of speed times {@code work}, in 10⁹, as a share of the limit of its time. */
        private double share(double work, ToDoubleFunction<MachineLimits> limit) {
            return Spread.of(IntStream.range(0, speeds.size())
                    .mapToDouble(i -> speeds.get(i) * work / 1e9 / limit.applyAsDouble(limits.get(i)))
                    .toArray())
                    .median();
        }
    }

    static BenchResult of(
            String model, Backend backend, ModelBench bench, Tokens tokens, Runs prefill, Runs decode, Runs train) {
        double prefillOperations = 2.0 * bench.blockParameters() + 2.0 * bench.outputParameters() / tokens.prompt();
        double trainOperations = 4.0 * (bench.blockParameters() + bench.outputParameters());
        List<MachineLimits> limits = Stream.of(prefill, decode, train)
                .flatMap(runs -> runs.limits.stream())
                .toList();
        return new BenchResult(
                model,
                bench.formats(),
                backend.choice().kernels().description(),
                backend.workers().threads(),
                tokens.prompt(),
                tokens.generate(),
                tokens.train(),
                prefill.speed(),
                decode.empty() ? null : decode.speed(),
                train.empty() ? null : train.speed(),
                median(limits, MachineLimits::gigabytes),
                median(limits, MachineLimits::gigaflops),
                prefill.share(prefillOperations, MachineLimits::gigaflops),
                decode.empty() ? null : decode.share((double) bench.bytesPerToken(), MachineLimits::gigabytes),
                train.empty() ? null : train.share(trainOperations, MachineLimits::gigaflops));
    }

    private static double median(List<MachineLimits> limits, ToDoubleFunction<MachineLimits> which) {
        return Spread.of(limits.stream().mapToDouble(which).toArray()).median();
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
