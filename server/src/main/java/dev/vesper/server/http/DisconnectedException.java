package dev.vesper.server.http;

/** The client went away, or takes nothing any more: there is nobody to answer. */
public final class DisconnectedException extends RuntimeException {
    private static final long serialVersionUID = 1;

    public DisconnectedException(String message) {
        super(message);
    }

    DisconnectedException(Throwable cause) {
        super("the client went away: " + cause, cause);
    }
}
