package dev.vesper.llm.engine;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vesper.llm.arch.Model;
import dev.vesper.llm.engine.Scheduler.Slice;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What runs in which step; no tensors. */
class SchedulerTest {
    private static final Model MODEL = new ScriptedModel(1);

    private static Sequence sequence(Model model, int prompt) {
        var request = new GenerationRequest(model, new int[prompt], 100, Set.of(), SamplerOptions.greedy());
        return new Sequence(request, new Collected(), prompt + 100);
    }

    private static Sequence sequence(int prompt) {
        return sequence(MODEL, prompt);
    }

    private static Scheduler scheduler(int maxRunning, int tokensPerStep, Sequence... sequences) {
        Scheduler scheduler = new Scheduler(maxRunning, tokensPerStep);
        for (Sequence sequence : sequences) {
            scheduler.add(sequence);
        }
        return scheduler;
    }

    /** Does what a pass does to the sequences; returns the slices. */
    private static List<Slice> step(Scheduler scheduler) {
        List<Slice> slices = scheduler.next().stream().flatMap(List::stream).toList();
        for (Slice slice : slices) {
            slice.sequence().advance(slice.tokens());
            if (slice.sequence().pending() == 0) {
                slice.sequence().accept(new float[10], 0, 10);
            }
        }
        return slices;
    }

    @Test
    void startsInTheOrderOfArrivalUpToTheLimit() {
        Sequence a = sequence(1);
        Sequence b = sequence(1);
        Sequence c = sequence(1);
        Scheduler scheduler = scheduler(2, 8, a, b, c);
        scheduler.start(sequence -> true);
        assertThat(scheduler.running()).isEqualTo(2);
        assertThat(scheduler.waiting()).isEqualTo(1);
        assertThat(step(scheduler)).extracting(Slice::sequence).containsExactly(a, b);
        scheduler.remove(a);
        scheduler.start(sequence -> true);
        assertThat(step(scheduler)).extracting(Slice::sequence).containsExactly(b, c);
    }

    @Test
    void nobodyOvertakesTheFirstThatHasNoRoom() {
        Sequence large = sequence(50);
        Sequence small = sequence(1);
        Scheduler scheduler = scheduler(4, 8, large, small);
        List<Sequence> asked = new ArrayList<>();
        scheduler.start(sequence -> {
            asked.add(sequence);
            return sequence == small;
        });
        assertThat(asked).containsExactly(large);
        assertThat(scheduler.running()).isZero();
        assertThat(scheduler.next()).isEmpty();
        scheduler.start(sequence -> true);
        assertThat(scheduler.running()).isEqualTo(2);
    }

    @Test
    void promptsShareTheBudgetOfAStepFirstComeFirstServed() {
        Sequence a = sequence(10);
        Sequence b = sequence(5);
        Sequence c = sequence(3);
        Scheduler scheduler = scheduler(4, 8, a, b, c);
        scheduler.start(sequence -> true);
        assertThat(step(scheduler)).containsExactly(new Slice(a, 8));
        assertThat(step(scheduler)).containsExactly(new Slice(a, 2), new Slice(b, 5), new Slice(c, 1));
        assertThat(step(scheduler)).containsExactly(new Slice(a, 1), new Slice(b, 1), new Slice(c, 2));
    }

    @Test
    void aLongPromptDoesNotStopThoseThatGenerate() {
        Sequence generating = sequence(1);
        Sequence other = sequence(2);
        Sequence prompt = sequence(1000);
        Scheduler scheduler = scheduler(4, 16, generating, other, prompt);
        scheduler.start(sequence -> true);
        step(scheduler);
        for (int i = 0; i < 20; i++) {
            assertThat(step(scheduler))
                    .containsExactly(new Slice(generating, 1), new Slice(other, 1), new Slice(prompt, 16));
        }
        assertThat(prompt.processed()).isEqualTo(14 + 20 * 16);
    }

    @Test
    void onlySequencesOfOneModelShareAPass() {
        Model adapted = new ScriptedModel(2);
        Sequence a = sequence(MODEL, 2);
        Sequence b = sequence(adapted, 2);
        Sequence c = sequence(MODEL, 2);
        Scheduler scheduler = scheduler(4, 100, a, b, c);
        scheduler.start(sequence -> true);
        assertThat(scheduler.next())
                .containsExactly(List.of(new Slice(a, 2), new Slice(c, 2)), List.of(new Slice(b, 2)));
    }

    @Test
    void cancelledOnesAreFoundWaitingAndRunning() {
        Sequence running = sequence(1);
        Sequence waiting = sequence(1);
        Sequence other = sequence(1);
        Scheduler scheduler = scheduler(1, 8, running, waiting, other);
        scheduler.start(sequence -> true);
        assertThat(scheduler.cancelled()).isEmpty();
        running.cancel();
        waiting.cancel();
        assertThat(scheduler.cancelled()).containsExactlyInAnyOrder(running, waiting);
        scheduler.remove(running);
        scheduler.remove(waiting);
        assertThat(scheduler.all()).containsExactly(other);
        scheduler.remove(other);
        assertThat(scheduler.isEmpty()).isTrue();
    }
}
