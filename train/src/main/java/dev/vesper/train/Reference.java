package dev.vesper.train;

import dev.vesper.data.Hashes;
import dev.vesper.llm.file.AtomicFiles;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * The log-probabilities that the model gave before training, for each row in nats. Computed once and kept in the folder
 * of the run: a run that is resumed has other weights by then.
 *
 * @param trainMismatches of KTO's mismatched answers; else empty, and so {@code heldOutMismatches}
 */
record Reference(double[] train, double[] heldOut, double[] trainMismatches, double[] heldOutMismatches) {
    /** For objectives that need none. */
    static final Reference NONE = new Reference(new double[0], new double[0], new double[0], new double[0]);

    private static final JsonMapper JSON = JsonMapper.shared();

    /** Replaces the file in one go. */
    void write(Path file, Map<String, Object> settings) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("settings", settings);
        json.put("sha256", hash());
        json.put("log_probabilities", this);
        AtomicFiles.write(file, JSON.writeValueAsString(json) + "\n");
    }

    /**
     * Reads what another process wrote.
     *
     * @throws TrainException if the file is damaged, or of a run with other settings, and names each
     */
    static Reference read(Path file, Map<String, Object> settings) {
        try {
            JsonNode json = JSON.readTree(Files.readAllBytes(file));
            CheckpointFile.requireSame(file, json.path("settings"), settings);
            if (!json.path("log_probabilities").isObject()) {
                throw new TrainException("%s: expected log_probabilities, found none".formatted(file));
            }
            Reference reference = JSON.treeToValue(json.path("log_probabilities"), Reference.class);
            String expected = json.path("sha256").asString();
            if (!reference.hash().equals(expected)) {
                throw new TrainException("%s: expected numbers with the SHA-256 %s, found %s: the file was changed"
                        .formatted(file, expected, reference.hash()));
            }
            return reference;
        } catch (JacksonException e) {
            throw new TrainException(
                    "%s: expected log-probabilities in JSON, found: %s".formatted(file, e.getOriginalMessage()), e);
        } catch (IOException e) {
            throw new UncheckedIOException("%s: reading failed: %s".formatted(file, e.getMessage()), e);
        }
    }

    /** @throws TrainException if they are of another number of rows */
    void requireSizes(Path file, int trainRows, int heldOutRows) {
        if (train.length != trainRows || heldOut.length != heldOutRows) {
            throw new TrainException("%s: expected %d and %d log-probabilities, found %d and %d"
                    .formatted(file, trainRows, heldOutRows, train.length, heldOut.length));
        }
    }

    /** Of the numbers as they are written: Java writes a double so that reading gives the same bits. */
    private String hash() {
        return Hashes.sha256(JSON.writeValueAsString(this).getBytes(StandardCharsets.UTF_8));
    }
}
