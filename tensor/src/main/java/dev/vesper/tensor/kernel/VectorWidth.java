package dev.vesper.tensor.kernel;

import java.util.OptionalInt;

/** The vector width asked for with the system property {@code vesper.vector.bits}, which is for tests. */
final class VectorWidth {
    static final String PROPERTY = "vesper.vector.bits";

    private VectorWidth() {}

    /**
     * Empty if the widest vectors of the machine are to be used.
     *
     * @throws IllegalArgumentException if the property is something else than 128, 256 or 512
     */
    static OptionalInt requested() {
        String bits = System.getProperty(PROPERTY);
        if (bits == null) {
            return OptionalInt.empty();
        }
        return switch (bits) {
            case "128", "256", "512" -> OptionalInt.of(Integer.parseInt(bits));
            default -> throw new IllegalArgumentException(
                    "system property %s must be 128, 256 or 512, got \"%s\"".formatted(PROPERTY, bits));
        };
    }
}
