package dev.vesper.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** What can be done with adapters apart from a model that runs. */
@Command(
        name = "adapter",
        description = "Merge adapters, convert them between PEFT folders and GGUF files, and show what is in them.",
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {AdapterMergeCommand.class, AdapterConvertCommand.class, AdapterShowCommand.class},
        footer = {
            "",
            "Examples:",
            "  vesper adapter show letters",
            "  vesper adapter merge letters=0.7 jokes=0.3 --out both --rank 16",
            "  vesper adapter convert letters letters.gguf --model model.gguf"
        })
final class AdapterCommand implements Runnable {
    @Spec
    private CommandSpec spec = CommandSpec.create();

    /** By itself it does nothing: the help says what there is. */
    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(),
                "what about adapters? merge ADAPTER... --out FOLDER, convert IN OUT --model FILE, or show ADAPTER");
    }
}
