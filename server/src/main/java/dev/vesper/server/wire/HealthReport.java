package dev.vesper.server.wire;

/**
 * How the server does (not OpenAI's).
 *
 * @param status {@code ok}, or {@code stopping}
 * @param running choices that the model writes now
 * @param waiting choices that wait for their turn
 */
public record HealthReport(String status, int running, int waiting) {}
