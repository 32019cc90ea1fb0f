package dev.vesper.llm.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vesper.llm.layer.KvCache;
import dev.vesper.tensor.Format;
import dev.vesper.tensor.KeyValues;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Set;
import org.junit.jupiter.api.Test;

class PagePoolTest {
    private static final KvCache.Layout LAYOUT = new KvCache.Layout(Format.F32, 1, 1, 1);
    private static final int ROWS = KvCache.PAGE_ROWS;

    @Test
    void reservesWholePagesAndNoMoreThanThereAre() {
        PagePool pool = new PagePool(LAYOUT, 5);
        assertThat(pool.positions()).isEqualTo(5L * ROWS);
        assertThat(pool.reserve(2 * ROWS + 1)).as("3 pages").isTrue();
        assertThat(pool.reserve(2 * ROWS + 1)).as("3 of the 2 left").isFalse();
        assertThat(pool.reserve(2 * ROWS)).as("a refused reservation takes nothing").isTrue();
        assertThat(pool.reserve(1)).isFalse();
        pool.release(2 * ROWS, new KvCache(LAYOUT, 2 * ROWS));
        assertThat(pool.reserve(1)).isTrue();
    }

    @Test
    void pagesAreAllocatedWhenUsedAndUsedAgain() {
        PagePool pool = new PagePool(LAYOUT, 5);
        Set<float[]> seen = Collections.newSetFromMap(new IdentityHashMap<>());
        for (int repeat = 0; repeat < 3; repeat++) {
            KvCache cache = new KvCache(LAYOUT, 3 * ROWS);
            assertThat(pool.reserve(3 * ROWS)).isTrue();
            pool.grow(cache, 1);
            assertThat(cache.capacity()).isEqualTo(ROWS);
            pool.grow(cache, ROWS);
            assertThat(cache.capacity()).isEqualTo(ROWS);
            pool.grow(cache, ROWS + 1);
            pool.grow(cache, 3 * ROWS);
            assertThat(cache.capacity()).isEqualTo(3 * ROWS);
            Collections.addAll(seen, ((KeyValues.Floats) cache.layer(0)).keys());
            pool.release(3 * ROWS, cache);
            assertThat(cache.capacity()).isZero();
        }
        assertThat(seen).hasSize(3);
    }
}
