package dev.vesper.train.eval.judge;

import dev.vesper.data.DataException;
import dev.vesper.data.SplitMix;
import dev.vesper.llm.file.ModelFileException;
import dev.vesper.train.eval.TextFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Judgments in a file, one JSON object in each line, behind one that says what is judged. Each is on the disk before the next
 * question is asked; a line that was cut by a crash is taken back.
 */
public final class Judgments {
    private final Path file;
    private final long seed;
    private final List<Judgment> all;

    private Judgments(Path file, long seed, List<Judgment> all) {
        this.file = file;
        this.seed = seed;
        this.all = all;
    }

    /**
     * Opens the file, or begins it.
     *
     * @param settings what is judged: those of a file that exists must be the same
     * @throws DataException if the file holds judgments of something else, or nothing that could be judgments
     */
    public static Judgments open(Path file, Map<String, String> settings, long seed) {
        Map<String, String> header = new LinkedHashMap<>(settings);
        header.put("seed", Long.toString(seed));
        Judgments judgments = new Judgments(file, seed, new ArrayList<>());
        if (!Files.exists(file)) {
            judgments.append(Map.of("judging", header));
            return judgments;
        }
        String text = judgments.whole();
        if (text.isEmpty()) {
            judgments.append(Map.of("judging", header));
            return judgments;
        }
        List<TextFile.Line> lines = TextFile.objects(file);
        requireSame(lines.getFirst(), header);
        lines.subList(1, lines.size()).forEach(line -> judgments.all.add(judgment(line)));
        return judgments;
    }

    /** The text of the file, which ends with a whole line when this returns. */
    private String whole() {
        String text = TextFile.read(file);
        int end = text.lastIndexOf('\n') + 1;
        if (end == text.length()) {
            return text;
        }
        String kept = text.substring(0, end);
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
            channel.truncate(kept.getBytes(StandardCharsets.UTF_8).length);
            channel.force(true);
        } catch (IOException e) {
            throw new ModelFileException(file, "writing", "to write all of it", e.toString(), e);
        }
        return kept;
    }

    private static void requireSame(TextFile.Line first, Map<String, String> settings) {
        JsonNode before = first.json().path("judging");
        for (Map.Entry<String, String> setting : settings.entrySet()) {
            JsonNode value = before.path(setting.getKey());
            if (!value.isString() || !value.stringValue().equals(setting.getValue())) {
                throw new DataException(
                        first.place(), "judgments with %s %s".formatted(setting.getKey(), setting.getValue()),
                        TextFile.shown(value) + "; another folder begins anew");
            }
        }
    }

    private static Judgment judgment(TextFile.Line line) {
        try {
            return new Judgment(
                    text(line, "place"), text(line, "question"), text(line, "candidate"), text(line, "against"),
                    Judgment.Verdict.valueOf(text(line, "verdict").toUpperCase(Locale.ROOT)));
        } catch (IllegalArgumentException e) {
            throw new DataException(
                    line.place(), "a verdict of win, loss, tie, same or skipped",
                    TextFile.shown(line.json().path("verdict")), e);
        }
    }

    private static String text(TextFile.Line line, String field) {
        JsonNode node = line.json().path(field);
        if (!node.isString()) {
            throw new DataException(line.place(), field + " as text", TextFile.shown(node));
        }
        return node.stringValue();
    }

    /** Those that were made so far, in order. */
    public List<Judgment> all() {
        return Collections.unmodifiableList(all);
    }

    /** Whether this question was judged before. */
    public boolean has(JudgeQuestion question) {
        return all.stream().anyMatch(judgment -> judgment.place().equals(question.place()));
    }

    /** Whether the reply of the model that is evaluated is shown first: by chance for each question. */
    public boolean candidateFirst(JudgeQuestion question) {
        return SplitMix.of(seed, "judge " + question.place()).below(2) == 0;
    }

    /** Writes a judgment to the disk. */
    public void add(Judgment judgment) {
        Map<String, Object> line = new LinkedHashMap<>();
        line.put("place", judgment.place());
        line.put("question", judgment.question());
        line.put("candidate", judgment.candidate());
        line.put("against", judgment.against());
        line.put("verdict", judgment.verdict().name().toLowerCase(Locale.ROOT));
        append(line);
        all.add(judgment);
    }

    private void append(Map<String, ?> line) {
        ByteBuffer bytes = ByteBuffer.wrap(
                (JsonMapper.shared().writeValueAsString(line) + "\n").getBytes(StandardCharsets.UTF_8));
        try (FileChannel channel =
                FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.APPEND)) {
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
            channel.force(true);
        } catch (IOException e) {
            throw new ModelFileException(file, "writing", "to write all of it", e.toString(), e);
        }
    }
}
