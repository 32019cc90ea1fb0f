package dev.vesper.llm.engine;

import static dev.vesper.llm.engine.EngineHarness.prompt;
import static dev.vesper.llm.engine.EngineHarness.request;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vesper.llm.error.ContextLengthException;
import dev.vesper.llm.layer.KvCache;
import dev.vesper.tensor.kernel.ScalarKernels;
import dev.vesper.tensor.op.Ops;
import dev.vesper.tensor.op.Span;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The engine with models that compute nothing: what it runs, what ends how, and that everything is given back. */
@Timeout(60)
class EngineTest {
    private final EngineHarness harness = new EngineHarness();
    private final ScriptedModel model = harness.model;

    @AfterEach
    void close() {
        harness.close();
    }

    @Test
    void sixtyFourAtOnce() {
        Engine engine = harness.engine(400, 40, 16, 48).start();
        List<Collected> all = new ArrayList<>();
        for (int i = 0; i < 64; i++) {
            all.add(new Collected());
            engine.submit(request(model, prompt(1 + 2 * i, i), 1 + i % 23 * 5), all.get(i));
        }
        for (int i = 0; i < 64; i++) {
            Collected one = all.get(i).ended();
            assertThat(one.reason()).isEqualTo(FinishReason.LENGTH);
            assertThat(one.tokens())
                    .as("sequence %d", i)
                    .isEqualTo(model.continuation(prompt(1 + 2 * i, i), 1 + i % 23 * 5));
        }
        assertThat(model.batches).anyMatch(batch -> batch.spans().size() == 16);
        harness.assertEverythingFree(engine);
    }

    @Test
    void twoModelsInterleaved() {
        ScriptedModel adapted = new ScriptedModel(77);
        Engine engine = harness.engine(100, 20, 8, 16);
        List<Collected> all = new ArrayList<>();
        for (int i = 0; i < 12; i++) {
            all.add(new Collected());
            engine.submit(request(i % 2 == 0 ? model : adapted, prompt(5, i), 10), all.get(i));
        }
        engine.start();
        for (int i = 0; i < 12; i++) {
            assertThat(all.get(i).ended().tokens())
                    .isEqualTo((i % 2 == 0 ? model : adapted).continuation(prompt(5, i), 10));
        }
    }

    @Test
    void promptsLongerThanAStepComeInPieces() {
        Engine engine = harness.engine(300, 10, 4, 16);
        Collected a = new Collected();
        Collected b = new Collected();
        engine.submit(request(model, prompt(100, 1), 3), a);
        engine.submit(request(model, prompt(70, 2), 3), b);
        engine.start();
        assertThat(a.ended().tokens()).isEqualTo(model.continuation(prompt(100, 1), 3));
        assertThat(b.ended().tokens()).isEqualTo(model.continuation(prompt(70, 2), 3));
        assertThat(model.batches).allMatch(batch -> batch.tokens().length <= 16 + 2);
        assertThat(model.batches.getFirst().wanted()).isEmpty();
    }

    @Test
    void theContextIsUsedToItsLastToken() {
        Engine engine = harness.engine(70, 2, 4, 1000).start();
        assertThat(engine.contextLength()).isEqualTo(70);
        for (int length : new int[] {1, KvCache.PAGE_ROWS, KvCache.PAGE_ROWS + 1, 69}) {
            Collected one = new Collected();
            engine.submit(request(model, prompt(length, 3), 1000), one);
            assertThat(one.ended().reason()).isEqualTo(FinishReason.LENGTH);
            assertThat(one.tokens()).isEqualTo(model.continuation(prompt(length, 3), 70 - length));
        }
        assertThatThrownBy(() -> engine.submit(request(model, prompt(70, 3), 1), new Collected()))
                .isInstanceOf(ContextLengthException.class)
                .hasMessageContainingAll("70 tokens", "limited to 70");
    }

