package dev.vesper.tensor.quant;

import dev.vesper.tensor.Format;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** The codecs there are, by format. */
public final class Codecs {
    private static final List<Codec> ALL = List.of(
            new F32(), new F16(), new BF16(), new Q8_0(), new Q4_0(), new Q4_1(), new Q5_0(), new Q5_1(), new Q2_K(),
            new Q3_K(), new Q4_K(), new Q5_K(), new Q6_K(), new IQ4_NL(), new IQ4_XS(), new MXFP4(), new TQ1_0(),
            new TQ2_0());
    private static final Map<Format, Codec> BY_FORMAT = new EnumMap<>(Format.class);

    static {
        for (Codec codec : ALL) {
            BY_FORMAT.put(codec.format(), codec);
        }
    }

    private Codecs() {}

    /** The formats that can be computed with. */
    public static List<Format> supported() {
        return ALL.stream().map(Codec::format).toList();
    }

    /** Whether {@link #of} has a codec for {@code format}. */
    public static boolean supports(Format format) {
        return BY_FORMAT.containsKey(format);
    }

    /** @throws UnsupportedOperationException if the format cannot be computed with; it lists those that can */
    public static Codec of(Format format) {
        Codec codec = BY_FORMAT.get(format);
        if (codec == null) {
            throw new UnsupportedOperationException("weights in %s (ggml type %d) cannot be read; supported are %s"
                    .formatted(format, format.ggmlType(), supported()));
        }
        return codec;
    }
}
