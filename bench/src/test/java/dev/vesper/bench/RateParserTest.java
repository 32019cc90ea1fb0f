package dev.vesper.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class RateParserTest {
    /** The fields that count, as llama-bench writes them. */
    private static final String LLAMA_BENCH = """
            [
              {"n_threads": 2, "n_prompt": 512, "n_gen": 0, "n_depth": 0, "avg_ts": 63.001, "samples_ts": [63.4, 62.6]},
              {"n_threads": 2, "n_prompt": 0, "n_gen": 128, "n_depth": 0, "avg_ts": 13.9, "samples_ts": [14.0, 13.8]}
            ]
            """;

    @Test
    void llamaBench() {
        RateParser parser = new RateParser.LlamaBench();
        assertThat(parser.parse(LLAMA_BENCH)).isEqualTo(new Rates(63.001, 13.9));
        assertThatThrownBy(() -> parser.parse(LLAMA_BENCH.replace("\"n_gen\": 128", "\"n_gen\": 0")))
                .hasMessageContaining("n_gen above 0")
                .hasMessageContaining("found 0");
        assertThatThrownBy(() -> parser.parse("load: failed")).hasMessageContaining("expected JSON");
    }

    @Test
    void llamaBenchAtTwoDepths() {
        String deep = LLAMA_BENCH.replace("\n]", """
                ,
                  {"n_threads": 2, "n_prompt": 512, "n_gen": 0, "n_depth": 512, "avg_ts": 55},
                  {"n_threads": 2, "n_prompt": 0, "n_gen": 128, "n_depth": 512, "avg_ts": 12}
                ]""");
        assertThat(new RateParser.LlamaBench().parse(deep)).isEqualTo(new Rates(63.001, 12));
    }

    @Test
    void vesper() {
        RateParser parser = new RateParser.Vesper();
        String json = """
                {"prefill_tokens_per_second": {"median": 100.5, "min": 90, "max": 110},
                 "decode_tokens_per_second": {"median": 20, "min": 19, "max": 21}}""";
        assertThat(parser.parse(json)).isEqualTo(new Rates(100.5, 20));
        assertThatThrownBy(() -> parser.parse("{\"prefill_tokens_per_second\": {\"median\": 1}}"))
                .hasMessageContaining("decode_tokens_per_second.median");
    }

    @Test
    void expressionsTakeTheLastMatch() {
        RateParser parser = new RateParser.Expressions(
                Pattern.compile("prompt.* ([0-9.]+) tokens/s"), Pattern.compile("eval.* ([0-9.]+) tokens/s"));
        assertThat(parser.parse("prompt 1.0 tokens/s\nprompt: 55.5 tokens/s\neval: 7 tokens/s\n"))
                .isEqualTo(new Rates(55.5, 7));
        assertThatThrownBy(() -> parser.parse("prompt 1.0 tokens/s")).hasMessageContaining("eval");
    }

    @Test
    void aRateIsAboveNothing() {
        assertThatThrownBy(() -> new Rates(0, 1)).hasMessageContaining("prefill 0");
        assertThatThrownBy(() -> new Rates(1, Double.NaN)).hasMessageContaining("decode NaN");
    }
}
