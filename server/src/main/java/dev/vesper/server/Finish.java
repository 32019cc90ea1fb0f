package dev.vesper.server;

import dev.vesper.llm.Reply;

/** OpenAI's words for why a reply ended. */
final class Finish {
    private Finish() {}

    static String reason(Reply reply) {
        return switch (reply.finish()) {
            case STOP -> "stop";
            case LENGTH -> "length";
            case CANCELLED -> throw new IllegalStateException("a reply that was given up is not answered");
        };
    }
}
