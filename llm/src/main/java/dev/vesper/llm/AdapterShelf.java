package dev.vesper.llm;

import dev.vesper.llm.arch.Model;
import dev.vesper.llm.lora.WeightedAdapter;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The adapters that requests may name, and the models that they make. Requests for the same mixture get the same model
 * and so share its passes; only some mixtures are remembered, as there is no end of weights that could be asked for.
 */
final class AdapterShelf {
    private static final int MOST_MIXTURES = 32;

    /** What a name stands for. Compared by identity: what replaces it is another. */
    private static final class Entry {
        final List<WeightedAdapter> parts;
        final Model model;
        final int checksum;

        Entry(List<WeightedAdapter> parts, Model model, int checksum) {
            this.parts = parts;
            this.model = model;
            this.checksum = checksum;
        }
    }

    private record Part(Entry entry, double weight) {}

    private final ModelFile file;
    private final ReentrantLock lock = new ReentrantLock();
    private final Map<String, Entry> entries = new TreeMap<>();
    /** The one that was not used for the longest time comes first. */
    private final LinkedHashMap<List<Part>, Model> mixtures = new LinkedHashMap<>(16, 0.75f, true);

    AdapterShelf(ModelFile file) {
        this.file = file;
    }

    void put(String name, List<WeightedAdapter> parts) {
        if (name.isEmpty()) {
            throw new IllegalArgumentException("an adapter needs a name: the empty one is the base model's");
        }
        int checksum =
                parts.stream().map(part -> List.of(part.weight(), part.adapter().checksum())).toList().hashCode();
        Entry entry = new Entry(List.copyOf(parts), file.weighted(parts), checksum);
        lock.lock();
        try {
            forgetMixtures(entries.put(name, entry));
        } finally {
            lock.unlock();
        }
    }

    boolean remove(String name) {
        lock.lock();
        try {
            Entry removed = entries.remove(name);
            forgetMixtures(removed);
            return removed != null;
        } finally {
            lock.unlock();
        }
    }

    private void forgetMixtures(@Nullable Entry entry) {
        mixtures.keySet().removeIf(parts -> parts.stream().anyMatch(part -> part.entry() == entry));
    }

    List<String> names() {
        lock.lock();
        try {
            return List.copyOf(entries.keySet());
        } finally {
            lock.unlock();
        }
    }

    /** Mixtures that are remembered. */
    int mixtures() {
        lock.lock();
        try {
            return mixtures.size();
        } finally {
            lock.unlock();
        }
    }

    /**
     * The model with these adapters.
     *
     * @throws UnknownModelException if there is none of one of the names
     */
    Model model(List<Weighted> adapters) {
        lock.lock();
        try {
            List<Part> parts = parts(adapters);
            if (parts.isEmpty()) {
                return file.model();
            }
            if (parts.size() == 1 && parts.getFirst().weight() == 1) {
                return parts.getFirst().entry().model;
            }
            Model known = mixtures.get(parts);
            if (known != null) {
                return known;
            }
            Model model = mix(parts);
            mixtures.put(parts, model);
            if (mixtures.size() > MOST_MIXTURES) {
                mixtures.remove(mixtures.firstEntry().getKey());
            }
            return model;
        } finally {
            lock.unlock();
        }
    }

    /** The same for adapters that do the same; 0 for none. */
    int revision(List<Weighted> adapters) {
        lock.lock();
        try {
            List<Part> parts = parts(adapters);
            return parts.isEmpty()
                    ? 0
                    : parts.stream().map(part -> List.of(part.weight(), part.entry().checksum)).toList().hashCode();
        } finally {
            lock.unlock();
        }
    }

    /** In the order of the names, whatever the order of the request: the same adapters give the same bits. */
    private List<Part> parts(List<Weighted> adapters) {
        List<Weighted> ordered = new ArrayList<>(adapters);
        ordered.sort(Comparator.comparing(Weighted::name));
        List<Part> parts = new ArrayList<>();
        for (Weighted weighted : ordered) {
            Entry entry = entries.get(weighted.name());
            if (entry == null) {
                throw new UnknownModelException(weighted.name(), List.copyOf(entries.keySet()));
            }
            if (weighted.weight() != 0) {
                parts.add(new Part(entry, weighted.weight()));
            }
        }
        return List.copyOf(parts);
    }

    private Model mix(List<Part> parts) {
        List<WeightedAdapter> all = new ArrayList<>();
        for (Part part : parts) {
            for (WeightedAdapter one : part.entry().parts) {
                all.add(new WeightedAdapter(one.adapter(), one.weight() * part.weight()));
            }
        }
        return file.weighted(all);
    }
}
