package dev.vesper.llm.lora;

import dev.vesper.llm.file.AtomicFiles;
import dev.vesper.llm.file.Checkpoint;
import dev.vesper.llm.file.TensorInfo;
import dev.vesper.tensor.Format;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.PropertyNamingStrategies;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * Which model an adapter was trained on, beside it in {@code base.json}: on another model it is noise that no shape betrays.
 * The vectors of a model, gains of norms, are float32 in whatever format its matrices are, so that an adapter of a model
 * is one of its quantised forms too.
 *
 * @param model the file that it was trained on
 * @param shape the sizes of the model, in words
 * @param vectors SHA-256 of names and values of its float32 vectors
 */
public record AdapterBase(String model, String shape, String vectors) {
    private static final String FILE = "base.json";
    private static final JsonMapper JSON = JsonMapper.builder()
            .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
            .enable(SerializationFeature.INDENT_OUTPUT)
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .build();

    /** Of an open model, under a name such as its path. */
    public static AdapterBase of(Checkpoint checkpoint, String model, String shape) {
        MessageDigest digest = digest();
        List<TensorInfo> vectors = checkpoint.tensors().values().stream()
                .filter(tensor -> tensor.format() == Format.F32 && tensor.rows() == 1)
                .sorted(Comparator.comparing(TensorInfo::name))
                .toList();
        for (TensorInfo vector : vectors) {
            digest.update(vector.name().getBytes(StandardCharsets.UTF_8));
            digest.update(checkpoint.weight(vector.name()).orElseThrow().data().asByteBuffer());
        }
        return new AdapterBase(model, shape, HexFormat.of().formatHex(digest.digest()));
    }

    private static MessageDigest digest() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java has SHA-256", e);
        }
    }

    /** Says in an adapter's folder that this is its base. */
    public void write(Path folder) {
        AtomicFiles.write(folder.resolve(FILE), JSON.writeValueAsString(this) + "\n");
    }

    /**
     * Makes sure that an adapter is for this base, if its folder says for which it is.
     *
     * @throws AdapterException if it is for another
     */
    public void require(Path folder) {
        Path file = folder.resolve(FILE);
        if (!Files.isRegularFile(file)) {
            return;
        }
        AdapterBase other = read(file);
        if (!other.shape.equals(shape)) {
            throw new AdapterException("%s: the adapter was trained on another base: %s, %s; this is %s, %s"
                    .formatted(folder, other.model, other.shape, model, shape));
        }
        if (!other.vectors.equals(vectors)) {
            throw new AdapterException(
                    "%s: the adapter was trained on another base of the same shape: %s, whose vectors have SHA-256 %s; those of %s have %s"
                            .formatted(folder, other.model, start(other.vectors), model, start(vectors)));
        }
    }

    private static String start(String hash) {
        return hash.length() <= 16 ? hash : hash.substring(0, 16) + "...";
    }

    private static AdapterBase read(Path file) {
        try {
            AdapterBase base = JSON.readValue(Files.readAllBytes(file), AdapterBase.class);
            if (base.model == null || base.shape == null || base.vectors == null) {
                throw new AdapterException(
                        "%s: expected model, shape and vectors, found not all of them".formatted(file));
            }
            return base;
        } catch (IOException | JacksonException e) {
            throw new AdapterException("%s: expected a JSON object, found %s".formatted(file, e.getMessage()), e);
        }
    }
}
