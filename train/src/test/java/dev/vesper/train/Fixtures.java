package dev.vesper.train;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Third-party test data, in the folder that the property {@code vesper.fixtures} names. */
public final class Fixtures {
    private Fixtures() {}

    /** A file of the folder; the test is skipped where there is no such folder. */
    public static Path file(String name) {
        Path folder = Path.of(System.getProperty("vesper.fixtures", "../../shared/fixtures"));
        assumeTrue(Files.isDirectory(folder), "no third-party fixtures in " + folder.toAbsolutePath());
        return folder.resolve(name);
    }

    public static JsonNode json(String name) {
        return JsonMapper.shared().readTree(file(name));
    }

    public static int[] integers(JsonNode array) {
        int[] values = new int[array.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = array.get(i).asInt();
        }
        return values;
    }

    /** A file of little-endian float32. */
    public static float[] floats(String name) {
        try {
            byte[] bytes = Files.readAllBytes(file(name));
            float[] values = new float[bytes.length / Float.BYTES];
            ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).asFloatBuffer().get(values);
            return values;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
