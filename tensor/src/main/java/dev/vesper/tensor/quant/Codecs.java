package dev.vesper.tensor.quant;

import dev.vesper.tensor.Format;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/** The codecs there are, by format: those that need nothing, and those for which the user's codebooks are there. */
public final class Codecs {
    private static final List<Codec> ALWAYS = List.of(
            new F32(), new F16(), new BF16(), new Q8_0(), new Q4_0(), new Q4_1(), new Q5_0(), new Q5_1(), new Q2_K(),
            new Q3_K(), new Q4_K(), new Q5_K(), new Q6_K(), new IQ4_NL(), new IQ4_XS(), new MXFP4(), new TQ1_0(),
            new TQ2_0());
    private static final Map<Format, Codec> BY_FORMAT = new EnumMap<>(Format.class);

    static {
        for (Codec codec : ALWAYS) {
            BY_FORMAT.put(codec.format(), codec);
        }
    }

    private Codecs() {}

    /** The formats that can be computed with. */
    public static List<Format> supported() {
        return Stream.concat(
                ALWAYS.stream().map(Codec::format),
                InstalledCodebooks.get().formats().stream())
                .toList();
    }

    /** Whether {@link #of} has a codec for {@code format}. */
    public static boolean supports(Format format) {
        return BY_FORMAT.containsKey(format)
                || InstalledCodebooks.get().codec(format).isPresent();
    }

    /** @throws UnsupportedOperationException if the format cannot be computed with; it says why */
    public static Codec of(Format format) {
        // asked for with every row that is read: an Optional and a lambda would be two objects each time
        Codec codec = BY_FORMAT.get(format);
        return codec != null ? codec : installed(format);
    }

    private static Codec installed(Format format) {
        return InstalledCodebooks.get().codec(format).orElseThrow(() -> new UnsupportedOperationException(
                "weights in %s (ggml type %d) can be neither read nor written; %s".formatted(
                        format, format.ggmlType(), reason(format))));
    }

    /** The codec of a format that refers to a codebook, on one that is given. */
    public static Codec of(Format format, Codebook codebook) {
        if (!codebook.table().serves(format)) {
            throw new IllegalArgumentException(
                    "%s does not refer to the codebook %s".formatted(format, codebook.table()));
        }
        Lattice lattice = Lattice.of(codebook);
        return switch (format) {
            case IQ1_S -> new IQ1_S(lattice);
            case IQ1_M -> new IQ1_M(lattice);
            case IQ2_XXS -> new IQ2_XXS(lattice);
            case IQ2_XS -> new IQ2_XS(lattice);
            case IQ2_S -> new IQ2_S(lattice);
            case IQ3_XXS -> new IQ3_XXS(lattice);
            case IQ3_S -> new IQ3_S(lattice);
            default -> throw new IllegalArgumentException(format + " refers to no codebook");
        };
    }

    /** The codebook that a format refers to, empty if it refers to none or that is not there. */
    public static Optional<Codebook> codebook(Format format) {
        return Codebooks.tableOf(format).flatMap(InstalledCodebooks.get()::codebook);
    }

    /** Why a format cannot be computed with, and what can be done or what can be computed with. */
    public static String reason(Format format) {
        return Codebooks.tableOf(format)
                .map(table -> InstalledCodebooks.get().reason(table))
                .orElseGet(() -> "supported are " + supported());
    }
}