    @Test
    void memoryForFewerPositionsThanTheContextLimitsIt() {
        Engine engine = harness.engine(1000, 2, 4, 1000).start();
        assertThat(engine.contextLength()).isEqualTo(2 * KvCache.PAGE_ROWS);
        harness.assertEverythingFree(engine);
        assertThatThrownBy(() -> engine.submit(request(model, prompt(2 * KvCache.PAGE_ROWS, 3), 1), new Collected()))
                .isInstanceOf(ContextLengthException.class);
        var options = new EngineOptions(10, EngineHarness.PAGE_BYTES - 1, 1, 1, dev.vesper.tensor.Format.F32);
        assertThatThrownBy(
                () -> new Engine(Ops.forInference(new ScalarKernels(), harness.workers), ScriptedModel.SHAPE, options))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContainingAll(Long.toString(EngineHarness.PAGE_BYTES - 1),
                        Long.toString(EngineHarness.PAGE_BYTES));
    }

    @Test
    void noTokensAskedForNoneGiven() {
        Engine engine = harness.engine(10, 1, 1, 8).start();
        for (int length : new int[] {1, 10}) {
            Collected none = new Collected();
            engine.submit(request(model, prompt(length, 1), 0), none);
            assertThat(none.hasEnded()).isTrue();
            assertThat(none.ended().reason()).isEqualTo(FinishReason.LENGTH);
            assertThat(none.tokens()).isEmpty();
        }
        assertThatThrownBy(() -> engine.submit(request(model, prompt(11, 1), 0), new Collected()))
                .isInstanceOf(ContextLengthException.class);
    }

    @Test
    void endTokensAreNotHandedOut() {
        Engine engine = harness.engine(100, 2, 2, 8).start();
        List<Integer> expected = model.continuation(prompt(4, 9), 50);
        int end = expected.get(20);
        Collected one = new Collected();
        engine.submit(new GenerationRequest(model, prompt(4, 9), 50, Set.of(end), SamplerOptions.greedy()), one);
        assertThat(one.ended().reason()).isEqualTo(FinishReason.STOP);
        assertThat(one.tokens()).isEqualTo(expected.subList(0, expected.indexOf(end)));
        harness.assertEverythingFree(engine);
    }

    @Test
    void aListenerThatHasEnoughEndsItsSequence() {
        Engine engine = harness.engine(100, 2, 2, 8).start();
        Collected one = new Collected(7);
        engine.submit(request(model, prompt(4, 9), 50), one);
        assertThat(one.ended().reason()).isEqualTo(FinishReason.STOP);
        assertThat(one.tokens()).isEqualTo(model.continuation(prompt(4, 9), 7));
        harness.assertEverythingFree(engine);
    }

    @Test
    void cancelledWhileItWaits() {
        Semaphore passes = new Semaphore(0);
        ScriptedModel slow = new ScriptedModel(5, batch -> passes.acquireUninterruptibly());
        Engine engine = harness.engine(100, 10, 1, 8).start();
        Collected running = new Collected();
        Collected waiting = new Collected();
        Collected last = new Collected();
        engine.submit(request(slow, prompt(4, 1), 5), running);
        Sequence second = engine.submit(request(slow, prompt(4, 2), 5), waiting);
        engine.submit(request(slow, prompt(4, 3), 5), last);
        second.cancel();
        passes.release(1);
        assertThat(waiting.ended().reason()).isEqualTo(FinishReason.CANCELLED);
        assertThat(waiting.tokens()).isEmpty();
        assertThat(running.hasEnded()).isFalse();
        passes.release(100);
        assertThat(running.ended().tokens()).isEqualTo(slow.continuation(prompt(4, 1), 5));
        assertThat(last.ended().tokens()).isEqualTo(slow.continuation(prompt(4, 3), 5));
        harness.assertEverythingFree(engine);
    }

