package dev.vesper.bench;

/** Tokens a second that an engine reached: processing a prompt at once, and generating one by one. */
record Rates(double prefill, double decode) {
    Rates {
        if (!(prefill > 0) || !(decode > 0) || Double.isInfinite(prefill) || Double.isInfinite(decode)) {
            throw new IllegalArgumentException(
                    "expected tokens a second above 0, found prefill %s and decode %s".formatted(prefill, decode));
        }
    }
}
