package dev.vesper.train.eval;

import dev.vesper.data.DataException;
import dev.vesper.data.DataFormat;
import dev.vesper.llm.ModelFile;
import dev.vesper.train.eval.report.Section;
import dev.vesper.train.eval.task.TaskFile;
import dev.vesper.train.eval.task.TaskResult;
import dev.vesper.train.eval.task.TaskRunner;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * Measures one model, or two side by side. All files are read before anything is computed, so that a mistake in the last one
 * is not told after an hour.
 */
public final class Evaluation {
    private final Subjects subjects;
    private final EvalRequest request;
    private final List<RowFile> data;
    private final List<RowFile> general;
    private final List<TaskFile> generalTasks;
    private final List<TaskFile> tasks;
    private final List<RowFile> training;

    /** @param rows for each model */
    private record RowFile(String name, List<List<EvalRow>> rows) {}

    private Evaluation(
            Subjects subjects,
            EvalRequest request,
            List<RowFile> data,
            List<RowFile> general,
            List<TaskFile> generalTasks,
            List<TaskFile> tasks,
            List<RowFile> training) {
        this.subjects = subjects;
        this.request = request;
        this.data = data;
        this.general = general;
        this.generalTasks = generalTasks;
        this.tasks = tasks;
        this.training = training;
    }

    /**
     * Reads all files.
     *
     * @throws DataException if one cannot be used
     */
    public static Evaluation prepare(Subjects subjects, EvalRequest request) {
        List<ModelFile> models = subjects.all().stream().map(Subject::file).toList();
        List<RowFile> general = new ArrayList<>();
        List<TaskFile> generalTasks = new ArrayList<>();
        for (Path file : request.general()) {
            if (DataFormat.of(file) == DataFormat.CHAT && TaskFile.recognises(file)) {
                generalTasks.add(TaskFile.read(file));
            } else {
                general.add(rows(file, models));
            }
        }
        if (!request.training().isEmpty() && !request.hasHeldOut()) {
            throw new IllegalArgumentException(
                    "whether a model recites its training rows can only be told beside rows that it did not learn from:"
                            + " held-out rows are needed too");
        }
        return new Evaluation(
                subjects,
                request,
                Stream.concat(
                        request.runs().stream().map(run -> new RowFile(run.name(), EvalRows.heldOut(run, models))),
                        request.data().stream().map(file -> rows(file, models))).toList(),
                general,
                generalTasks,
                request.tasks().stream().map(TaskFile::read).toList(),
                request.training().stream().map(file -> rows(file, models)).toList());
    }

    private static RowFile rows(Path file, List<ModelFile> models) {
        return new RowFile(String.valueOf(file.getFileName()), EvalRows.read(file, DataFormat.of(file), models));
    }

    /** Measures everything, in this order: losses, what was forgotten, tasks, recitation. */
    public List<Section> run(EvalListener listener) {
        Sections sections = new Sections(subjects.all().stream().map(Subject::name).toList(), request.bootstrap());
        List<Section> all = new ArrayList<>();
        for (RowFile file : data) {
            all.add(sections.heldOut(file.name(), losses(file, listener)));
        }
        for (RowFile file : general) {
            all.add(sections.general(file.name(), losses(file, listener)));
        }
        for (TaskFile file : generalTasks) {
            all.add(sections.generalTask(results(file, listener)));
        }
        for (TaskFile file : tasks) {
            all.add(sections.task(results(file, listener)));
        }
        if (!training.isEmpty()) {
            all.add(recitation(sections, listener));
        }
        return all;
    }

    private Losses.Compared losses(RowFile file, EvalListener listener) {
        List<Losses> losses = new ArrayList<>();
        for (int i = 0; i < subjects.all().size(); i++) {
            losses.add(Losses.measure(subjects.all().get(i), file.rows().get(i), file.name(), listener));
        }
        return Losses.Compared.of(losses);
    }

    private List<TaskResult> results(TaskFile file, EvalListener listener) {
        return subjects.all().stream()
                .map(subject -> TaskRunner.run(subject, file, request.ask(), listener))
                .toList();
    }

    private Section recitation(Sections sections, EvalListener listener) {
        List<Recitation> learnt = new ArrayList<>();
        List<Recitation> control = new ArrayList<>();
        for (int i = 0; i < subjects.all().size(); i++) {
            Subject subject = subjects.all().get(i);
            learnt.add(Recitation.of(subject, together(training, i), "training rows", listener));
            control.add(Recitation.of(subject, together(data, i), "control rows", listener));
        }
        return sections.recitation(learnt, control);
    }

    private static List<EvalRow> together(List<RowFile> files, int model) {
        return files.stream().flatMap(file -> file.rows().get(model).stream()).toList();
    }
}
