import dev.vesper.llm.GenerateOptions;
import dev.vesper.llm.Llm;
import dev.vesper.llm.Message;

/** Loads a model and prints its reply to one question. */
void main(String[] arguments) {
    try (Llm llm = Llm.load(Path.of(arguments[0]))) {
        IO.println(llm.chat(List.of(Message.user(arguments[1])), GenerateOptions.defaults()).text());
    }
}
