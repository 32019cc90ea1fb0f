package dev.vesper.llm.lora;

/**
 * A matrix {@code [m, n]} as a product of {@code q}, whose columns are orthonormal, and {@code r}, which is zero below
 * its diagonal, by Householder's reflections (Golub and Van Loan, Matrix Computations, 5.2).
 *
 * @param q {@code [m, min(m, n)]}
 * @param r {@code [min(m, n), n]}
 */
record ThinQr(Dense q, Dense r) {

    static ThinQr of(Dense matrix) {
        int m = matrix.rows();
        int n = matrix.columns();
        int k = Math.min(m, n);
        // columns lie together: everything below walks along them
        double[][] columns = columns(matrix);
        double[][] reflectors = new double[k][];
        for (int j = 0; j < k; j++) {
            reflectors[j] = reflector(columns[j], j);
            for (int c = j; c < n; c++) {
                reflect(reflectors[j], j, columns[c]);
            }
        }
        Dense r = Dense.zeros(k, n);
        for (int row = 0; row < k; row++) {
            for (int c = row; c < n; c++) {
                r.set(row, c, columns[c][row]);
            }
        }
        Dense q = Dense.zeros(m, k);
        for (int c = 0; c < k; c++) {
            double[] column = new double[m];
            column[c] = 1;
            for (int j = k - 1; j >= 0; j--) {
                reflect(reflectors[j], j, column);
            }
            for (int row = 0; row < m; row++) {
                q.set(row, c, column[row]);
            }
        }
        return new ThinQr(q, r);
    }

    private static double[][] columns(Dense matrix) {
        double[][] columns = new double[matrix.columns()][matrix.rows()];
        for (int row = 0; row < matrix.rows(); row++) {
            for (int c = 0; c < matrix.columns(); c++) {
                columns[c][row] = matrix.at(row, c);
            }
        }
        return columns;
    }

    /** The unit vector across which elements {@code from...} are mirrored onto the first; empty if there is nothing to do. */
    private static double[] reflector(double[] column, int from) {
        int length = column.length - from;
        double[] vector = new double[length];
        System.arraycopy(column, from, vector, 0, length);
        double norm = new Dense(length, 1, vector).norm();
        if (norm == 0) {
            return new double[0];
        }
        // away from zero, so that nothing cancels
        vector[0] += vector[0] < 0 ? -norm : norm;
        double own = new Dense(length, 1, vector).norm();
        for (int i = 0; i < length; i++) {
            vector[i] /= own;
        }
        return vector;
    }

    private static void reflect(double[] vector, int from, double[] column) {
        double dot = 0;
        for (int i = 0; i < vector.length; i++) {
            dot += vector[i] * column[from + i];
        }
        for (int i = 0; i < vector.length; i++) {
            column[from + i] -= 2 * dot * vector[i];
        }
    }
}
