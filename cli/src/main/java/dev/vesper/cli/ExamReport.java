package dev.vesper.cli;

import dev.vesper.data.corpus.Exam;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** How many answers were right, in all and by kind of question. */
record ExamReport(int questions, int right, double percent, List<Kind> kinds) {
    record Kind(String kind, int questions, int right, double percent) {}

    static ExamReport of(List<Exam.Marked> marked) {
        Map<String, List<Exam.Marked>> byKind = new TreeMap<>();
        for (Exam.Marked one : marked) {
            byKind.computeIfAbsent(one.probe().kind(), _ -> new ArrayList<>()).add(one);
        }
        List<Kind> kinds = new ArrayList<>();
        byKind.forEach((kind, all) -> kinds.add(new Kind(kind, all.size(), right(all), percent(all))));
        return new ExamReport(marked.size(), right(marked), percent(marked), kinds);
    }

    private static int right(List<Exam.Marked> marked) {
        return (int) marked.stream().filter(Exam.Marked::right).count();
    }

    private static double percent(List<Exam.Marked> marked) {
        return 100.0 * right(marked) / marked.size();
    }

    void print(PrintWriter to) {
        for (Kind kind : kinds) {
            to.printf(Locale.ROOT, "%-24s %5d of %5d  %5.1f %%%n", kind.kind(), kind.right(), kind.questions(),
                    kind.percent());
        }
        to.printf(Locale.ROOT, "%-24s %5d of %5d  %5.1f %%%n", "all", right, questions, percent);
    }
}
