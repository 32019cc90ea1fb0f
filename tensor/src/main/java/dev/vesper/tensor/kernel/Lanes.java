package dev.vesper.tensor.kernel;

import java.util.OptionalInt;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/** The one vector shape that a process computes with; constants, because C2 folds nothing else. */
final class Lanes {
    static final VectorSpecies<Float> FLOAT = species();
    /** Floats in a vector. */
    static final int COUNT = FLOAT.length();

    private Lanes() {}

    private static VectorSpecies<Float> species() {
        OptionalInt bits = VectorWidth.requested();
        return bits.isPresent()
                ? VectorSpecies.of(float.class, VectorShape.forBitSize(bits.getAsInt()))
                : FloatVector.SPECIES_PREFERRED;
    }
}
