package dev.vesper.llm.engine;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/**
 * Decides what runs in a step: first in, first served; every sequence that generates gets its one token a step, and
 * prompts share what is left of the step's tokens, so that a long prompt does not stop the others. Plain data, no tensors.
 */
final class Scheduler {
    /** The next tokens of one sequence. */
    record Slice(Sequence sequence, int tokens) {}

    private final int maxRunning;
    private final int tokensPerStep;
    private final ArrayDeque<Sequence> waiting = new ArrayDeque<>();
    private final List<Sequence> running = new ArrayList<>();
    /** The last step, if all that run had one token in it, and still run alone: the next is the same. Otherwise empty. */
    private List<List<Slice>> decoding = List.of();

    /** @param tokensPerStep of prompts; a step has always room for one token of each running sequence besides */
    Scheduler(int maxRunning, int tokensPerStep) {
        this.maxRunning = maxRunning;
        this.tokensPerStep = tokensPerStep;
    }

    void add(Sequence sequence) {
        waiting.add(sequence);
    }

    boolean isEmpty() {
        return waiting.isEmpty() && running.isEmpty();
    }

    int running() {
        return running.size();
    }

    int waiting() {
        return waiting.size();
    }

    /** Starts waiting sequences in their order, as long as {@code admit} finds room for the first. */
    void start(Predicate<Sequence> admit) {
        while (!waiting.isEmpty() && running.size() < maxRunning && admit.test(waiting.peek())) {
            running.add(waiting.remove());
            decoding = List.of();
        }
    }

    /** Removes a sequence wherever it is. */
    void remove(Sequence sequence) {
        waiting.remove(sequence);
        running.remove(sequence);
        decoding = List.of();
    }

    /** Those that were cancelled, waiting or running. */
    List<Sequence> cancelled() {
        List<Sequence> found = List.of();
        for (int i = 0; i < running.size(); i++) {
            found = withIfCancelled(found, running.get(i));
        }
        if (!waiting.isEmpty()) {
            for (Sequence sequence : waiting) {
                found = withIfCancelled(found, sequence);
            }
        }
        return found;
    }

    private static List<Sequence> withIfCancelled(List<Sequence> found, Sequence sequence) {
        if (!sequence.cancelled()) {
            return found;
        }
        List<Sequence> more = new ArrayList<>(found);
        more.add(sequence);
        return more;
    }

    List<Sequence> all() {
        List<Sequence> all = new ArrayList<>(running);
        all.addAll(waiting);
        return all;
    }

    /** What runs in the next step, grouped by model: only slices of one model can share a pass. */
    List<List<Slice>> next() {
        boolean generating = generating();
        if (!generating || decoding.isEmpty()) {
            List<List<Slice>> groups = groups();
            decoding = generating ? groups : List.of();
            return groups;
        }
        return decoding;
    }

    /** Whether no sequence has more than its one token. */
    private boolean generating() {
        for (int i = 0; i < running.size(); i++) {
            if (running.get(i).pending() != 1) {
                return false;
            }
        }
        return true;
    }

    private List<List<Slice>> groups() {
        int left = tokensPerStep;
        Map<Object, List<Slice>> groups = new LinkedHashMap<>();
        for (Sequence sequence : running) {
            int pending = sequence.pending();
            int tokens = pending == 1 ? 1 : Math.min(pending, left);
            if (pending > 1) {
                left -= tokens;
            }
            if (tokens > 0) {
                groups.computeIfAbsent(sequence.model(), key -> new ArrayList<>())
                        .add(new Slice(sequence, tokens));
            }
        }
        return List.copyOf(groups.values());
    }
}
