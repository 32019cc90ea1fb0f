package dev.vesper.cli;

import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.util.Optional;

/**
 * The stdout of the process, which remembers why it could not be written: the JDK's own only knows that it could not, and
 * a full disk is to be told from a reader that had enough, such as {@code head}.
 */
final class Output extends OutputStream {
    private final OutputStream target;
    private Optional<IOException> failure = Optional.empty();

    Output(OutputStream target) {
        this.target = target;
    }

    @Override
    public void write(int value) throws IOException {
        write(new byte[] {(byte) value}, 0, 1);
    }

    @Override
    public synchronized void write(byte[] bytes, int offset, int length) throws IOException {
        try {
            target.write(bytes, offset, length);
        } catch (IOException e) {
            failure = Optional.of(failure.orElse(e));
            throw e;
        }
    }

    /** The exit code of a command that ended with {@code code}: results that nobody got are a failure. */
    synchronized int exitCode(int code, PrintWriter err) {
        if (failure.isEmpty()) {
            return code;
        }
        String reason = String.valueOf(failure.get().getMessage());
        if (!reason.contains("Broken pipe")) {
            err.println("vesper: writing to stdout: " + reason);
            err.flush();
        }
        return code == Vesper.DONE ? Vesper.FAILED : code;
    }
}