    @Test
    void cancelledWhileItRunsMakesRoomForTheNext() {
        Engine engine = harness.engine(1 << 20, 1 << 14, 4, 8).start();
        Collected running = new Collected();
        Collected next = new Collected();
        Sequence all = engine.submit(request(model, prompt(4, 1), 1 << 20), running);
        running.awaitFirst();
        engine.submit(request(model, prompt(4, 2), 200), next);
        assertThat(engine.load()).isEqualTo(new Engine.Load(1, 1));
        all.cancel();
        assertThat(running.ended().reason()).isEqualTo(FinishReason.CANCELLED);
        assertThat(running.tokens()).isEqualTo(model.continuation(prompt(4, 1), running.tokens().size()));
        assertThat(next.ended().tokens()).isEqualTo(model.continuation(prompt(4, 2), 200));
        all.cancel();
        assertThat(engine.load()).isEqualTo(new Engine.Load(0, 0));
    }

    @Test
    void noTokenComesAfterTheListenerCancelled() {
        Engine engine = harness.engine(100, 2, 2, 8);
        AtomicReference<Sequence> sequence = new AtomicReference<>();
        Collected one = new Collected();
        sequence.set(engine.submit(request(model, prompt(4, 1), 50), new Relay(one) {
            @Override
            public boolean token(int token) {
                sequence.get().cancel();
                return super.token(token);
            }
        }));
        engine.start();
        assertThat(one.ended().reason()).isEqualTo(FinishReason.CANCELLED);
        assertThat(one.tokens()).hasSize(1);
    }

    @Test
    void whereMemoryIsShortTheFirstComesFirst() {
        int page = KvCache.PAGE_ROWS;
        Engine engine = harness.engine(3 * page, 3, 8, 64);
        List<Integer> ended = new CopyOnWriteArrayList<>();
        int[] limits = {page - 4, 3 * page - 2, 10, 3 * page - 2, 10, 2 * page, 10};
        List<Collected> all = new ArrayList<>();
        for (int i = 0; i < limits.length; i++) {
            int index = i;
            all.add(new Collected());
            engine.submit(request(model, prompt(2, i), limits[i] - 2), new Relay(all.get(i)) {
                @Override
                public void finished(FinishReason reason) {
                    ended.add(index);
                    super.finished(reason);
                }
            });
        }
        engine.start();
        for (int i = 0; i < limits.length; i++) {
            assertThat(all.get(i).ended().tokens()).isEqualTo(model.continuation(prompt(2, i), limits[i] - 2));
        }
        // the small one at 2 would fit beside 0 but waits for 1; 4 and 5 then run together, and 6 beside 5
        assertThat(ended).containsExactly(0, 1, 2, 3, 4, 6, 5);
        harness.assertEverythingFree(engine);
    }

    /** Sequences come, go and are cancelled from several threads; what is left in the end is nothing. */
    @Test
    void manyThreadsAtOnce() throws InterruptedException {
        Engine engine = harness.engine(120, 12, 6, 20).start();
        List<Throwable> wrong = new CopyOnWriteArrayList<>();
        List<Thread> threads = new ArrayList<>();
        for (int t = 0; t < 4; t++) {
            int seed = t;
            threads.add(Thread.ofPlatform().start(() -> {
                Random random = new Random(seed);
                try {
                    for (int i = 0; i < 40; i++) {
                        int[] prompt = prompt(1 + random.nextInt(60), i);
                        int tokens = 1 + random.nextInt(50);
                        Collected one = new Collected();
                        Sequence sequence = engine.submit(request(model, prompt, tokens), one);
                        if (random.nextInt(3) == 0) {
                            sequence.cancel();
                        }
                        one.ended();
                        assertThat(one.tokens()).isEqualTo(model.continuation(prompt, one.tokens().size()));
                        assertThat(one.error()).isNull();
                        if (one.reason() == FinishReason.LENGTH) {
                            assertThat(one.tokens()).hasSize(tokens);
                        }
                    }
                } catch (Throwable error) {
                    wrong.add(error);
                }
            }));
        }
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(wrong).isEmpty();
        harness.assertEverythingFree(engine);
        assertThat(model.batches).allMatch(batch -> batch.spans().stream().mapToInt(Span::rows).sum() <= 20 + 6);
    }
}
