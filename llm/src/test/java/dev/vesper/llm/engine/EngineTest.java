package dev.vesper.llm.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vesper.llm.arch.Model;
import dev.vesper.llm.arch.ModelShape;
import dev.vesper.llm.error.ContextLengthException;
import dev.vesper.llm.layer.Batch;
import dev.vesper.llm.layer.KvCache;
import dev.vesper.tensor.Tensor;
import dev.vesper.tensor.Workers;
import dev.vesper.tensor.kernel.ScalarKernels;
import dev.vesper.tensor.op.Ops;
import dev.vesper.tensor.op.Span;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
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
    private static final long PAGE_BYTES = 4L * KvCache.pageSize(2, 2);
    private final Workers workers = new Workers(1);
    private final ScriptedModel model = new ScriptedModel(5);
    private final List<Engine> engines = new ArrayList<>();

    @AfterEach
    void close() {
        engines.forEach(Engine::close);
        workers.close();
    }

    /** @param pages of keys and values */
    private Engine engine(int context, int pages, int maxRunning, int promptTokensPerStep) {
        var options = new EngineOptions(context, pages * PAGE_BYTES, maxRunning, promptTokensPerStep);
        Engine engine = new Engine(Ops.forInference(new ScalarKernels(), workers), ScriptedModel.SHAPE, options);
        engines.add(engine);
        return engine;
    }

    private static GenerationRequest request(Model model, int[] prompt, int maxTokens) {
        return new GenerationRequest(model, prompt, maxTokens, Set.of(), SamplerOptions.greedy());
    }

    private static int[] prompt(int length, int seed) {
        return new Random(seed).ints(length, 0, ScriptedModel.VOCABULARY).toArray();
    }

    /** All memory and all slots are free: a sequence that needs everything runs to its end. */
    private void assertEverythingFree(Engine engine) {
        int context = engine.contextLength();
        Collected all = new Collected();
        engine.submit(request(model, prompt(3, 0), context), all);
        assertThat(all.ended().tokens()).isEqualTo(model.continuation(prompt(3, 0), context - 3));
        assertThat(engine.load()).isEqualTo(new Engine.Load(0, 0));
    }

    @Test
    void sixtyFourAtOnce() {
        Engine engine = engine(400, 40, 16, 48).start();
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
        assertEverythingFree(engine);
    }

    @Test
    void twoModelsInterleaved() {
        ScriptedModel adapted = new ScriptedModel(77);
        Engine engine = engine(100, 20, 8, 16);
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
        Engine engine = engine(300, 10, 4, 16);
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
        Engine engine = engine(70, 2, 4, 1000).start();
        assertThat(engine.contextLength()).isEqualTo(70);
        for (int length : new int[] {1, 64, 65, 69}) {
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
        Engine engine = engine(1000, 2, 4, 1000).start();
        assertThat(engine.contextLength()).isEqualTo(128);
        assertEverythingFree(engine);
        assertThatThrownBy(() -> engine.submit(request(model, prompt(128, 3), 1), new Collected()))
                .isInstanceOf(ContextLengthException.class);
        var options = new EngineOptions(10, PAGE_BYTES - 1, 1, 1);
        assertThatThrownBy(
                () -> new Engine(Ops.forInference(new ScalarKernels(), workers), ScriptedModel.SHAPE, options))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContainingAll(Long.toString(PAGE_BYTES - 1), Long.toString(PAGE_BYTES));
    }

    @Test
    void noTokensAskedForNoneGiven() {
        Engine engine = engine(10, 1, 1, 8).start();
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
        Engine engine = engine(100, 2, 2, 8).start();
        List<Integer> expected = model.continuation(prompt(4, 9), 50);
        int end = expected.get(20);
        Collected one = new Collected();
        engine.submit(new GenerationRequest(model, prompt(4, 9), 50, Set.of(end), SamplerOptions.greedy()), one);
        assertThat(one.ended().reason()).isEqualTo(FinishReason.STOP);
        assertThat(one.tokens()).isEqualTo(expected.subList(0, expected.indexOf(end)));
        assertEverythingFree(engine);
    }

    @Test
    void aListenerThatHasEnoughEndsItsSequence() {
        Engine engine = engine(100, 2, 2, 8).start();
        Collected one = new Collected(7);
        engine.submit(request(model, prompt(4, 9), 50), one);
        assertThat(one.ended().reason()).isEqualTo(FinishReason.STOP);
        assertThat(one.tokens()).isEqualTo(model.continuation(prompt(4, 9), 7));
        assertEverythingFree(engine);
    }

    @Test
    void cancelledWhileItWaits() {
        Semaphore passes = new Semaphore(0);
        ScriptedModel slow = new ScriptedModel(5, batch -> passes.acquireUninterruptibly());
        Engine engine = engine(100, 10, 1, 8).start();
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
        assertEverythingFree(engine);
    }

    @Test
    void cancelledWhileItRunsMakesRoomForTheNext() {
        Engine engine = engine(1 << 20, 1 << 14, 4, 8).start();
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
        Engine engine = engine(100, 2, 2, 8);
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
        Engine engine = engine(192, 3, 8, 64);
        List<Integer> ended = new CopyOnWriteArrayList<>();
        int[] limits = {60, 190, 10, 190, 10, 128, 10};
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
        assertEverythingFree(engine);
    }

    @Test
    void aFailingPassFailsTheSequencesOfItsModelOnly() {
        ScriptedModel failing = new ScriptedModel(7, batch -> {
            if (batch.spans().stream().anyMatch(span -> span.position() >= 10)) {
                throw new ArithmeticException("scripted");
            }
        });
        Engine engine = engine(100, 20, 8, 64);
        List<Collected> good = new ArrayList<>();
        List<Collected> bad = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            good.add(new Collected());
            bad.add(new Collected());
            engine.submit(request(model, prompt(3, i), 40), good.get(i));
            engine.submit(request(failing, prompt(3, i), 40), bad.get(i));
        }
        engine.start();
        for (int i = 0; i < 3; i++) {
            assertThat(good.get(i).ended().tokens()).isEqualTo(model.continuation(prompt(3, i), 40));
            assertThat(bad.get(i).ended().error()).isInstanceOf(ArithmeticException.class).hasMessage("scripted");
            assertThat(bad.get(i).tokens()).isEqualTo(failing.continuation(prompt(3, i), 8));
        }
        assertEverythingFree(engine);
    }

    @Test
    void logitsThatAreNoNumbersFailTheirSequenceOnly() {
        Engine engine = engine(100, 20, 8, 64);
        Collected good = new Collected();
        Collected bad = new Collected();
        var forbidden = new HashMap<Integer, Double>();
        for (int token = 0; token < ScriptedModel.VOCABULARY; token++) {
            forbidden.put(token, Double.NEGATIVE_INFINITY);
        }
        var nothing = new SamplerOptions(0, 0, 1, 0, 1, 0, 0, 0, forbidden, 0);
        engine.submit(new GenerationRequest(model, prompt(3, 1), 9, Set.of(), nothing), bad);
        engine.submit(request(model, prompt(3, 2), 9), good);
        engine.start();
        assertThat(bad.ended().error()).isInstanceOf(ArithmeticException.class).hasMessageContaining("-Infinity");
        assertThat(good.ended().tokens()).isEqualTo(model.continuation(prompt(3, 2), 9));
    }

    @Test
    void aListenerThatThrowsHarmsItsOwnSequenceOnly() {
        List<Throwable> reported = new CopyOnWriteArrayList<>();
        Thread.UncaughtExceptionHandler before = Thread.getDefaultUncaughtExceptionHandler();
        Thread.setDefaultUncaughtExceptionHandler((thread, error) -> reported.add(error));
        try {
            Engine engine = engine(100, 20, 8, 64);
            Collected good = new Collected();
            Collected thrower = new Collected();
            engine.submit(request(model, prompt(3, 1), 9), new Relay(thrower) {
                @Override
                public boolean token(int token) {
                    throw new AssertionError("in token");
                }
            });
            engine.submit(request(model, prompt(3, 1), 9), new Relay(new Collected()) {
                @Override
                public void finished(FinishReason reason) {
                    throw new IllegalStateException("in finished");
                }

                @Override
                public void failed(Throwable error) {
                    throw new AssertionError("heard of two ends", error);
                }
            });
            Sequence cancelled = engine.submit(request(model, prompt(3, 1), 9), new Relay(new Collected()) {
                @Override
                public void finished(FinishReason reason) {
                    throw new IllegalStateException("in cancelled");
                }
            });
            cancelled.cancel();
            engine.submit(request(new ScriptedModel(1, EngineTest::fail), prompt(3, 1), 9), new Relay(new Collected()) {
                @Override
                public void failed(Throwable error) {
                    throw new IllegalStateException("in failed");
                }
            });
            engine.submit(request(model, prompt(3, 2), 20), good);
            engine.start();
            assertThat(good.ended().tokens()).isEqualTo(model.continuation(prompt(3, 2), 20));
            assertThat(thrower.ended().error()).isInstanceOf(AssertionError.class).hasMessage("in token");
            assertEverythingFree(engine);
            assertThat(reported)
                    .extracting(Throwable::getMessage)
                    .containsExactlyInAnyOrder("in cancelled", "in failed", "in finished");
        } finally {
            Thread.setDefaultUncaughtExceptionHandler(before);
        }
    }

    private static void fail(Batch batch) {
        throw new IllegalStateException("pass of " + batch.tokens().length);
    }

    @Test
    void closeCancelsWhatRunsAndWhatWaits() {
        Engine engine = engine(1 << 20, 1 << 14, 2, 8).start();
        List<Collected> all = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            all.add(new Collected());
            engine.submit(request(model, prompt(4, i), 1000 << i), all.get(i));
        }
        all.getFirst().awaitFirst();
        engine.close();
        assertThat(all).allMatch(Collected::hasEnded);
        assertThat(all.getLast().ended().reason()).isEqualTo(FinishReason.CANCELLED);
        assertThat(engine.load()).isEqualTo(new Engine.Load(0, 0));
        for (int tokens : new int[] {0, 1}) {
            assertThatThrownBy(() -> engine.submit(request(model, prompt(1, 1), tokens), new Collected()))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("closed");
        }
        engine.close();
    }

    @Test
    void closeBeforeStartEndsWhatWaits() {
        Engine engine = engine(100, 4, 2, 8);
        Collected one = new Collected();
        engine.submit(request(model, prompt(4, 1), 5), one);
        engine.close();
        assertThat(one.hasEnded()).isTrue();
        assertThat(one.ended().reason()).isEqualTo(FinishReason.CANCELLED);
        engine.start();
    }

    @Test
    void closedByAListenerItRunsNoOtherPass() {
        ScriptedModel other = new ScriptedModel(8);
        Engine engine = engine(100, 8, 4, 8);
        Collected first = new Collected();
        Collected second = new Collected();
        engine.submit(request(model, prompt(4, 1), 5), new Relay(first) {
            @Override
            public boolean token(int token) {
                engine.close();
                return super.token(token);
            }
        });
        engine.submit(request(other, prompt(4, 1), 5), second);
        engine.start();
        assertThat(first.ended().reason()).isEqualTo(FinishReason.CANCELLED);
        assertThat(first.tokens()).hasSize(1);
        assertThat(second.ended().reason()).isEqualTo(FinishReason.CANCELLED);
        assertThat(other.batches).isEmpty();
    }

    /** A defect that no sequence can be blamed for: nobody waits for an engine that does nothing any more. */
    @Test
    void anEngineThatBreaksDownFailsEverythingAndSaysSo() {
        List<Throwable> reported = new CopyOnWriteArrayList<>();
        Thread.UncaughtExceptionHandler before = Thread.getDefaultUncaughtExceptionHandler();
        Thread.setDefaultUncaughtExceptionHandler((thread, error) -> reported.add(error));
        try {
            Engine engine = engine(100, 8, 1, 8);
            Collected running = new Collected();
            Collected waiting = new Collected();
            engine.submit(request(new Unhashable(model), prompt(4, 1), 5), running);
            engine.submit(request(model, prompt(4, 1), 5), waiting);
            engine.start();
            assertThat(running.ended().error()).hasMessage("unhashable");
            assertThat(waiting.ended().error()).hasMessage("unhashable");
            engine.close();
            assertThatThrownBy(() -> engine.submit(request(model, prompt(1, 1), 1), new Collected()))
                    .isInstanceOf(IllegalStateException.class)
                    .hasRootCauseMessage("unhashable");
            assertThat(reported).extracting(Throwable::getMessage).containsExactly("unhashable");
        } finally {
            Thread.setDefaultUncaughtExceptionHandler(before);
        }
    }

    @Test
    void tokensOutsideOfTheVocabularyAreRefused() {
        Engine engine = engine(100, 8, 1, 8);
        for (int token : new int[] {-1, ScriptedModel.VOCABULARY}) {
            assertThatThrownBy(() -> engine.submit(request(model, new int[] {1, token}, 5), new Collected()))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContainingAll("token id " + token, "vocabulary of 101");
            var biased = new SamplerOptions(0, 0, 1, 0, 1, 0, 0, 0, Map.of(token, 1.0), 0);
            var request = new GenerationRequest(model, new int[] {1}, 5, Set.of(), biased);
            assertThatThrownBy(() -> engine.submit(request, new Collected()))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContainingAll("bias for token " + token, "vocabulary of 101");
        }
    }

    /** Sequences come, go and are cancelled from several threads; what is left in the end is nothing. */
    @Test
    void manyThreadsAtOnce() throws InterruptedException {
        Engine engine = engine(120, 12, 6, 20).start();
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
        assertEverythingFree(engine);
        assertThat(model.batches).allMatch(batch -> batch.spans().stream().mapToInt(Span::rows).sum() <= 20 + 6);
    }

    /** Hands on what it hears; tests override what they need otherwise. */
    private static class Relay implements TokenListener {
        private final TokenListener to;

        Relay(TokenListener to) {
            this.to = to;
        }

        @Override
        public boolean token(int token) {
            return to.token(token);
        }

        @Override
        public void finished(FinishReason reason) {
            to.finished(reason);
        }

        @Override
        public void failed(Throwable error) {
            to.failed(error);
        }
    }

    /** A model with a defect at an unexpected place. */
    private record Unhashable(ScriptedModel model) implements Model {
        @Override
        public ModelShape shape() {
            return model.shape();
        }

        @Override
        public Tensor hidden(Ops ops, Batch batch) {
            return model.hidden(ops, batch);
        }

        @Override
        public Tensor logits(Ops ops, Tensor hidden) {
            return model.logits(ops, hidden);
        }

        @Override
        public double loss(Ops ops, Tensor hidden, int[] targets, double[] losses) {
            return model.loss(ops, hidden, targets, losses);
        }

        @Override
        public int hashCode() {
            throw new IllegalStateException("unhashable");
        }

        @Override
        public boolean equals(Object other) {
            return this == other;
        }
    }
}
