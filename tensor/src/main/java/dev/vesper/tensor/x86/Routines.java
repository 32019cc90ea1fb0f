package dev.vesper.tensor.x86;

import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Routines by number, each written when it is first asked for. Thread-safe. */
final class Routines {
    private final AtomicReferenceArray<@Nullable Routine> routines;

    Routines(int count) {
        this.routines = new AtomicReferenceArray<>(count);
    }

    /** Null if it is not written yet: callers look before they {@link #write}, as the lambda for that would be an object. */
    @Nullable
    Routine get(int index) {
        return routines.get(index);
    }

    /** Two threads may write the same routine; one of them is used. */
    Routine write(int index, Supplier<byte[]> code) {
        Routine written = new Routine(code.get());
        Routine before = routines.compareAndExchange(index, null, written);
        return before == null ? written : before;
    }
}
