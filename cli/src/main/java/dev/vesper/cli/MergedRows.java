package dev.vesper.cli;

import dev.vesper.llm.lora.LayerDelta;
import dev.vesper.tensor.Weight;
import dev.vesper.tensor.quant.Codec;
import dev.vesper.tensor.quant.Codecs;
import java.util.Arrays;
import java.util.Locale;

/**
 * A matrix of the base with a change added to each row, and a comparison, once the rows are encoded, of the change that
 * was asked for with the one that is left: what the matrix that was written differs by from that of the base.
 */
final class MergedRows implements FloatRows {
    private final Weight base;
    private final LayerDelta delta;
    private final double[] products;
    private final double[] asked;
    private final double[] left;
    private final double[] weights;

    MergedRows(Weight base, LayerDelta delta) {
        this.base = base;
        this.delta = delta;
        this.products = new double[base.rows()];
        this.asked = new double[base.rows()];
        this.left = new double[base.rows()];
        this.weights = new double[base.rows()];
    }

    /** Sums over all elements, of which the figures are made. */
    record Sums(double products, double asked, double left, double weights) {
        static final Sums NONE = new Sums(0, 0, 0, 0);

        Sums plus(Sums other) {
            return new Sums(products + other.products, asked + other.asked, left + other.left,
                    weights + other.weights);
        }

        /** The cosine between the change asked for and the one that is left; 1 if nothing was asked for and nothing done. */
        double cosine() {
            if (asked == 0 && left == 0) {
                return 1;
            }
            return asked == 0 || left == 0 ? 0 : Math.clamp(products / (Math.sqrt(asked) * Math.sqrt(left)), -1, 1);
        }

        /** The size of the change that is left over that of the one asked for. */
        double kept() {
            return asked == 0 ? 1 : Math.sqrt(left / asked);
        }

        /** The size of the change asked for over that of the weights. */
        double share() {
            return weights == 0 ? 0 : Math.sqrt(asked / weights);
        }
    }

    /** After all rows were encoded. */
    Sums sums() {
        return new Sums(Arrays.stream(products).sum(), Arrays.stream(asked).sum(), Arrays.stream(left).sum(),
                Arrays.stream(weights).sum());
    }

    @Override
    public String name() {
        return base.name();
    }

    @Override
    public int rows() {
        return base.rows();
    }

    @Override
    public int columns() {
        return base.columns();
    }

    @Override
    public Reader reader() {
        Codec codec = Codecs.of(base.format());
        float[] before = new float[columns()];
        double[] change = new double[columns()];
        return new Reader() {
            @Override
            public void read(int row, float[] values) {
                codec.decode(base.data(), row * base.rowBytes(), before, 0, before.length);
                delta.row(row, change);
                for (int c = 0; c < values.length; c++) {
                    values[c] = (float) (before[c] + change[c]);
                }
            }

            @Override
            public void encoded(int row, float[] back) {
                compare(row, before, change, back);
            }
        };
    }

    private void compare(int row, float[] before, double[] change, float[] back) {
        double product = 0;
        double squareAsked = 0;
        double squareLeft = 0;
        double squareBefore = 0;
        for (int c = 0; c < back.length; c++) {
            if (!Float.isFinite(back[c])) {
                throw new IllegalArgumentException(String.format(Locale.ROOT,
                        "column %d: %s and a change of %s are beyond what the format holds", c, before[c], change[c]));
            }
            double difference = (double) back[c] - before[c];
            product += difference * change[c];
            squareAsked += change[c] * change[c];
            squareLeft += difference * difference;
            squareBefore += (double) before[c] * before[c];
        }
        products[row] = product;
        asked[row] = squareAsked;
        left[row] = squareLeft;
        weights[row] = squareBefore;
    }
}
