package dev.vesper.train.eval;

/** What an interval of a difference lets one say. */
public enum Verdict {
    BETTER("better"),
    WORSE("worse"),
    /** The interval holds the value that stands for no difference. */
    NO_DIFFERENCE("no difference shown"),
    /** There is no interval. */
    TOO_FEW("no difference shown, as there are too few rows for an interval");

    private final String words;

    Verdict(String words) {
        this.words = words;
    }

    public String words() {
        return words;
    }

    /**
     * @param difference of the first less the second
     * @param none the value that stands for no difference
     * @param higherIsBetter whether more is better for the first
     */
    public static Verdict of(Estimate difference, double none, boolean higherIsBetter) {
        if (!difference.bounded()) {
            return TOO_FEW;
        }
        if (difference.admits(none)) {
            return NO_DIFFERENCE;
        }
        return difference.low() > none == higherIsBetter ? BETTER : WORSE;
    }
}
