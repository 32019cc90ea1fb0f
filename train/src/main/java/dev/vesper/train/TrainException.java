package dev.vesper.train;

/** Training cannot begin, or cannot go on. */
public final class TrainException extends RuntimeException {
    private static final long serialVersionUID = 1;

    public TrainException(String message) {
        super(message);
    }

    public TrainException(String message, Throwable cause) {
        super(message, cause);
    }
}
