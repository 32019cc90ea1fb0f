package dev.vesper.cli;

import dev.vesper.llm.lora.Adapter;
import dev.vesper.llm.lora.AdapterFile;
import dev.vesper.llm.lora.AdapterForm;
import dev.vesper.llm.lora.HeadLayout;
import dev.vesper.llm.lora.LayerDelta;
import dev.vesper.llm.lora.LowRank;
import dev.vesper.llm.lora.StoredAdapter;
import dev.vesper.llm.lora.WeightedAdapter;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Shows what is in an adapter. */
@Command(
        name = "show",
        description = "Print what an adapter is for, its rank, and how large its change to each layer is.",
        footer = {"", "Example:", "  vesper adapter show letters"})
final class AdapterShowCommand implements Callable<Integer> {
    @Parameters(paramLabel = "ADAPTER", description = "A PEFT folder or a GGUF file.")
    private Path path = Path.of("");

    @Option(names = "--json", description = "Print one JSON object.")
    private boolean json;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    /** @param norm of the change, scale included: the root of the sum of its squares */
    private record Layer(String name, int inputs, int outputs, String format, double norm) {}

    private record Report(
            String adapter, AdapterForm form, String architecture, String baseModel, int rank, double alpha,
            double scale, long parameters, List<Layer> layers) {}

    @Override
    public Integer call() {
        StoredAdapter stored = AdapterFile.stored(path, HeadLayout.asStored());
        Adapter adapter = stored.adapter();
        List<WeightedAdapter> alone = List.of(new WeightedAdapter(adapter, 1));
        List<Layer> layers = new ArrayList<>();
        long parameters = 0;
        for (var entry : adapter.changes().entrySet()) {
            LowRank change = entry.getValue();
            parameters += (long) change.rank() * (change.down().columns() + change.up().rows());
            layers.add(new Layer(
                    entry.getKey(), change.down().columns(), change.up().rows(), change.up().format().name(),
                    LayerDelta.of(alone, entry.getKey()).norm()));
        }
        print(new Report(path.toString(), stored.form(), stored.architecture(), stored.baseModel(), adapter.rank(),
                adapter.alpha(), adapter.alpha() / adapter.rank(), parameters, layers));
        return Vesper.DONE;
    }

    private void print(Report report) {
        PrintWriter out = spec.commandLine().getOut();
        if (json) {
            out.println(Json.of(report));
        } else {
            out.printf("%s, in %s's form%n", report.adapter, report.form);
            if (!report.architecture.isEmpty()) {
                out.println("for models of architecture " + report.architecture);
            }
            if (!report.baseModel.isEmpty()) {
                out.println("made for " + report.baseModel);
            }
            out.printf(Locale.ROOT, "rank %d, alpha %s, so that changes count %.4g times; %,d parameters%n",
                    report.rank, report.alpha, report.scale, report.parameters);
            int width = report.layers.stream().mapToInt(layer -> layer.name.length()).max().orElse(1);
            for (Layer layer : report.layers) {
                out.printf(Locale.ROOT, "  %-" + width + "s  %-4s %6d -> %-6d change of norm %.4g%n", layer.name,
                        layer.format, layer.inputs, layer.outputs, layer.norm);
            }
        }
        out.flush();
    }
}
