import dev.vesper.llm.GenerateOptions;
import dev.vesper.llm.Llm;
import dev.vesper.llm.Message;
import dev.vesper.llm.lora.Adapter;

/** Asks a model and the same model with an adapter on top, from one load: the weights are shared. */
void main(String[] arguments) {
    GenerateOptions options = GenerateOptions.defaults().maxTokens(100).temperature(0);
    List<Message> question = List.of(Message.user(arguments[2]));
    try (Llm llm = Llm.load(Path.of(arguments[0]))) {
        Adapter adapter = llm.file().readAdapter(Path.of(arguments[1]));
        llm.addAdapters("mine", List.of(adapter));
        IO.println("without: " + llm.chat(question, options).text());
        IO.println("with:    " + llm.chat(question, options.model("mine")).text());
    }
}
