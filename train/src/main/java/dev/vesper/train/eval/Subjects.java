package dev.vesper.train.eval;

import dev.vesper.llm.Backend;
import dev.vesper.llm.BatchScorer;
import dev.vesper.llm.Llm;
import dev.vesper.llm.LoadOptions;
import dev.vesper.llm.lora.WeightedAdapter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The models of an evaluation; those on the same file share it. */
public final class Subjects implements AutoCloseable {
    private final List<Subject> all;
    private final Map<Path, Llm> models;
    private final Backend backend;

    private Subjects(List<Subject> all, Map<Path, Llm> models, Backend backend) {
        this.all = List.copyOf(all);
        this.models = models;
        this.backend = backend;
    }

    /**
     * Loads them.
     *
     * @throws dev.vesper.llm.file.ModelFileException if a model's file is not sound
     * @throws dev.vesper.llm.lora.AdapterException if an adapter does not fit its model
     */
    public static Subjects open(List<SubjectSpec> specs, LoadOptions options) {
        Map<Path, Llm> models = new LinkedHashMap<>();
        Backend backend = Backend.of(options.kernels(), options.threads());
        try {
            List<Subject> all = new ArrayList<>();
            for (SubjectSpec spec : specs) {
                Llm llm = models.get(key(spec.model()));
                if (llm == null) {
                    llm = Llm.load(spec.model(), options);
                    models.put(key(spec.model()), llm);
                }
                all.add(subject(spec, llm, "evaluated-" + all.size(), backend));
            }
            return new Subjects(all, models, backend);
        } catch (RuntimeException e) {
            close(models, backend);
            throw e;
        }
    }

    private static Path key(Path model) {
        return model.toAbsolutePath().normalize();
    }

    private static Subject subject(SubjectSpec spec, Llm llm, String served, Backend backend) {
        List<WeightedAdapter> adapters = spec.adapters().stream()
                .map(part -> new WeightedAdapter(llm.file().readAdapter(part.path()), part.weight()))
                .toList();
        llm.addWeighted(served, adapters);
        return new Subject(spec.name(), llm, served, new BatchScorer(llm.file().weighted(adapters), backend));
    }

    /** In the order in which they were given. */
    public List<Subject> all() {
        return all;
    }

    /** One line: the kernels that run and why, and the number of threads. */
    public String describeBackend() {
        return backend.describe();
    }

    @Override
    public void close() {
        close(models, backend);
    }

    private static void close(Map<Path, Llm> models, Backend backend) {
        models.values().forEach(Llm::close);
        backend.close();
    }
}
