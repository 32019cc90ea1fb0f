package dev.vesper.tensor.quant;

import dev.vesper.tensor.Format;

/**
 * The scales of a block whose elements are points of a lattice: each of its runs has a small number s, and its points
 * are multiplied by {@code d · unit · (2s + 1)}.
 *
 * <p>For given points the best scale is {@code Σwxq / Σwq²}, and it takes {@code (Σwxq)² / Σwq²} off the weighted
 * square error. So each run is rounded at scales around the one that puts its largest element at the end of the
 * lattice, d is taken from the largest scale found, each run takes the s that rounds it best, and d is fitted once more
 * to all of it.
 */
final class LatticeFit {
    /** Rounds the runs of one block to points, which it remembers, until the next time. */
    sealed interface Rounding permits SignedPoints, ShiftedPoints {
        /** The largest magnitude in a run. */
        double largest(int run);

        /** Rounds a run at a scale of 0 or more, and writes what came of it. */
        void round(int run, double scale, Sums sums);
    }

    /** What rounding a run left: Σw(x - scale·q)², Σwxq and Σwq². */
    static final class Sums {
        double error;
        double products;
        double squares;
    }

    private final Format format;
    private final Rounding rounding;
    private final double unit;
    private final int scales;
    private final double[] ends;
    private final int[] chosen;
    private final Sums sums = new Sums();
    private short bits;

    /**
     * @param unit what the scale of a run is a multiple of, in units of d
     * @param scales that the small number of a run can be
     * @param ends what the largest element of a run is tried at, in units of the lattice
     */
    LatticeFit(Format format, Rounding rounding, int runs, double unit, int scales, double[] ends) {
        this.format = format;
        this.rounding = rounding;
        this.unit = unit;
        this.scales = scales;
        this.ends = ends;
        this.chosen = new int[runs];
    }

    /** Evenly spaced numbers for the ends. */
    static double[] ends(double from, double to, int count) {
        double[] ends = new double[count];
        for (int i = 0; i < count; i++) {
            ends[i] = from + (to - from) * i / (count - 1);
        }
        return ends;
    }

    /**
     * The float16 bits of d; the rounding remembers the points.
     *
     * @param at where the block begins, for errors
     */
    short fit(int at) {
        double[] exact = new double[chosen.length];
        double largest = 0;
        for (int run = 0; run < chosen.length; run++) {
            exact[run] = scale(run);
            largest = Math.max(largest, exact[run]);
        }
        short first = Bytes.scale(format, (float) (largest / multiple(scales - 1)), at);
        double products = 0;
        double squares = 0;
        double error = 0;
        for (int run = 0; run < chosen.length; run++) {
            chosen[run] = best(run, first, exact[run]);
            double multiple = multiple(chosen[run]);
            products += multiple * sums.products;
            squares += multiple * multiple * sums.squares;
            error += sums.error;
        }
        bits = first;
        if (products > 0) {
            refine((float) (products / squares), error, exact);
        }
        return bits;
    }

    /** The small number of a run. */
    int chosen(int run) {
        return chosen[run];
    }

    private double multiple(int scale) {
        return unit * (2 * scale + 1);
    }

    /** The scale of a run by itself. */
    private double scale(int run) {
        double largest = rounding.largest(run);
        double best = 0;
        double scale = 0;
        for (int i = 0; i < ends.length && largest > 0; i++) {
            // The second time at the scale that was best for the points of the first.
            double tried = largest / ends[i];
            for (int time = 0; time < 2 && tried > 0; time++) {
                rounding.round(run, tried, sums);
                if (sums.products > 0 && sums.products * sums.products > best * sums.squares) {
                    best = sums.products * sums.products / sums.squares;
                    scale = sums.products / sums.squares;
                }
                tried = sums.products > 0 ? sums.products / sums.squares : 0;
            }
        }
        return scale;
    }

    /** The s of a run that leaves the smallest error with this d; the run is rounded with it. */
    private int best(int run, short d, double exact) {
        double step = Float.float16ToFloat(d) * unit;
        int middle = step == 0 ? 0 : (int) Math.clamp(Math.rint((exact / step - 1) / 2), 0, scales - 1);
        int best = middle;
        double least = Double.POSITIVE_INFINITY;
        for (int s = Math.max(0, middle - 1); s <= Math.min(scales - 1, middle + 1); s++) {
            rounding.round(run, step * (2 * s + 1), sums);
            if (sums.error < least) {
                least = sums.error;
                best = s;
            }
        }
        rounding.round(run, step * (2 * best + 1), sums);
        return best;
    }

    /** Takes another d if that leaves less of the error. */
    private void refine(float d, double error, double[] exact) {
        short other = Float.floatToFloat16(d);
        if (other == bits || Float.isInfinite(Float.float16ToFloat(other))) {
            return;
        }
        int[] before = chosen.clone();
        double now = 0;
        for (int run = 0; run < chosen.length; run++) {
            chosen[run] = best(run, other, exact[run]);
            now += sums.error;
        }
        if (now < error) {
            bits = other;
            return;
        }
        for (int run = 0; run < chosen.length; run++) {
            chosen[run] = before[run];
            rounding.round(run, Float.float16ToFloat(bits) * multiple(chosen[run]), sums);
        }
    }
}
