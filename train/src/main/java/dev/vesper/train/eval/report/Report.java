package dev.vesper.train.eval.report;

import java.time.Instant;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * All that an evaluation found.
 *
 * @param command that made it
 * @param parties what was compared: the model that is evaluated first
 * @param settings by name, in order
 */
public record Report(
        String title,
        Instant created,
        String command,
        List<Party> parties,
        Map<String, String> settings,
        List<Section> sections) {

    /**
     * A model.
     *
     * @param role such as {@code evaluated} or {@code compared with}
     */
    public record Party(String role, String name, String model, List<String> adapters) {
        public Party {
            adapters = List.copyOf(adapters);
        }
    }

    public Report {
        parties = List.copyOf(parties);
        settings = Collections.unmodifiableMap(new LinkedHashMap<>(settings));
        sections = List.copyOf(sections);
    }
}
