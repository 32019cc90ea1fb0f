package dev.vesper.cli;

import dev.vesper.llm.Backend;
import dev.vesper.llm.ModelFile;
import dev.vesper.llm.lora.Adapter;
import dev.vesper.llm.lora.AdapterForm;
import dev.vesper.llm.lora.LowRank;
import dev.vesper.llm.lora.StoredAdapter;
import dev.vesper.tensor.Format;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Turns a PEFT folder into a GGUF file, and back. */
@Command(
        name = "convert",
        description = {
            "Turn an adapter from a PEFT folder into a GGUF file for llama.cpp, or the other way round.",
            "Numbers stay bit for bit; rows change places where the two worlds order them differently. The result is read"
                    + " back, and its logits are compared with those of the original."
        },
        footer = {
            "",
            "Examples:",
            "  vesper adapter convert letters letters.gguf --model model.gguf",
            "  vesper adapter convert letters.gguf letters --model model.gguf"
        })
final class AdapterConvertCommand implements Callable<Integer> {
    @Parameters(index = "0", paramLabel = "IN", description = "The adapter: a PEFT folder, or a GGUF file.")
    private Path in = Path.of("");

    @Parameters(index = "1", paramLabel = "OUT", description = "What to write: a GGUF file, or a PEFT folder.")
    private Path out = Path.of("");

    @Option(
            names = "--model", required = true, paramLabel = "FILE",
            description = "The model that it is for, a GGUF file.")
    private Path model = Path.of("");

    @Option(names = "--replace", description = "Replace the adapter at OUT, if there is one.")
    private boolean replace;

    @Option(names = "--json", description = "Print one JSON object.")
    private boolean json;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    private record Report(
            String in, String out, AdapterForm from, AdapterForm to, int rank, double alpha, int layers,
            List<String> decoded, LogitsDifference verified) {}

    @Override
    public Integer call() throws IOException {
        try (ModelFile file = ModelFile.open(model); Backend backend = Backend.of("auto", 0)) {
            StoredAdapter stored = file.storedAdapter(in);
            AdapterForm form = stored.form() == AdapterForm.PEFT ? AdapterForm.GGUF : AdapterForm.PEFT;
            AdapterOutput.check(out, form, replace);
            Adapter adapter = stored.adapter();
            String baseModel = stored.baseModel().isEmpty() ? model.toString() : stored.baseModel();
            file.writeAdapter(out, form, adapter, baseModel);
            StoredAdapter back = file.storedAdapter(out);
            LogitsDifference difference = LogitsDifference.of(file, file.model(List.of(adapter.decoded())),
                    file.model(List.of(back.adapter().decoded())), backend).requireSame(out);
            TreeSet<String> decoded = formats(adapter);
            decoded.removeAll(formats(back.adapter()));
            print(new Report(in.toString(), out.toString(), stored.form(), form, adapter.rank(),
                    back.adapter().alpha(), adapter.changes().size(), List.copyOf(decoded), difference));
        }
        return Vesper.DONE;
    }

    private static TreeSet<String> formats(Adapter adapter) {
        TreeSet<String> formats = new TreeSet<>();
        for (LowRank change : adapter.changes().values()) {
            Stream.of(change.down(), change.up()).map(weight -> weight.format().name()).forEach(formats::add);
        }
        return formats;
    }

    private void print(Report report) {
        PrintWriter printer = spec.commandLine().getOut();
        if (json) {
            printer.println(Json.of(report));
        } else {
            printer.printf("%s: %s to %s, %d layers of rank %d%n", report.out, report.from, report.to, report.layers,
                    report.rank);
            if (!report.decoded.isEmpty()) {
                printer.printf("%s is not known in this form: those matrices were written as %s%n",
                        String.join(", ", report.decoded), Format.F32);
            }
            printer.println("read back: " + report.verified.text());
        }
        printer.flush();
    }
}
