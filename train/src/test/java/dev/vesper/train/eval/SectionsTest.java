package dev.vesper.train.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.vesper.train.eval.judge.Judgment.Tally;
import dev.vesper.train.eval.report.Figure;
import dev.vesper.train.eval.report.Section;
import dev.vesper.train.eval.report.Unit;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What is said of numbers. */
class SectionsTest {
    private static final Sections SECTIONS = new Sections(List.of("new", "old"), new Bootstrap(1000, 0.95, 1));

    private static Losses losses(double[] nats, double tokens) {
        double[] counts = new double[nats.length];
        Arrays.fill(counts, tokens);
        double[] bytes = new double[nats.length];
        Arrays.fill(bytes, 20);
        return new Losses(IntStream.range(0, nats.length).mapToObj(i -> "r:" + i).toList(), nats, counts, bytes);
    }

    private static double[] hard(int rows) {
        return new Random(1).doubles(rows, 10, 30).toArray();
    }

    private static double[] changed(double[] nats, double by, double noise) {
        Random random = new Random(2);
        return Arrays.stream(nats).map(value -> value + by + noise * random.nextGaussian()).toArray();
    }

    private static Section heldOut(double[] first, double[] second) {
        return SECTIONS.heldOut("f", Losses.Compared.of(List.of(losses(first, 10), losses(second, 10))));
    }

    @Test
    void aDifferenceThatIsThereIsNamedEitherWay() {
        double[] old = hard(40);
        Section better = heldOut(changed(old, -1, 1), old);
        assertThat(better.summary().getFirst().text()).startsWith("new against old: better (-0.").contains("n = 40");
        assertThat(better.summary().getFirst().verdicts()).containsExactly(Verdict.BETTER);
        assertThat(heldOut(old, changed(old, -1, 1)).summary().getFirst().text()).contains(": worse (+0.");
    }

    @Test
    void noDifferenceIsShownWhereTheIntervalHoldsNone() {
        double[] old = hard(40);
        String noise = heldOut(changed(old, 0, 1), old).summary().getFirst().text();
        assertThat(noise).contains("no difference shown").doesNotContain("better", "worse");
        assertThat(heldOut(old, old.clone()).summary().getFirst().text())
                .contains("no difference shown (0.0000 nats per token, interval 0.0000 to 0.0000, n = 40)");
    }

    @Test
    void fewRowsShowNothingHoweverClear() {
        double[] old = hard(5);
        Section section = heldOut(changed(old, -5, 0.1), old);
        assertThat(section.summary().getFirst().text()).contains("no difference shown", "too few rows");
        assertThat(section.notes()).contains("An interval needs at least 6 rows, there are 5.");
    }

    @Test
    void modelsWithOtherTokensAreComparedPerByte() {
        double[] old = hard(30);
        Section section = SECTIONS.general(
                "g", Losses.Compared.of(List.of(losses(changed(old, -2, 0.1), 5), losses(old, 10))));
        Figure difference = section.figures().getLast();
        assertThat(difference.unit()).isEqualTo(Unit.NATS_PER_BYTE);
        assertThat(difference.estimate().value()).isCloseTo(-0.1, within(0.01));
        assertThat(section.notes()).anyMatch(note -> note.contains("bytes"));
        assertThat(section.about()).contains("forgotten");
        Losses fewer = losses(hard(29), 10);
        assertThatThrownBy(() -> Losses.Compared.of(List.of(losses(old, 10), fewer))).hasMessageContaining("30 and 29");
    }

    @Test
    void oneModelHasNoVerdict() {
        Section section = new Sections(List.of("only"), new Bootstrap(1000, 0.95, 1))
                .heldOut("f", Losses.Compared.of(List.of(losses(hard(20), 10))));
        assertThat(section.figures()).hasSize(1);
        assertThat(section.summary()).extracting(Section.Line::text).singleElement().asString()
                .startsWith("only: perplexity ");
    }

    @Test
    void judgmentsAreSharesOfThoseDecided() {
        Section won = SECTIONS.judged("q", new Tally(15, 3, 4, 1, 2), 30);
        assertThat(won.summary().getFirst().text())
                .contains("better (15 won, 3 lost, 4 ties; 83.3 % of those decided, interval 60.8 to 94.2, n = 18)");
        assertThat(won.notes()).contains("24 of 30 questions were judged; the same command goes on.");
        assertThat(SECTIONS.judged("q", new Tally(10, 8, 0, 0, 0), 18).summary().getFirst().text())
                .contains("no difference shown");
        assertThat(SECTIONS.judged("q", new Tally(2, 14, 0, 0, 0), 16).summary().getFirst().text())
                .contains("worse");
        assertThat(SECTIONS.judged("q", new Tally(0, 0, 3, 3, 0), 3).summary().getFirst().text())
                .contains("no difference shown (0 won, 0 lost, 3 ties; none of those decided");
    }

    @Test
    void recitationIsToldFromTheControl() {
        Recitation learnt = new Recitation(places(10), new int[] {4, 4, 4, 4, 4, 4, 4, 4, 4, 8},
                new int[] {4, 4, 4, 4, 4, 4, 4, 4, 3, 2});
        Recitation control = new Recitation(places(10), new int[] {4, 4, 4, 4, 4, 4, 4, 4, 4, 8}, new int[10]);
        Section section = new Sections(List.of("m"), new Bootstrap(1000, 0.95, 1))
                .recitation(List.of(learnt), List.of(control));
        assertThat(section.summary().getFirst().text())
                .contains("recites training rows more often than control rows (8 of 10 training rows");
        assertThat(learnt.shares()[8]).isEqualTo(0.75);
        assertThat(section.notes()).anyMatch(note -> note.contains("r:7") && !note.contains("r:8"));
        Section same = new Sections(List.of("m"), new Bootstrap(1000, 0.95, 1))
                .recitation(List.of(control), List.of(control));
        assertThat(same.summary().getFirst().text()).contains("no difference shown");
    }

    private static List<String> places(int count) {
        return IntStream.range(0, count).mapToObj(i -> "r:" + i).toList();
    }
}
