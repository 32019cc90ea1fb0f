package dev.vesper.train;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/**
 * The process that makes a run. A number alone does not name one: the system gives it to another once it is free.
 *
 * @param started when it began, empty where the system does not tell
 */
record RunProcess(long pid, String started) {
    /** Systems tell the beginning of a process relative to their own, of which their clock may think otherwise later. */
    private static final Duration CLOCK = Duration.ofSeconds(5);

    /** This one. */
    static RunProcess current() {
        return of(ProcessHandle.current());
    }

    static RunProcess of(ProcessHandle process) {
        return new RunProcess(process.pid(), process.info().startInstant().map(Instant::toString).orElse(""));
    }

    /** Whether the process that a record tells of is gone; not if the record tells of none. */
    static boolean gone(JsonNode record) {
        if (!record.path("pid").canConvertToLong()) {
            return false;
        }
        Optional<ProcessHandle> process = ProcessHandle.of(record.path("pid").asLong()).filter(ProcessHandle::isAlive);
        return process.isEmpty() || !began(record.path("started").asString(""), process.get());
    }

    private static boolean began(String started, ProcessHandle process) {
        Optional<Instant> instant = process.info().startInstant();
        return started.isEmpty() || instant.isEmpty()
                || Duration.between(Instant.parse(started), instant.get()).abs().compareTo(CLOCK) < 0;
    }
}
