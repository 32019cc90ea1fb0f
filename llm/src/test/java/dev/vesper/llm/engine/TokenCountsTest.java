package dev.vesper.llm.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.Map;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class TokenCountsTest {
    /** Counted up, and down again at the other end of a window, as penalties do it, beside a map. */
    @Test
    void countsLikeAMap() {
        var random = new SplittableRandom(1);
        for (int vocabulary : new int[] {3, 100, 200_000}) {
            var counts = new TokenCounts();
            Map<Integer, Integer> expected = new HashMap<>();
            int[] tokens = random.ints(5000, 0, vocabulary).toArray();
            for (int i = 0; i < tokens.length; i++) {
                counts.add(tokens[i], 1);
                expected.merge(tokens[i], 1, Integer::sum);
                if (i >= 300) {
                    counts.add(tokens[i - 300], -1);
                    expected.computeIfPresent(tokens[i - 300], (token, times) -> times == 1 ? null : times - 1);
                }
                if (i % 100 == 0) {
                    assertThat(read(counts)).isEqualTo(expected);
                }
            }
            // room for what is in the window, not for all that ever was
            assertThat(counts.places()).isLessThanOrEqualTo(2048);
        }
    }

    private static Map<Integer, Integer> read(TokenCounts counts) {
        Map<Integer, Integer> read = new HashMap<>();
        for (int place = 0; place < counts.places(); place++) {
            if (counts.count(place) != 0) {
                assertThat(read.put(counts.token(place), counts.count(place))).isNull();
            }
        }
        return read;
    }
}
