package dev.vesper.cli;

import dev.vesper.tensor.Weight;
import dev.vesper.tensor.quant.Codec;
import dev.vesper.tensor.quant.Codecs;

/** The rows of a matrix that is to be encoded, as floats. */
interface FloatRows {
    /** For one thread. */
    interface Reader {
        void read(int row, float[] values);

        /**
         * Told after each row what is left of it: by default nobody asks.
         *
         * @throws IllegalArgumentException if that is no good
         */
        default void encoded(int row, float[] back) {}
    }

    String name();

    int rows();

    int columns();

    Reader reader();

    /** The rows of a weight as they are. */
    static FloatRows of(Weight weight) {
        return new Plain(weight);
    }

    /** The rows of a weight as they are. */
    record Plain(Weight weight) implements FloatRows {
        @Override
        public String name() {
            return weight.name();
        }

        @Override
        public int rows() {
            return weight.rows();
        }

        @Override
        public int columns() {
            return weight.columns();
        }

        @Override
        public Reader reader() {
            Codec codec = Codecs.of(weight.format());
            return (row, values) -> codec.decode(weight.data(), row * weight.rowBytes(), values, 0, values.length);
        }
    }
}
