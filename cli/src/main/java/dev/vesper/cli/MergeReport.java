package dev.vesper.cli;

import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What merging adapters into a model left of their change.
 *
 * @param cosine between the change asked for and the one that is left after rounding, over all tensors
 * @param kept the size of the change that is left, over that of the one asked for
 */
record MergeReport(
        String out, List<Tensor> tensors, double cosine, double kept, LogitsDifference verified,
        @Nullable Losses losses) {

    /** @param share the size of the change asked for over that of the weights */
    record Tensor(String name, String from, String to, double share, double cosine, double kept) {
        static Tensor of(MergedRows rows, String from, String to) {
            MergedRows.Sums sums = rows.sums();
            return new Tensor(rows.name(), from, to, sums.share(), sums.cosine(), sums.kept());
        }
    }

    /** Mean losses, in nats for each token: of the base, with the adapters on top of it, and of the merged model. */
    record Losses(String file, long tokens, double base, double adapted, double merged) {}

    void print(PrintWriter printer) {
        int width = tensors.stream().mapToInt(tensor -> tensor.name.length()).max().orElse(1);
        for (Tensor tensor : tensors) {
            printer.printf(Locale.ROOT,
                    "  %-" + width + "s  %-4s -> %-4s  change %.4f of the weights, cosine %.6f, size %.4f%n",
                    tensor.name, tensor.from, tensor.to, tensor.share, tensor.cosine, tensor.kept);
        }
        printer.printf(Locale.ROOT,
                "%s: %d tensors changed; between the change asked for and the one that is left, cosine %.6f, size %.4f%n",
                out, tensors.size(), cosine, kept);
        printer.println("read back: " + verified.text());
        if (losses != null) {
            printer.printf(Locale.ROOT,
                    "loss on %s: base %.4f, with adapters %.4f, merged %.4f, which is %+.4f by merging (%d tokens)%n",
                    losses.file, losses.base, losses.adapted, losses.merged, losses.merged - losses.adapted,
                    losses.tokens);
        }
    }
}
