package dev.vesper.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vesper.tensor.quant.Codebook;
import dev.vesper.tensor.quant.CodebookFile;
import dev.vesper.tensor.quant.CodebookFinder;
import dev.vesper.tensor.quant.CodebookTable;
import dev.vesper.tensor.quant.Codebooks;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** The way of codebooks from a program to a model, with points that are none of ggml's. */
class CodebooksCommandTest {
    private static final byte[] ELF = {0x7F, 'E', 'L', 'F'};

    @TempDir
    private Path folder;

    /** The first points that there can be. */
    private static Codebook points(CodebookTable table) {
        int[] levels = table.levels();
        byte[] points = new byte[table.bytes()];
        for (int i = 0; i < points.length; i++) {
            int digit = i % table.width();
            points[i] = (byte) levels[i / table.width() / (int) Math.pow(levels.length, digit) % levels.length];
        }
        return Codebook.of(table, points);
    }

    private static Codebooks all() {
        return Codebooks.of(Arrays.stream(CodebookTable.values()).map(CodebooksCommandTest::points).toList());
    }

    private Path program(String name, byte[] first, List<CodebookTable> tables) throws IOException {
        Random random = new Random(3);
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        bytes.writeBytes(first);
        for (CodebookTable table : tables) {
            byte[] between = new byte[random.nextInt(1000)];
            random.nextBytes(between);
            bytes.writeBytes(between);
            bytes.writeBytes(points(table).bytes());
        }
        Path file = folder.resolve(name);
        Files.createDirectories(file.getParent());
        return Files.write(file, bytes.toByteArray());
    }

    /** The command that takes these points for the right ones. */
    private static Commands.Result run(Object... arguments) {
        Map<CodebookTable, String> sums = new EnumMap<>(CodebookTable.class);
        all().all().forEach(codebook -> sums.put(codebook.table(), codebook.sha256()));
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        int code = new CommandLine(new CodebooksCommand(CodebookFinder.of(sums)))
                .setOut(new PrintWriter(out, true))
                .setErr(new PrintWriter(err, true))
                .setExecutionExceptionHandler((error, line, parsed) -> Errors.failed(error, line, false))
                .execute(Arrays.stream(arguments).map(Object::toString).toArray(String[]::new));
        return new Commands.Result(code, out.toString(), err.toString());
    }

    private Commands.Result process(Path codebooks, Object... arguments) throws Exception {
        ProcessBuilder builder = Commands.process(arguments);
        builder.environment().put(CodebookFile.VARIABLE, codebooks.toString());
        return Commands.finish(builder, "");
    }

    @Test
    void theTablesOfAFileAreWritten() throws IOException {
        Path program = program("any.name", new byte[3], List.of(CodebookTable.values()));
        Path out = folder.resolve("out.bin");
        Commands.Result result = run("--from", program, "--out", out).done();
        assertThat(result.out()).contains("6 codebooks found in " + program, "wrote " + out, "IQ2_XXS", "IQ1_M")
                .contains("VESPER_CODEBOOKS=" + out);
        assertThat(out).hasBinaryContent(CodebookFile.bytes(all()));
        assertThat(run("--from", program, "--out", out).done().err()).as("once more").isEmpty();
    }

    @Test
    void theTablesOfTheProgramsInAFolderAddUp() throws IOException {
        List<CodebookTable> tables = List.of(CodebookTable.values());
        Path first = program("lib/a.so", ELF, tables.subList(0, 2));
        Path second = program("lib/deeper/b.dll", new byte[] {'M', 'Z', 0, 0}, tables.subList(2, 6));
        program("model.gguf", new byte[] {'G', 'G', 'U', 'F'}, tables);
        Path out = folder.resolve("out.bin");
        assertThat(run("--from", folder, "--out", out).done().out()).contains("found in " + first + ", " + second);
        assertThat(out).hasBinaryContent(CodebookFile.bytes(all()));
    }

    @Test
    void whatHasOnlySomeIsRefusedWithWhatIsMissing() throws IOException {
        Path program = program("some.so", ELF, List.of(CodebookTable.IQ2_XXS, CodebookTable.IQ1));
        Path out = folder.resolve("out.bin");
        assertThat(run("--from", program, "--out", out).failure())
                .contains(program.toString(), "expected all 6 tables", "found only IQ2_XXS, IQ1, in 1 file")
                .contains("missing are IQ2_XS, IQ2_S, IQ3_XXS, IQ3_S, so nothing was written");
        assertThat(out).doesNotExist();
    }

    @Test
    void whatHasNoneOrOthersIsRefused() throws IOException {
        Path empty = program("empty.so", ELF, List.of());
        Path out = folder.resolve("out.bin");
        assertThat(Commands.run("codebooks", "--from", empty, "--out", out).failure())
                .contains("found none of them", "missing are IQ2_XXS, IQ2_XS, IQ2_S, IQ3_XXS, IQ3_S, IQ1");
        Path others = program("others.so", ELF, List.of(CodebookTable.IQ3_S));
        assertThat(Commands.run("codebooks", "--from", others, "--out", out).failure())
                .contains("looks like the codebook of IQ3_S", points(CodebookTable.IQ3_S).sha256())
                .contains(CodebookTable.IQ3_S.sha256());
        assertThat(out).doesNotExist();
    }

    @Test
    void outAloneIsWrongUsage() {
        assertThat(Commands.run("codebooks", "--out", "x").wrongUsage()).contains("--out does nothing without --from");
    }

    @Test
    void theCommandSaysWhetherThereAreCodebooksAndWhere() throws Exception {
        Path file = folder.resolve("codebooks.bin");
        assertThat(process(file, "codebooks").done().out()).contains("no codebooks: there is no " + file, "--from");
        Files.write(file, CodebookFile.bytes(all()));
        assertThat(process(file, "codebooks").done().out()).contains(file.toString(), "2048 points of 8")
                .contains("not that of ggml: SHA-256 " + points(CodebookTable.IQ1).sha256());
        Files.write(file, new byte[20]);
        assertThat(process(file, "codebooks").failure()).contains(file.toString(), "expected the letters VESPERCB");
    }

    @Test
    void aModelIsWrittenAndRunWithCodebooksAndNamesThemWithout() throws Exception {
        Path file = folder.resolve("codebooks.bin");
        Path missing = folder.resolve("missing.bin");
        Files.write(file, CodebookFile.bytes(all()));
        Path model = TinyModel.write(folder);
        Path small = folder.resolve("small.gguf");
        assertThat(process(missing, "quantize", model, small, "--format", "IQ2_XXS", "--requantize").failure())
                .contains("IQ2_XXS", missing.toString(), "there is no such file", "`vesper codebooks --from");
        assertThat(small).doesNotExist();
        process(file, "quantize", model, small, "--format", "IQ2_XXS", "--requantize").done();
        Object[] complete = {
            "complete", "--model", small, "--prompt", "w300", "--temperature", 0, "--ignore-end", "--max-tokens", 4
        };
        assertThat(process(file, complete).done().out()).isNotBlank();
        assertThat(process(missing, complete).failure())
                .contains(small.toString(), "is in format IQ2_XXS", missing.toString(), "`vesper codebooks --from");
        assertThat(process(missing, "inspect", small).done().out())
                .contains("IQ2_XXS", "runs here   no: ", "`vesper codebooks --from");
        assertThat(process(file, "inspect", small).done().out()).contains("runs here   yes: ");
    }
}
