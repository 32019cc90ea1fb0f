package dev.vesper.llm.engine;

import dev.vesper.llm.arch.ModelShape;
import dev.vesper.llm.engine.Scheduler.Slice;
import dev.vesper.llm.error.ContextLengthException;
import dev.vesper.llm.layer.Batch;
import dev.vesper.llm.layer.KvCache;
import dev.vesper.tensor.Tensor;
import dev.vesper.tensor.op.Ops;
import dev.vesper.tensor.op.Span;
import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Generates for many sequences at once (continuous batching, Yu et al. 2022): each step runs one pass over the next
 * tokens of all that run. One thread does the work; requests come from any.
 */
public final class Engine implements AutoCloseable {
    private final Ops ops;
    private final ModelShape shape;
    private final EngineOptions options;
    private final KvCache.Layout layout;
    private final PagePool pages;
    private final Scheduler scheduler;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition work = lock.newCondition();
    private final Thread thread;
    private final Predicate<Sequence> admission = this::admit;
    private boolean closed;
    /** What ended the thread, if not {@link #close()}. */
    private @Nullable Throwable breakdown;

    /**
     * @param ops used by this engine alone
     * @param shape of the models that requests name
     * @throws IllegalArgumentException if the memory for keys and values holds not even a page
     */
    public Engine(Ops ops, ModelShape shape, EngineOptions options) {
        this.ops = ops;
        this.shape = shape;
        this.options = options;
        this.layout = KvCache.Layout.of(options.cacheFormat(), shape.layers(), shape.attention());
        long pageBytes = layout.pageBytes();
        long count = options.cacheBytes() / pageBytes;
        if (count == 0) {
            throw new IllegalArgumentException(
                    "%d bytes for keys and values: %d positions of this model already take %d"
                            .formatted(options.cacheBytes(), KvCache.PAGE_ROWS, pageBytes));
        }
        this.pages = new PagePool(layout, (int) Math.min(count, Integer.MAX_VALUE / KvCache.PAGE_ROWS));
        this.scheduler = new Scheduler(options.maxRunning(), options.promptTokensPerStep());
        this.thread = Thread.ofPlatform().daemon().name("vesper-engine").unstarted(this::run);
    }

    /** Starts the thread. */
    public Engine start() {
        lock.lock();
        try {
            // one that was closed before has ended its sequences already
            if (!closed) {
                thread.start();
            }
        } finally {
            lock.unlock();
        }
        return this;
    }

    /** The longest a sequence may become. */
    public int contextLength() {
        return (int) Math.min(options.contextLength(), pages.positions());
    }

    /**
     * Queues a request. One for no tokens at all has ended when this returns.
     *
     * @throws ContextLengthException if the prompt leaves no room for a new token
     * @throws IllegalStateException if the engine is closed
     */
    public Sequence submit(GenerationRequest request, TokenListener listener) {
        int prompt = request.prompt().length;
        if (prompt >= contextLength() && request.maxTokens() > 0 || prompt > contextLength()) {
            throw new ContextLengthException(prompt, contextLength());
        }
        for (int token : request.prompt()) {
            checkToken("token id", token);
        }
        request.sampling().logitBias().keySet().forEach(token -> checkToken("logit bias for token", token));
        int limit = (int) Math.min(contextLength(), (long) prompt + request.maxTokens());
        Sequence sequence = new Sequence(request, listener, limit);
        lock.lock();
        try {
            if (closed) {
                throw new IllegalStateException("the engine is closed", breakdown);
            }
            if (request.maxTokens() > 0) {
                scheduler.add(sequence);
                work.signal();
            }
        } finally {
            lock.unlock();
        }
        if (request.maxTokens() == 0) {
            listener.finished(FinishReason.LENGTH);
        }
        return sequence;
    }

    private void checkToken(String what, int token) {
        if (token < 0 || token >= shape.vocabulary()) {
            throw new IllegalArgumentException(
                    "%s %d: not in the vocabulary of %d".formatted(what, token, shape.vocabulary()));
        }
    }

    /** Sequences that run, and that wait. */
    public Load load() {
        lock.lock();
        try {
            return new Load(scheduler.running(), scheduler.waiting());
        } finally {
            lock.unlock();
        }
    }

    /** How many sequences there are. */
    public record Load(int running, int waiting) {}

