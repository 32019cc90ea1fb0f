import dev.vesper.llm.GenerateOptions;
import dev.vesper.llm.Llm;
import dev.vesper.llm.Reply;

/** Continues a text, prints it while it is written, and stops at the end of the first paragraph. */
void main(String[] arguments) {
    GenerateOptions options = GenerateOptions.defaults().maxTokens(200).temperature(0.8).seed(42);
    try (Llm llm = Llm.load(Path.of(arguments[0]))) {
        Reply reply = llm.complete(arguments[1], options, piece -> {
            IO.print(piece);
            return !piece.contains("\n");
        });
        IO.println();
        IO.println("%d tokens, %s".formatted(reply.completionTokens(), reply.finish()));
    }
}
