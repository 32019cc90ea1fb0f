package dev.vesper.llm.lora;

/**
 * A matrix of doubles, for the little linear algebra that adapters need.
 *
 * @param values row by row
 */
record Dense(int rows, int columns, double[] values) {
    Dense {
        if (values.length != Math.multiplyExact(rows, columns)) {
            throw new IllegalArgumentException(
                    "%d values are no matrix of %d x %d".formatted(values.length, rows, columns));
        }
    }

    static Dense zeros(int rows, int columns) {
        return new Dense(rows, columns, new double[Math.multiplyExact(rows, columns)]);
    }

    double at(int row, int column) {
        return values[row * columns + column];
    }

    void set(int row, int column, double value) {
        values[row * columns + column] = value;
    }

    Dense transposed() {
        Dense result = zeros(columns, rows);
        for (int r = 0; r < rows; r++) {
            for (int c = 0; c < columns; c++) {
                result.set(c, r, at(r, c));
            }
        }
        return result;
    }

    Dense times(Dense other) {
        if (columns != other.rows) {
            throw new IllegalArgumentException(
                    "%d x %d times %d x %d".formatted(rows, columns, other.rows, other.columns));
        }
        Dense result = zeros(rows, other.columns);
        for (int r = 0; r < rows; r++) {
            for (int k = 0; k < columns; k++) {
                double factor = at(r, k);
                for (int c = 0; c < other.columns; c++) {
                    result.values[r * other.columns + c] += factor * other.values[k * other.columns + c];
                }
            }
        }
        return result;
    }

    /** The root of the sum of all squares (Frobenius), without overflow or underflow on the way. */
    double norm() {
        double largest = 0;
        for (double value : values) {
            largest = Math.max(largest, Math.abs(value));
        }
        if (largest == 0 || !Double.isFinite(largest)) {
            return largest;
        }
        double sum = 0;
        for (double value : values) {
            sum += value / largest * (value / largest);
        }
        return largest * Math.sqrt(sum);
    }
}
