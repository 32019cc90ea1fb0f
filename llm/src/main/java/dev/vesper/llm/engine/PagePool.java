package dev.vesper.llm.engine;

import dev.vesper.llm.layer.KvCache;
import java.util.ArrayDeque;

/**
 * The memory for keys and values: pages of {@link KvCache#PAGE_ROWS} positions. A sequence reserves all it may ever need
 * before it starts, so that it can always be finished; pages are allocated when they are first used.
 */
final class PagePool {
    private final KvCache.Layout layout;
    private final int pages;
    private final ArrayDeque<KvCache.Page> free = new ArrayDeque<>();
    private int reserved;

    /** @param pages how many there may be at a time */
    PagePool(KvCache.Layout layout, int pages) {
        this.layout = layout;
        this.pages = pages;
    }

    /** Positions that all pages together hold. */
    long positions() {
        return (long) pages * KvCache.PAGE_ROWS;
    }

    /** Reserves room for so many positions, if there is. */
    boolean reserve(int positions) {
        int needed = pagesFor(positions);
        if (needed > pages - reserved) {
            return false;
        }
        reserved += needed;
        return true;
    }

    /** Gives up a reservation and takes back its pages. */
    void release(int positions, KvCache cache) {
        reserved -= pagesFor(positions);
        while (cache.capacity() > 0) {
            free.push(cache.removePage());
        }
    }

    /** Adds pages until {@code positions} fit; they must have been reserved. */
    void grow(KvCache cache, int positions) {
        while (cache.capacity() < positions) {
            KvCache.Page page = free.poll();
            cache.addPage(page == null ? layout.page() : page);
        }
    }

    private static int pagesFor(int positions) {
        return Math.ceilDiv(positions, KvCache.PAGE_ROWS);
    }
}
