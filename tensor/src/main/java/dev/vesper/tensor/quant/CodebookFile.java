package dev.vesper.tensor.quant;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The file that codebooks are kept in, and where it lies. Numbers are little-endian:
 *
 * <pre>
 * byte  0            8             12           16
 *       | "VESPERCB" | version = 1 | tables = n | n tables, each:
 *
 * byte  0        1      1 + l         5 + l       9 + l            41 + l
 *       | l      | name | points = p  | width = w | SHA-256        | p * w bytes |
 *         8 bits   ASCII  32 bits       32 bits     of these bytes   point by point
 * </pre>
 */
public final class CodebookFile {
    /** The variable of the environment that names another file than the one at the usual place. */
    public static final String VARIABLE = "VESPER_CODEBOOKS";

    private static final byte[] MAGIC = "VESPERCB".getBytes(StandardCharsets.US_ASCII);
    private static final int VERSION = 1;
    private static final int HEADER = 16;
    private static final int SUM = 32;

    private CodebookFile() {}

    /**
     * The file of this environment: {@code VESPER_CODEBOOKS} if it is set, else {@code vesper/codebooks.bin} in the
     * folder for a user's data: {@code XDG_DATA_HOME}, {@code LOCALAPPDATA} (Windows) or {@code .local/share} in the
     * home.
     *
     * @see <a href="https://specifications.freedesktop.org/basedir-spec/latest/">XDG Base Directory Specification</a>
     */
    public static Path place(Map<String, String> environment, Path home) {
        String named = environment.getOrDefault(VARIABLE, "");
        if (!named.isEmpty()) {
            return Path.of(named);
        }
        // A relative path is to be ignored, says the specification.
        Path data = absolute(environment, "XDG_DATA_HOME")
                .or(() -> absolute(environment, "LOCALAPPDATA"))
                .orElse(home.resolve(".local").resolve("share"));
        return data.resolve("vesper").resolve("codebooks.bin");
    }

    /** The file of this process. */
    public static Path place() {
        return place(System.getenv(), Path.of(System.getProperty("user.home", "")));
    }

    private static Optional<Path> absolute(Map<String, String> environment, String variable) {
        return Optional.of(environment.getOrDefault(variable, ""))
                .filter(value -> !value.isEmpty())
                .map(Path::of)
                .filter(Path::isAbsolute);
    }

    /** What such a file with these codebooks consists of. */
    public static byte[] bytes(Codebooks codebooks) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.writeBytes(MAGIC);
        out.writeBytes(number(VERSION));
        out.writeBytes(number(codebooks.all().size()));
        for (Codebook codebook : codebooks.all()) {
            byte[] name = codebook.table().name().getBytes(StandardCharsets.US_ASCII);
            out.write(name.length);
            out.writeBytes(name);
            out.writeBytes(number(codebook.table().points()));
            out.writeBytes(number(codebook.table().width()));
            out.writeBytes(HexFormat.of().parseHex(codebook.sha256()));
            out.writeBytes(codebook.bytes());
        }
        return out.toByteArray();
    }

    private static byte[] number(int value) {
        return ByteBuffer.allocate(Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN).putInt(value).array();
    }

    /**
     * The codebooks of such a file.
     *
     * @param name of the file, for errors
     * @throws IllegalArgumentException if the bytes are not those of such a file, whole and unchanged
     */
    public static Codebooks parse(byte[] file, String name) {
        ByteBuffer in = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
        if (file.length < HEADER || !Arrays.equals(take(in, MAGIC.length, name), MAGIC)) {
            throw wrong(name, 0, "the letters VESPERCB and a header of 16 bytes",
                    file.length + " bytes of another kind");
        }
        int version = in.getInt();
        if (version != VERSION) {
            throw wrong(name, 8, "version " + VERSION, "version " + version);
        }
        int tables = in.getInt();
        if (tables < 0 || tables > CodebookTable.values().length) {
            throw wrong(name, 12, "at most %d tables".formatted(CodebookTable.values().length), tables + " tables");
        }
        List<Codebook> codebooks = new ArrayList<>();
        for (int i = 0; i < tables; i++) {
            codebooks.add(table(in, name));
        }
        if (in.hasRemaining()) {
            throw wrong(name, in.position(), "the end", in.remaining() + " bytes more");
        }
        try {
            return Codebooks.of(codebooks);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(name + ": " + e.getMessage(), e);
        }
    }

    private static Codebook table(ByteBuffer in, String name) {
        int start = in.position();
        int letters = take(in, 1, name)[0] & 0xFF;
        String title = new String(take(in, letters, name), StandardCharsets.US_ASCII);
        CodebookTable table = Arrays.stream(CodebookTable.values())
                .filter(known -> known.name().equals(title))
                .findFirst()
                .orElseThrow(() -> wrong(
                        name, start, "a table of " + Arrays.toString(CodebookTable.values()), '"' + title + '"'));
        ByteBuffer shape = ByteBuffer.wrap(take(in, 8, name)).order(ByteOrder.LITTLE_ENDIAN);
        int points = shape.getInt();
        int width = shape.getInt();
        if (points != table.points() || width != table.width()) {
            throw wrong(name, start, "%d points of %d for %s".formatted(table.points(), table.width(), table),
                    "%d of %d".formatted(points, width));
        }
        String expected = HexFormat.of().formatHex(take(in, SUM, name));
        int at = in.position();
        byte[] bytes = take(in, table.bytes(), name);
        String sum = Codebook.sha256(bytes);
        if (!sum.equals(expected)) {
            throw wrong(name, at, table + " with the SHA-256 " + expected, sum);
        }
        try {
            return Codebook.of(table, bytes);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(name + ": " + e.getMessage(), e);
        }
    }

    private static byte[] take(ByteBuffer in, int count, String name) {
        if (in.remaining() < count) {
            throw wrong(name, in.position(), count + " bytes more", "the end after " + in.remaining());
        }
        byte[] bytes = new byte[count];
        in.get(bytes);
        return bytes;
    }

    private static IllegalArgumentException wrong(String name, int at, String expected, String found) {
        return new IllegalArgumentException(
                "%s: codebooks, byte %d: expected %s, found %s".formatted(name, at, expected, found));
    }
}
