package dev.vesper.server;

import dev.vesper.llm.GenerateOptions;
import dev.vesper.llm.Llm;
import dev.vesper.server.wire.ApiException;
import dev.vesper.server.wire.ModelCard;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

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

    /**
     * The model of a name; that of an adapter may also be given behind the base's, as {@code base+name}.
     *
     * @throws ApiException 404 if there is none
     */
    ModelCard card(String id) {
        String prefix = base + "+";
        List<ModelCard> cards = cards();
        return find(cards, id)
                .or(() -> id.startsWith(prefix) ? find(cards, id.substring(prefix.length())) : Optional.empty())
                .orElseThrow(() -> unknown("model", id));
    }

    private static Optional<ModelCard> find(List<ModelCard> cards, String id) {
        return cards.stream().filter(card -> card.id().equals(id)).findFirst();
    }

    /**
     * Options that run the model of a name.
     *
     * @throws ApiException 404 if there is none, or none of an adapter that the options ask for; 400 if adapters are asked
     *     for both by the name and apart from it
     */
    GenerateOptions select(String id, GenerateOptions options) {
        ModelCard card = card(id);
        List<String> known = llm.adapterNames();
        for (int i = 0; i < options.adapters().size(); i++) {
            String adapter = options.adapters().get(i).name();
            if (!known.contains(adapter)) {
                throw unknown("adapters[%d].name".formatted(i), adapter);
            }
        }
        if (card.parent() == null) {
            return options;
        }
        if (!options.adapters().isEmpty()) {
            throw ApiException.invalid("adapters", "invalid_value",
                    "The model '%s' is an adapter by itself: with 'adapters', the model must be '%s'."
                            .formatted(id, base));
        }
        return options.model(card.id());
    }

    /** Changes with what is run and by which kernels: the same seed gives the same text as long as this stays. */
    String fingerprint(GenerateOptions options) {
        int adapters = llm.adapterRevision(options);
        String what = base + "\n" + llm.describeBackend() + (adapters == 0 ? "" : "\n" + adapters);
        return "fp_" + HexFormat.of().toHexDigits(what.hashCode());
    }

    private ApiException unknown(String param, String id) {
        List<String> known = cards().stream().map(ModelCard::id).toList();
        return ApiException.of(404, "invalid_request_error", param, "model_not_found",
                "The model '%s' does not exist. There %s %s."
                        .formatted(id, known.size() == 1 ? "is" : "are", String.join(", ", known)));
    }
}
