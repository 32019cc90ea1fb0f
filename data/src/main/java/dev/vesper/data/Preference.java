package dev.vesper.data;

/** What somebody thought of the answer in a row. */
public enum Preference {
    /** Nothing is known: it is an example to be learnt. */
    NONE,
    /** It was chosen over another, or found good. */
    CHOSEN,
    /** Another was chosen over it, or it was found bad. */
    REJECTED
}
