package dev.vesper.train.eval;

import dev.vesper.llm.BatchScorer.Marked;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntPredicate;

/**
 * Whether a model recites rows: it is given the beginning of each, and what it would write, always taking the likeliest token,
 * is compared with how the row goes on. A conversation begins with all that stands before its first answer, and goes on with
 * that answer; a text is cut in the middle.
 *
 * <p>Nothing is generated: what greedy generation writes agrees with a row up to the first token that is not the likeliest
 * behind those of the row, and a single pass tells that for all rows.
 *
 * @param places where the rows stand
 * @param lengths tokens that each row goes on with
 * @param common how many of them, from the first on, the model writes as well
 */
public record Recitation(List<String> places, int[] lengths, int[] common) {

    /** Gives a model the beginnings of rows. */
    public static Recitation of(Subject subject, List<EvalRow> rows, String what, EvalListener listener) {
        IntPredicate ends = subject.file().tokenizer().vocabulary()::endsGeneration;
        List<Marked> continuations = rows.stream().map(row -> continuation(row.sequence(), ends)).toList();
        List<boolean[]> hits = Scoring.likeliest(subject, continuations, what, listener);
        int[] lengths = new int[rows.size()];
        int[] common = new int[rows.size()];
        for (int i = 0; i < lengths.length; i++) {
            boolean[] likeliest = hits.get(i);
            lengths[i] = likeliest.length;
            while (common[i] < likeliest.length && likeliest[common[i]]) {
                common[i]++;
            }
        }
        return new Recitation(rows.stream().map(EvalRow::place).toList(), lengths, common);
    }

    /**
     * The first stretch of marked tokens, up to one that ends a reply, as nobody sees what comes then; its second half if
     * nothing but the beginning of text stands before it.
     */
    static Marked continuation(Marked row, IntPredicate ends) {
        boolean[] marks = row.marked();
        int from = 1;
        while (!marks[from]) {
            from++;
        }
        int to = from;
        while (to < marks.length && marks[to] && (to == from || !ends.test(row.tokens()[to]))) {
            to++;
        }
        int first = from == 1 ? (from + to) / 2 : from;
        return Marked.from(Arrays.copyOf(row.tokens(), to), first);
    }

    /** Rows that are written to their last token. */
    public int exact() {
        int exact = 0;
        for (int i = 0; i < lengths.length; i++) {
            exact += common[i] == lengths[i] ? 1 : 0;
        }
        return exact;
    }

    public int rows() {
        return lengths.length;
    }

    /** Common tokens of each row. */
    public double[] prefixes() {
        return Arrays.stream(common).asDoubleStream().toArray();
    }

    /** For each row the share of its continuation that was written before the first difference. */
    public double[] shares() {
        double[] shares = new double[lengths.length];
        for (int i = 0; i < shares.length; i++) {
            shares[i] = (double) common[i] / lengths[i];
        }
        return shares;
    }

    /** The places of rows that are written to their last token. */
    public List<String> recited() {
        List<String> recited = new ArrayList<>();
        for (int i = 0; i < lengths.length; i++) {
            if (common[i] == lengths[i]) {
                recited.add(places.get(i));
            }
        }
        return recited;
    }
}
