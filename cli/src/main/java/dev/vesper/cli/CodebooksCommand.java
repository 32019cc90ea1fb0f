package dev.vesper.cli;

import dev.vesper.llm.file.AtomicFiles;
import dev.vesper.llm.file.ModelFileException;
import dev.vesper.tensor.Format;
import dev.vesper.tensor.quant.Codebook;
import dev.vesper.tensor.quant.CodebookFile;
import dev.vesper.tensor.quant.CodebookFinder;
import dev.vesper.tensor.quant.CodebookTable;
import dev.vesper.tensor.quant.Codebooks;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Takes the codebooks that the formats IQ1, IQ2 and IQ3 refer to from a program that has them. */
@Command(
        name = "codebooks",
        description = {
            "Find the tables that weights in the formats IQ1, IQ2 and IQ3 refer to, and keep them for later.",
            "They are no part of Vesper, and of no model file: they lie in every copy of llama.cpp, Ollama or LM Studio"
                    + " (in libggml-base.so, ggml-base.dll, libggml-base.dylib, or a program with that in it). Without"
                    + " --from, this says whether and where they are kept."
        },
        footer = {
            "",
            "Examples:",
            "  vesper codebooks --from /usr/lib/ollama",
            "  vesper codebooks"
        })
final class CodebooksCommand implements Callable<Integer> {
    private final CodebookFinder finder;

    @Option(
            names = "--from",
            paramLabel = "FILE_OR_FOLDER",
            description = "A program or library that has the tables, or a folder with such files at any depth.")
    private @Nullable Path from;

    @Option(
            names = "--out",
            paramLabel = "FILE",
            description = "Keep them here, replacing what is there. By default where Vesper looks for them: the file that"
                    + " VESPER_CODEBOOKS names, else vesper/codebooks.bin in the folder for your data.")
    private @Nullable Path out;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    CodebooksCommand() {
        this(CodebookFinder.ofKnown());
    }

    CodebooksCommand(CodebookFinder finder) {
        this.finder = finder;
    }

    @Override
    public Integer call() throws IOException {
        if (from != null) {
            take(from);
        } else if (out != null) {
            throw new ParameterException(spec.commandLine(), "--out does nothing without --from");
        } else {
            show(CodebookFile.place());
        }
        spec.commandLine().getOut().flush();
        return Vesper.DONE;
    }

    private void take(Path source) throws IOException {
        CodebookSearch search = new CodebookSearch(finder);
        search.search(source);
        PrintWriter err = spec.commandLine().getErr();
        search.unreadable().forEach(line -> err.println("not searched: " + line));
        err.flush();
        if (!finder.missing().isEmpty()) {
            throw incomplete(source, search);
        }
        Path usual = CodebookFile.place();
        Path target = out == null ? usual : out;
        Path folder = target.toAbsolutePath().getParent();
        if (folder != null && out == null) {
            Files.createDirectories(folder);
        }
        byte[] file = CodebookFile.bytes(finder.found());
        AtomicFiles.write(target, file);
        PrintWriter printer = spec.commandLine().getOut();
        printer.printf("%d codebooks found in %s%n", finder.found().all().size(), names(search.sources()));
        printer.printf("wrote %s (%s)%n", target, Sizes.of(file.length));
        printer.println("formats that run with them: " + names(formats(finder.found())));
        if (!target.toAbsolutePath().normalize().equals(usual.toAbsolutePath().normalize())) {
            printer.printf("Vesper looks in %s; %s=%s has it look here%n", usual, CodebookFile.VARIABLE,
                    Shell.quoted(target.toAbsolutePath().toString()));
        }
    }

    private ModelFileException incomplete(Path source, CodebookSearch search) {
        String found = finder.found().all().isEmpty()
                ? "none of them"
                : "only " + names(finder.found().all().stream().map(Codebook::table).toList());
        StringBuilder text = new StringBuilder("%s, in %s; missing are %s, so nothing was written"
                .formatted(found, search.searched() == 1 ? "1 file" : search.searched() + " files",
                        names(finder.missing())));
        finder.lookalikes().forEach(line -> text.append("; ").append(line));
        return new ModelFileException(
                source, "looking for codebooks",
                "all %d tables, as in libggml-base of llama.cpp".formatted(CodebookTable.values().length),
                text.toString());
    }

    private void show(Path file) {
        PrintWriter printer = spec.commandLine().getOut();
        if (!Files.exists(file)) {
            printer.println("no codebooks: there is no " + file);
            printer.println(
                    "vesper codebooks --from FILE_OR_FOLDER takes them from a copy of llama.cpp, Ollama or LM Studio");
            return;
        }
        Codebooks codebooks = CodebookFile.parse(Inputs.read(file), file.toString());
        printer.println(file.toString());
        for (Codebook codebook : codebooks.all()) {
            boolean known = codebook.sha256().equals(codebook.table().sha256());
            printer.printf("  %-7s  %4d points of %d  %s%n", codebook.table(), codebook.table().points(),
                    codebook.table().width(), known ? "as in ggml" : "not that of ggml: SHA-256 " + codebook.sha256());
        }
        printer.println("formats that run with them: " + names(formats(codebooks)));
    }

    private static List<Format> formats(Codebooks codebooks) {
        return codebooks.all().stream().flatMap(codebook -> codebook.table().formats().stream()).toList();
    }

    private static String names(List<?> things) {
        return things.stream().map(String::valueOf).collect(Collectors.joining(", "));
    }
}
