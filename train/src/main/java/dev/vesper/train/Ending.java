package dev.vesper.train;

/** Why a run ended. */
public enum Ending {
    /** All steps were made. */
    COMPLETE,
    /** The held-out loss had not become lower for as many measurements as were allowed. */
    NO_PROGRESS,
    /** The time that it was given was over. */
    TIME,
    /** It was asked to stop, and can be resumed. */
    STOPPED;

    /** Whether there is nothing left to do. */
    public boolean finished() {
        return this != STOPPED;
    }
}
