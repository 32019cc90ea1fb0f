package dev.vesper.cli;

import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What quantising did.
 *
 * @param withoutImportance matrices that were quantised without importance though there is a file of it
 */
record QuantizeReport(
        String in, String out, String format, long bytesBefore, long bytesAfter, List<Tensor> tensors,
        int withoutImportance, Divergence.@Nullable Result comparison) {

    /** @param relativeError root mean square of the error over that of the values; 0 where nothing was changed */
    record Tensor(
            String name, String from, String to, long elements, long bytesBefore, long bytesAfter,
            double relativeError, String note) {}

    QuantizeReport with(Divergence.Result result) {
        return new QuantizeReport(in, out, format, bytesBefore, bytesAfter, tensors, withoutImportance, result);
    }

    void print(PrintWriter printer) {
        int width = tensors.stream().mapToInt(tensor -> tensor.name.length()).max().orElse(1);
        for (Tensor tensor : tensors) {
            if (!tensor.from.equals(tensor.to)) {
                printer.printf(Locale.ROOT, "  %-" + width + "s  %-4s -> %-6s  error %.4f%s%n", tensor.name,
                        tensor.from, tensor.to, tensor.relativeError,
                        tensor.note.isEmpty() ? "" : "  (" + tensor.note + ")");
            }
        }
        long elements = tensors.stream().mapToLong(Tensor::elements).sum();
        printer.printf(Locale.ROOT, "%s  %s -> %s, %.2f bits for each of %,d weights%n", out,
                Sizes.of(bytesBefore), Sizes.of(bytesAfter), 8.0 * bytesAfter / Math.max(1, elements), elements);
        if (withoutImportance > 0) {
            printer.printf(Locale.ROOT, "%d matrices are not in the file of importance%n", withoutImportance);
        }
        if (comparison != null) {
            printer.printf(Locale.ROOT,
                    "perplexity %.4f -> %.4f, divergence %.6f nats in the mean, %.6f at most, same first choice %.2f %%"
                            + " (%d tokens, in %d windows of %d)%n",
                    comparison.perplexityBefore(), comparison.perplexityAfter(), comparison.meanDivergence(),
                    comparison.largestDivergence(), 100 * comparison.sameChoice(), comparison.predicted(),
                    comparison.windows(), comparison.window());
        }
    }
}
