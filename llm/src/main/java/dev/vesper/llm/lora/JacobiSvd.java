package dev.vesper.llm.lora;

import java.util.Comparator;
import java.util.stream.IntStream;

/**
 * The singular values of a small matrix {@code [m, n]} and their vectors, {@code left · diag(values) · rightᵀ}, by
 * one-sided Jacobi rotations (Hestenes 1958; Demmel and Veselić 1992): pairs of columns are turned until all are
 * orthogonal, which finds small values as precisely as large ones.
 *
 * @param left {@code [m, min(m, n)]}; a column is zero where its value is
 * @param values largest first
 * @param right {@code [n, min(m, n)]}
 */
record JacobiSvd(Dense left, double[] values, Dense right) {
    /** Ten are plenty in practice, as convergence is quadratic. */
    private static final int MOST_SWEEPS = 60;

    /**
     * The square of a norm that is as good as none, where the whole matrix has 1. What depends on other columns is turned
     * to less and less with each sweep, and the square would underflow before its product with others does.
     */
    private static final double NOTHING = 1e-280;

    static JacobiSvd of(Dense matrix) {
        if (matrix.rows() < matrix.columns()) {
            JacobiSvd other = of(matrix.transposed());
            return new JacobiSvd(other.right, other.values, other.left);
        }
        int m = matrix.rows();
        int n = matrix.columns();
        double scale = matrix.norm();
        if (!Double.isFinite(scale)) {
            throw new IllegalArgumentException("singular values of a matrix of %d x %d that is not finite: norm %s"
                    .formatted(m, n, scale));
        }
        // rows of these are columns of the matrix, and of the product of all rotations
        double[][] turned = new double[n][m];
        double[][] rotation = new double[n][n];
        for (int c = 0; c < n; c++) {
            rotation[c][c] = 1;
            for (int row = 0; row < m; row++) {
                turned[c][row] = scale == 0 ? 0 : matrix.at(row, c) / scale;
            }
        }
        turn(turned, rotation);
        return sorted(turned, rotation, scale, m);
    }

    private static void turn(double[][] turned, double[][] rotation) {
        int n = turned.length;
        double small = Math.max(8, turned.length == 0 ? 0 : turned[0].length) * 0x1p-52;
        for (int sweep = 0; sweep < MOST_SWEEPS; sweep++) {
            boolean orthogonal = true;
            for (int i = 0; i < n; i++) {
                for (int j = i + 1; j < n; j++) {
                    double ii = dot(turned[i], turned[i]);
                    double jj = dot(turned[j], turned[j]);
                    double ij = dot(turned[i], turned[j]);
                    boolean nothing = ii < NOTHING || jj < NOTHING;
                    if (nothing || Math.abs(ij) <= small * Math.sqrt(ii) * Math.sqrt(jj)) {
                        continue;
                    }
                    orthogonal = false;
                    double zeta = (jj - ii) / (2 * ij);
                    double tangent = Math.copySign(1, zeta) / (Math.abs(zeta) + Math.hypot(1, zeta));
                    double cosine = 1 / Math.hypot(1, tangent);
                    rotate(turned[i], turned[j], cosine, cosine * tangent);
                    rotate(rotation[i], rotation[j], cosine, cosine * tangent);
                }
            }
            if (orthogonal) {
                return;
            }
        }
        throw new ArithmeticException("singular values of %d columns: not found in %d sweeps"
                .formatted(n, MOST_SWEEPS));
    }

    private static void rotate(double[] a, double[] b, double cosine, double sine) {
        for (int i = 0; i < a.length; i++) {
            double old = a[i];
            a[i] = cosine * old - sine * b[i];
            b[i] = sine * old + cosine * b[i];
        }
    }

    private static double dot(double[] a, double[] b) {
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += a[i] * b[i];
        }
        return sum;
    }

    private static JacobiSvd sorted(double[][] turned, double[][] rotation, double scale, int m) {
        int n = turned.length;
        double[] norms = new double[n];
        for (int c = 0; c < n; c++) {
            norms[c] = new Dense(m, 1, turned[c]).norm();
        }
        int[] order = IntStream.range(0, n)
                .boxed()
                .sorted(Comparator.comparingDouble((Integer c) -> -norms[c]))
                .mapToInt(Integer::intValue)
                .toArray();
        Dense left = Dense.zeros(m, n);
        Dense right = Dense.zeros(n, n);
        double[] values = new double[n];
        for (int k = 0; k < n; k++) {
            int from = order[k];
            values[k] = norms[from] * scale;
            for (int row = 0; row < m && norms[from] > 0; row++) {
                left.set(row, k, turned[from][row] / norms[from]);
            }
            for (int row = 0; row < n; row++) {
                right.set(row, k, rotation[from][row]);
            }
        }
        return new JacobiSvd(left, values, right);
    }
}
