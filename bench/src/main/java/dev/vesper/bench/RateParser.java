package dev.vesper.bench;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Finds tokens a second in what an engine's own benchmark prints. */
sealed interface RateParser {

    /** @throws IllegalArgumentException if they are not in there */
    Rates parse(String output);

    /** {@code vesper bench --json}: the medians. */
    record Vesper() implements RateParser {
        @Override
        public Rates parse(String output) {
            JsonNode json = json(output);
            return new Rates(
                    number(json.path("prefill_tokens_per_second").path("median"), "prefill_tokens_per_second.median"),
                    number(json.path("decode_tokens_per_second").path("median"), "decode_tokens_per_second.median"));
        }
    }

    /**
     * {@code llama-bench -o json}: an array with an entry for each test, of which {@code avg_ts} is the mean. The test
     * with a prompt only is the prefill, the one that only generates is the decode. If it was asked for several depths
     * ({@code -d 0,512}), a prompt is read behind nothing and tokens are generated behind the most, as Vesper does.
     */
    record LlamaBench() implements RateParser {
        @Override
        public Rates parse(String output) {
            JsonNode tests = json(output);
            return new Rates(
                    number(entry(tests, "n_prompt", "n_gen", -1).path("avg_ts"), "avg_ts of the prompt"),
                    number(entry(tests, "n_gen", "n_prompt", 1).path("avg_ts"), "avg_ts of the generation"));
        }

        /** @param order 1 for the greatest depth, -1 for the least */
        private static JsonNode entry(JsonNode tests, String some, String none, int order) {
            var entries = tests.valueStream()
                    .filter(test -> test.path(some).asInt(0) > 0 && test.path(none).asInt(0) == 0)
                    .toList();
            int depth = order * entries.stream().mapToInt(test -> order * depth(test)).max().orElse(0);
            var wanted = entries.stream().filter(test -> depth(test) == depth).toList();
            if (wanted.size() != 1) {
                throw new IllegalArgumentException("expected one test with %s above 0 and %s of 0, found %d"
                        .formatted(some, none, wanted.size()));
            }
            return wanted.getFirst();
        }

        private static int depth(JsonNode test) {
            return test.path("n_depth").asInt(0);
        }
    }

    /** Any text: the first group of each expression, where it occurs last. */
    record Expressions(Pattern prefill, Pattern decode) implements RateParser {
        @Override
        public Rates parse(String output) {
            return new Rates(last(prefill, output), last(decode, output));
        }

        private static double last(Pattern pattern, String output) {
            Matcher matcher = pattern.matcher(output);
            String found = "";
            while (matcher.find()) {
                found = matcher.group(1);
            }
            if (found.isEmpty()) {
                throw new IllegalArgumentException(
                        "expected a number where %s matches, found no match".formatted(pattern));
            }
            return Double.parseDouble(found);
        }
    }

    private static JsonNode json(String output) {
        try {
            return JsonMapper.shared().readTree(output);
        } catch (JacksonException e) {
            throw new IllegalArgumentException("expected JSON: " + e.getOriginalMessage(), e);
        }
    }

    private static double number(JsonNode node, String name) {
        if (!node.isNumber()) {
            throw new IllegalArgumentException("expected a number %s, found %s".formatted(name, node));
        }
        return node.asDouble();
    }
}
