package dev.vesper.server;

import dev.vesper.llm.GenerateOptions;
import dev.vesper.llm.Llm;
import dev.vesper.server.wire.ApiException;
import dev.vesper.server.wire.ModelCard;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/** The models that requests may name: the one that is loaded, and each set of adapters on it. */
final class Models {
    private static final String OWNER = "vesper";

    private final Llm llm;
    private final String base;
    private final long since = Instant.now().getEpochSecond();

    /** @param base what the model without adapters is called */
    Models(Llm llm, String base) {
        this.llm = llm;
        this.base = base;
    }

    Llm llm() {
        return llm;
    }

    int vocabulary() {
        return llm.file().tokenizer().vocabulary().size();
    }

    /** The base first, then the adapters by name. */
    List<ModelCard> cards() {
        List<ModelCard> cards = new ArrayList<>();
        cards.add(new ModelCard(base, "model", since, OWNER, null, llm.contextLength()));
        for (String name : llm.adapterNames()) {
            cards.add(new ModelCard(name, "model", since, OWNER, base, llm.contextLength()));
        }
        return cards;
    }

    /** @throws ApiException 404 if there is none of that name */
    ModelCard card(String id) {
        return cards().stream().filter(card -> card.id().equals(id)).findFirst().orElseThrow(() -> unknown(id));
    }

    /**
     * Options that run the model of a name.
     *
     * @throws ApiException 404 if there is none
     */
    GenerateOptions select(String id, GenerateOptions options) {
        return options.model(card(id).id().equals(base) ? "" : id);
    }

    /** Changes with what is run and by which kernels: the same seed gives the same text as long as this stays. */
    String fingerprint() {
        return "fp_" + HexFormat.of().toHexDigits((base + "\n" + llm.describeBackend()).hashCode());
    }

    private ApiException unknown(String id) {
        List<String> known = cards().stream().map(ModelCard::id).toList();
        return ApiException.of(404, "invalid_request_error", "model", "model_not_found",
                "The model '%s' does not exist. There %s %s."
                        .formatted(id, known.size() == 1 ? "is" : "are", String.join(", ", known)));
    }
}
