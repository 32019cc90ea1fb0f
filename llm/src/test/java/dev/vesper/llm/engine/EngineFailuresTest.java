package dev.vesper.llm.engine;

import static dev.vesper.llm.engine.EngineHarness.prompt;
import static dev.vesper.llm.engine.EngineHarness.request;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vesper.llm.arch.Model;
import dev.vesper.llm.arch.ModelShape;
import dev.vesper.llm.layer.Batch;
import dev.vesper.tensor.Tensor;
import dev.vesper.tensor.op.Ops;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What goes wrong in one sequence or pass harms no other, and nobody waits for ever. */
@Timeout(60)
class EngineFailuresTest {
    private final EngineHarness harness = new EngineHarness();
    private final ScriptedModel model = harness.model;

    @AfterEach
    void close() {
        harness.close();
    }

    @Test
    void aFailingPassFailsTheSequencesOfItsModelOnly() {
        ScriptedModel failing = new ScriptedModel(7, batch -> {
            if (batch.spans().stream().anyMatch(span -> span.position() >= 10)) {
                throw new ArithmeticException("scripted");
            }
        });
        Engine engine = harness.engine(100, 20, 8, 64);
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
        harness.assertEverythingFree(engine);
    }

    @Test
    void logitsThatAreNoNumbersFailTheirSequenceOnly() {
        Engine engine = harness.engine(100, 20, 8, 64);
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
            Engine engine = harness.engine(100, 20, 8, 64);
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
            engine.submit(request(new ScriptedModel(1, EngineFailuresTest::fail), prompt(3, 1), 9),
                    new Relay(new Collected()) {
                        @Override
                        public void failed(Throwable error) {
                            throw new IllegalStateException("in failed");
                        }
                    });
            engine.submit(request(model, prompt(3, 2), 20), good);
            engine.start();
            assertThat(good.ended().tokens()).isEqualTo(model.continuation(prompt(3, 2), 20));
            assertThat(thrower.ended().error()).isInstanceOf(AssertionError.class).hasMessage("in token");
            harness.assertEverythingFree(engine);
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
        Engine engine = harness.engine(1 << 20, 1 << 14, 2, 8).start();
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
        Engine engine = harness.engine(100, 4, 2, 8);
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
        Engine engine = harness.engine(100, 8, 4, 8);
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
            // Two run, as the models of one are not told apart.
            Engine engine = harness.engine(100, 8, 2, 8);
            Collected running = new Collected();
            Collected beside = new Collected();
            Collected waiting = new Collected();
            engine.submit(request(new Unhashable(model), prompt(4, 1), 5), running);
            engine.submit(request(model, prompt(4, 1), 5), beside);
            engine.submit(request(model, prompt(4, 1), 5), waiting);
            engine.start();
            assertThat(running.ended().error()).hasMessage("unhashable");
            assertThat(beside.ended().error()).hasMessage("unhashable");
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
        Engine engine = harness.engine(100, 8, 1, 8);
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
        public double loss(Ops ops, Tensor hidden, int[] targets, float[] weights, double[] losses) {
            return model.loss(ops, hidden, targets, weights, losses);
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
