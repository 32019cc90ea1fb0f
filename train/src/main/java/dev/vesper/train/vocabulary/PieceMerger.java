package dev.vesper.train.vocabulary;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;

/**
 * Finds pieces: begins with the characters of each segment and, again and again, makes a piece of the most frequent two
 * neighbours. What counts is the text that two neighbours make together, because that is what the tokenizer looks at:
 * after each step, segments are cut here as the tokenizer would cut them with the pieces found so far.
 *
 * <p>Of pieces that are equally frequent the one with fewer characters comes first, then the one that is first in the
 * order of Unicode.
 */
final class PieceMerger {
    private static final int MOST_CHARACTERS = 16;
    private static final int LEAST_COUNT = 2;
    private static final Comparator<Queued> BEST_FIRST = Comparator.<Queued>comparingLong(q -> -q.count)
            .thenComparingInt(q -> q.candidate.characters)
            .thenComparing(q -> q.candidate.text, PieceMerger::byCodePoints);

    private final List<Segment> segments = new ArrayList<>();
    private final Map<String, Candidate> candidates = new HashMap<>();
    private final Map<String, Integer> ranks = new HashMap<>();

    /** A segment as it is cut at present. */
    private record Segment(List<String> parts, long count) {}

    /** A text that two neighbours make somewhere. */
    private static final class Candidate {
        private final String text;
        private final int characters;
        private long count;
        /** Where it may be found; some may have gone since. */
        private int[] places = new int[4];
        private int placesUsed;

        private Candidate(String text, int characters) {
            this.text = text;
            this.characters = characters;
        }

        private void add(int place, long times) {
            count += times;
            if (placesUsed > 0 && places[placesUsed - 1] == place) {
                return;
            }
            if (placesUsed == places.length) {
                places = Arrays.copyOf(places, 2 * placesUsed);
            }
            places[placesUsed++] = place;
        }
    }

    /** A candidate with the count that it had when it was queued. */
    private record Queued(Candidate candidate, long count) {}

    /** @param counts how often each segment occurs; characters that have no piece must not be in them */
    PieceMerger(Map<String, Long> counts) {
        counts.entrySet().stream().sorted(Map.Entry.comparingByKey()).forEach(entry -> segments.add(new Segment(
                new ArrayList<>(entry.getKey().codePoints().mapToObj(Character::toString).toList()),
                entry.getValue())));
    }

    /** The pieces, the most eagerly merged first; fewer than {@code most} if no other occurs twice. */
    List<String> pieces(int most) {
        for (int place = 0; place < segments.size(); place++) {
            count(place, 1);
        }
        var queue = new PriorityQueue<Queued>(BEST_FIRST);
        candidates.values().forEach(candidate -> queue.add(new Queued(candidate, candidate.count)));
        List<String> pieces = new ArrayList<>();
        while (pieces.size() < most && !queue.isEmpty()) {
            Queued best = queue.remove();
            Candidate candidate = best.candidate;
            if (candidates.get(candidate.text) != candidate || candidate.count < LEAST_COUNT) {
                continue;
            }
            if (best.count != candidate.count) {
                queue.add(new Queued(candidate, candidate.count));
                continue;
            }
            ranks.put(candidate.text, pieces.size());
            pieces.add(candidate.text);
            for (Candidate changed : merge(candidate)) {
                queue.add(new Queued(changed, changed.count));
            }
        }
        return pieces;
    }

    /** How many parts all segments are cut into, each as often as it occurs. */
    long parts() {
        return segments.stream().mapToLong(segment -> segment.count * segment.parts.size()).sum();
    }

    /** Cuts the segments anew that the candidate, a piece now, is in; gives the candidates that occur more often. */
    private List<Candidate> merge(Candidate candidate) {
        int[] places = Arrays.copyOf(candidate.places, candidate.placesUsed);
        Arrays.sort(places);
        List<Candidate> changed = new ArrayList<>();
        int before = -1;
        for (int place : places) {
            if (place != before) {
                count(place, -1);
                join(segments.get(place).parts);
                changed.addAll(count(place, 1));
            }
            before = place;
        }
        candidates.remove(candidate.text);
        return changed.stream().distinct().toList();
    }

    /** Joins neighbours that make a piece, the most eager first and of equals the leftmost, until there are none. */
    private void join(List<String> parts) {
        while (true) {
            int best = -1;
            int bestRank = Integer.MAX_VALUE;
            for (int i = 0; i + 1 < parts.size(); i++) {
                int rank = ranks.getOrDefault(parts.get(i) + parts.get(i + 1), Integer.MAX_VALUE);
                if (rank < bestRank) {
                    best = i;
                    bestRank = rank;
                }
            }
            if (best < 0) {
                return;
            }
            parts.set(best, parts.get(best) + parts.remove(best + 1));
        }
    }

    /** Adds the neighbours of a segment to the candidates, or takes them off. */
    private List<Candidate> count(int place, int sign) {
        Segment segment = segments.get(place);
        List<Candidate> counted = new ArrayList<>();
        for (int i = 0; i + 1 < segment.parts.size(); i++) {
            String text = segment.parts.get(i) + segment.parts.get(i + 1);
            int characters = text.codePointCount(0, text.length());
            if (characters > MOST_CHARACTERS) {
                continue;
            }
            Candidate candidate = candidates.computeIfAbsent(text, key -> new Candidate(key, characters));
            if (sign > 0) {
                candidate.add(place, segment.count);
                counted.add(candidate);
            } else {
                candidate.count -= segment.count;
            }
        }
        return counted;
    }

    /** In the order of code points, which is that of UTF-8. */
    private static int byCodePoints(String a, String b) {
        return Arrays.compare(a.codePoints().toArray(), b.codePoints().toArray());
    }
}