    /**
     * Ends all sequences as cancelled and stops the thread: all have ended when this returns, unless a listener calls it,
     * which would wait for itself.
     */
    @Override
    public void close() {
        lock.lock();
        try {
            closed = true;
            scheduler.all().forEach(Sequence::cancel);
            work.signal();
            if (thread.getState() == Thread.State.NEW) {
                // nobody else would tell those that wait
                thread.start();
            }
        } finally {
            lock.unlock();
        }
        boolean interrupted = false;
        while (thread.isAlive() && thread != Thread.currentThread()) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void run() {
        try {
            List<List<Slice>> groups = await();
            while (!groups.isEmpty()) {
                for (int i = 0; i < groups.size(); i++) {
                    if (!closed()) {
                        stepOrFail(groups.get(i));
                    }
                }
                groups = await();
            }
        } catch (RuntimeException | Error error) {
            breakDown(error);
        }
    }

    private boolean closed() {
        lock.lock();
        try {
            return closed;
        } finally {
            lock.unlock();
        }
    }

    private void stepOrFail(List<Slice> group) {
        try {
            step(group);
        } catch (RuntimeException | Error error) {
            group.stream()
                    .map(Slice::sequence)
                    .filter(Sequence::admitted)
                    .forEach(sequence -> fail(sequence, error));
        }
    }

    /** Without its thread the engine does nothing more: nobody may wait for it in vain. */
    private void breakDown(Throwable error) {
        List<Sequence> all;
        lock.lock();
        try {
            closed = true;
            breakdown = error;
            all = scheduler.all();
        } finally {
            lock.unlock();
        }
        all.forEach(sequence -> fail(sequence, error));
        report(error);
    }

    /** The next work; empty when closed. */
    private List<List<Slice>> await() {
        while (true) {
            List<Sequence> cancelled;
            lock.lock();
            try {
                while (scheduler.isEmpty() && !closed) {
                    work.awaitUninterruptibly();
                }
                cancelled = scheduler.cancelled();
                if (cancelled.isEmpty()) {
                    scheduler.start(admission);
                    return scheduler.next();
                }
            } finally {
                lock.unlock();
            }
            cancelled.forEach(sequence -> finish(sequence, FinishReason.CANCELLED));
        }
    }

    private boolean admit(Sequence sequence) {
        if (!pages.reserve(sequence.limit())) {
            return false;
        }
        sequence.cache(new KvCache(layout, sequence.limit()));
        return true;
    }

    /** One pass over slices of one model. */
    private void step(List<Slice> slices) {
        Batch batch = batch(slices);
        ops.begin();
        Tensor hidden = slices.getFirst().sequence().model().hidden(ops, batch);
        for (int i = 0; i < slices.size(); i++) {
            slices.get(i).sequence().advance(slices.get(i).tokens());
        }
        if (batch.wanted().length == 0) {
            return;
        }
        Tensor logits = slices.getFirst().sequence().model().logits(ops, hidden);
        int row = 0;
        for (int i = 0; i < slices.size(); i++) {
            Sequence sequence = slices.get(i).sequence();
            if (sequence.pending() == 0) {
                accept(sequence, logits, row++);
            }
        }
    }

    /** An error here, of the listener's too, is this sequence's own: the others of the batch go on. */
    private void accept(Sequence sequence, Tensor logits, int row) {
        FinishReason reason;
        try {
            reason = sequence.accept(logits.data(), row * shape.vocabulary(), shape.vocabulary());
        } catch (RuntimeException | Error error) {
            fail(sequence, error);
            return;
        }
        if (reason != null) {
            finish(sequence, reason);
        }
    }

    private Batch batch(List<Slice> slices) {
        int rows = 0;
        for (int i = 0; i < slices.size(); i++) {
            rows += slices.get(i).tokens();
        }
        int[] tokens = new int[rows];
        Span[] spans = new Span[slices.size()];
        int[] wanted = new int[slices.size()];
        int wantedCount = 0;
        int row = 0;
        for (int i = 0; i < slices.size(); i++) {
            Slice slice = slices.get(i);
            Sequence sequence = slice.sequence();
            pages.grow(sequence.cache(), sequence.processed() + slice.tokens());
            sequence.copyPending(slice.tokens(), tokens, row);
            spans[i] = new Span(row, slice.tokens(), sequence.processed(), sequence.cache());
            row += slice.tokens();
            if (slice.tokens() == sequence.pending()) {
                wanted[wantedCount++] = row - 1;
            }
        }
        return new Batch(
                tokens, List.of(spans),
                wantedCount == wanted.length ? wanted : java.util.Arrays.copyOf(wanted, wantedCount));
    }

    private void finish(Sequence sequence, FinishReason reason) {
        remove(sequence);
        tell(() -> sequence.listener().finished(reason));
    }

    private void fail(Sequence sequence, Throwable error) {
        remove(sequence);
        tell(() -> sequence.listener().failed(error));
    }

    /** A listener that throws at its end harms nobody else. */
    private void tell(Runnable end) {
        try {
            end.run();
        } catch (RuntimeException | Error error) {
            report(error);
        }
    }

    private void report(Throwable error) {
        thread.getUncaughtExceptionHandler().uncaughtException(thread, error);
    }

    private void remove(Sequence sequence) {
        lock.lock();
        try {
            scheduler.remove(sequence);
            if (sequence.admitted()) {
                pages.release(sequence.limit(), sequence.cache());
                sequence.cache(null);
            }
        } finally {
            lock.unlock();
        }
    }
}
