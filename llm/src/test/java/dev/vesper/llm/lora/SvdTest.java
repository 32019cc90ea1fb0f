package dev.vesper.llm.lora;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.Random;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** QR and singular values: matrices whose values are known, and what the factors must be for any. */
class SvdTest {
    private static final Offset<Double> EXACT = within(1e-14);

    @Test
    void valuesOfKnownMatrices() {
        double root = Math.sqrt(5);
        assertValues(new Dense(2, 2, new double[] {3, 0, 4, 5}), 3 * root, root);
        assertValues(new Dense(2, 2, new double[] {0, 2, -3, 0}), 3, 2);
        assertValues(new Dense(3, 2, new double[] {1, 1, 1, 1, 1, 1}), Math.sqrt(6), 0);
        assertValues(new Dense(1, 3, new double[] {2, -3, 6}), 7);
        assertValues(new Dense(2, 3, new double[6]), 0, 0);
        // the Hilbert matrix of five rows: symmetric and positive, so these are its eigenvalues
        Dense hilbert = Dense.zeros(5, 5);
        for (int row = 0; row < 5; row++) {
            for (int c = 0; c < 5; c++) {
                hilbert.set(row, c, 1.0 / (row + c + 1));
            }
        }
        assertValues(hilbert, 1.567050691098231, 0.2085342186110133, 0.01140749162341981, 3.058980401511918e-4,
                3.287928772171863e-6);
    }

    private static void assertValues(Dense matrix, double... expected) {
        JacobiSvd svd = JacobiSvd.of(matrix);
        assertThat(svd.values()).hasSize(expected.length);
        for (int i = 0; i < expected.length; i++) {
            assertThat(svd.values()[i]).as("value %d", i).isEqualTo(expected[i], EXACT);
        }
        assertProduct(matrix, svd);
    }

    @ParameterizedTest
    @CsvSource({"1,1", "8,8", "40,7", "7,40", "33,32", "2,64"})
    void factorsMakeTheMatrixAndAreOrthonormal(int rows, int columns) {
        Dense matrix = random(rows, columns, rows * 31L + columns);
        JacobiSvd svd = JacobiSvd.of(matrix);
        assertProduct(matrix, svd);
        assertOrthonormal(svd.left());
        assertOrthonormal(svd.right());
        assertThat(svd.values()).isSortedAccordingTo((a, b) -> Double.compare(b, a));
        ThinQr qr = ThinQr.of(matrix);
        assertThat(qr.q().columns()).isEqualTo(Math.min(rows, columns));
        assertOrthonormal(qr.q());
        assertClose(qr.q().times(qr.r()), matrix);
        for (int row = 0; row < qr.r().rows(); row++) {
            for (int c = 0; c < Math.min(row, columns); c++) {
                assertThat(qr.r().at(row, c)).isZero();
            }
        }
    }

    /** What one-sided rotations are chosen for: values of 1e-12 beside 1 have all their digits where columns are scaled. */
    @Test
    void smallValuesAreAsPreciseAsLargeOnes() {
        Dense orthonormal = ThinQr.of(random(20, 6, 5)).q();
        Dense matrix = Dense.zeros(20, 6);
        for (int c = 0; c < 6; c++) {
            for (int row = 0; row < 20; row++) {
                matrix.set(row, c, orthonormal.at(row, c) * Math.pow(10, -3 * c));
            }
        }
        double[] values = JacobiSvd.of(matrix).values();
        for (int c = 0; c < 6; c++) {
            assertThat(values[c] / Math.pow(10, -3 * c)).isEqualTo(1, within(1e-13));
        }
    }

    @ParameterizedTest
    @CsvSource({"8,8,4", "8,8,1", "30,8,5", "8,30,5", "16,16,15"})
    void columnsThatDependOnOthersHaveNoValue(int rows, int columns, int rank) {
        Dense product = random(rows, rank, 1).times(random(rank, columns, 2));
        Dense twice = Dense.zeros(rows, columns);
        for (int row = 0; row < rows; row++) {
            for (int c = 0; c < columns; c++) {
                twice.set(row, c, product.at(row % rank, c % rank)); // exactly the same rows and columns again
            }
        }
        for (Dense matrix : List.of(product, twice)) {
            JacobiSvd svd = JacobiSvd.of(matrix);
            assertProduct(matrix, svd);
            for (int k = rank; k < svd.values().length; k++) {
                assertThat(svd.values()[k]).isLessThan(1e-14 * svd.values()[0]);
            }
            assertThat(svd.values()[rank - 1]).isGreaterThan(1e-6 * svd.values()[0]);
        }
    }

    @Test
    void sizeDoesNotMatter() {
        for (double scale : new double[] {1e-200, 1e200}) {
            Dense matrix = new Dense(2, 2, new double[] {3 * scale, 0, 4 * scale, 5 * scale});
            assertThat(JacobiSvd.of(matrix).values()[1] / scale).isEqualTo(Math.sqrt(5), EXACT);
            assertThat(matrix.norm() / scale).isEqualTo(Math.sqrt(50), EXACT);
        }
    }

    @Test
    void columnsOfNothingHaveNoDirection() {
        JacobiSvd svd = JacobiSvd.of(new Dense(3, 2, new double[] {0, 2, 0, 0, 0, 0}));
        assertThat(svd.values()).containsExactly(2, 0);
        assertThat(svd.left().at(0, 1)).isZero();
        ThinQr qr = ThinQr.of(new Dense(3, 2, new double[] {0, 2, 0, 0, 0, 0}));
        assertClose(qr.q().times(qr.r()), new Dense(3, 2, new double[] {0, 2, 0, 0, 0, 0}));
        assertOrthonormal(qr.q());
    }

    @Test
    void aMatrixThatIsNotFiniteIsRefused() {
        assertThatThrownBy(() -> JacobiSvd.of(new Dense(2, 2, new double[] {1, 2, Double.POSITIVE_INFINITY, 4})))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("2 x 2 that is not finite");
    }

    private static Dense random(int rows, int columns, long seed) {
        Random random = new Random(seed);
        return new Dense(rows, columns, random.doubles((long) rows * columns, -1, 1).toArray());
    }

    private static void assertProduct(Dense matrix, JacobiSvd svd) {
        Dense scaled = Dense.zeros(svd.left().rows(), svd.values().length);
        for (int row = 0; row < scaled.rows(); row++) {
            for (int c = 0; c < scaled.columns(); c++) {
                scaled.set(row, c, svd.left().at(row, c) * svd.values()[c]);
            }
        }
        assertClose(scaled.times(svd.right().transposed()), matrix);
    }

    private static void assertOrthonormal(Dense matrix) {
        Dense gram = matrix.transposed().times(matrix);
        for (int i = 0; i < gram.rows(); i++) {
            gram.set(i, i, gram.at(i, i) - 1);
        }
        assertThat(gram.norm()).isLessThan(1e-13);
    }

    private static void assertClose(Dense actual, Dense expected) {
        assertThat(actual.rows()).isEqualTo(expected.rows());
        assertThat(actual.columns()).isEqualTo(expected.columns());
        for (int i = 0; i < expected.values().length; i++) {
            assertThat(actual.values()[i]).isEqualTo(expected.values()[i], within(1e-14 * (1 + expected.norm())));
        }
    }
}
