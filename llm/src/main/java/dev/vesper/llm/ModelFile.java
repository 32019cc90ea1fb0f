package dev.vesper.llm;

import dev.vesper.llm.arch.Architectures;
import dev.vesper.llm.arch.Model;
import dev.vesper.llm.arch.ModelShape;
import dev.vesper.llm.arch.UnsupportedModelException;
import dev.vesper.llm.chat.ChatTemplate;
import dev.vesper.llm.chat.jinja.TemplateException;
import dev.vesper.llm.file.Checkpoint;
import dev.vesper.llm.file.Gguf;
import dev.vesper.llm.layer.CheckpointWeights;
import dev.vesper.llm.layer.Weights;
import dev.vesper.llm.lora.Adapter;
import dev.vesper.llm.lora.AdapterBase;
import dev.vesper.llm.lora.AdapterException;
import dev.vesper.llm.lora.AdapterFile;
import dev.vesper.llm.lora.AdapterForm;
import dev.vesper.llm.lora.HeadLayout;
import dev.vesper.llm.lora.LoraWeights;
import dev.vesper.llm.lora.StoredAdapter;
import dev.vesper.llm.lora.WeightedAdapter;
import dev.vesper.llm.text.Tokenizer;
import dev.vesper.llm.text.Vocabulary;
import dev.vesper.tensor.AttentionShape;
import java.nio.file.Path;
import java.time.Clock;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.TreeSet;

/**
 * An open model file with all that is needed to use it: the model on the file's own weights, its tokenizer and its chat
 * template. Closing it ends every use of its weights.
 */
public final class ModelFile implements AutoCloseable {
    private final Checkpoint checkpoint;
    private final Model base;
    private final Tokenizer tokenizer;
    private final ChatTemplate template;

    private ModelFile(Checkpoint checkpoint, Model base, Tokenizer tokenizer, ChatTemplate template) {
        this.checkpoint = checkpoint;
        this.base = base;
        this.tokenizer = tokenizer;
        this.template = template;
    }

    /**
     * Opens a GGUF file, mapped and not copied.
     *
     * @throws dev.vesper.llm.file.ModelFileException if it is not a sound file
     * @throws UnsupportedModelException if this build cannot run it
     */
    public static ModelFile open(Path path) {
        Checkpoint checkpoint = Gguf.open(path);
        try {
            Model base = Architectures.load(checkpoint);
            Tokenizer tokenizer = Tokenizer.of(checkpoint.metadata());
            if (tokenizer.vocabulary().size() > base.shape().vocabulary()) {
                throw new UnsupportedModelException("%s: the tokenizer has %d tokens, the model only %d"
                        .formatted(path, tokenizer.vocabulary().size(), base.shape().vocabulary()));
            }
            return new ModelFile(checkpoint, base, tokenizer,
                    template(checkpoint).withClock(Clock.system(ZoneId.systemDefault())));
        } catch (RuntimeException e) {
            checkpoint.close();
            throw e;
        }
    }

    private static ChatTemplate template(Checkpoint checkpoint) {
        return checkpoint
                .metadata()
                .string("tokenizer.chat_template")
                .map(source -> {
                    try {
                        return ChatTemplate.parse(source);
                    } catch (TemplateException e) {
                        throw new UnsupportedModelException(
                                "%s: tokenizer.chat_template: %s".formatted(checkpoint.path(), e.getMessage()), e);
                    }
                })
                .orElseGet(ChatTemplate::plain);
    }

    public Path path() {
        return checkpoint.path();
    }

    public Checkpoint checkpoint() {
        return checkpoint;
    }

    public Tokenizer tokenizer() {
        return tokenizer;
    }

    /** The file's template, or a plain one where it has none: see {@link #hasTemplate()}. */
    public ChatTemplate template() {
        return template;
    }

    /** Whether the file brings a chat template of its own. */
    public boolean hasTemplate() {
        return checkpoint.metadata().contains("tokenizer.chat_template");
    }

    /** Texts that end a turn besides the end tokens: a model without a template of its own may know no end token. */
    List<String> templateStops() {
        return hasTemplate() ? List.of() : List.of("\nUser:");
    }

    /** The model on the file's own weights. */
    public Model model() {
        return base;
    }

    /** A fresh source of the file's weights, to be wrapped. */
    public Weights weights() {
        return new CheckpointWeights(checkpoint);
    }

    /** The model on other weights, such as trained ones. */
    public Model model(Weights weights) {
        return Architectures.build(checkpoint.metadata(), weights);
    }

    /**
     * The model with adapters on top, in this order.
     *
     * @throws AdapterException if one changes layers that the model does not have
     */
    public Model model(List<Adapter> adapters) {
        return weighted(adapters.stream().map(adapter -> new WeightedAdapter(adapter, 1)).toList());
    }

    /**
     * The model with so much of each adapter on top, in this order.
     *
     * @throws AdapterException if one changes layers that the model does not have
     */
    public Model weighted(List<WeightedAdapter> adapters) {
        Weights weights = weights();
        List<LoraWeights> wrapped = new ArrayList<>();
        for (WeightedAdapter part : adapters) {
            LoraWeights adapted = new LoraWeights(weights, part.adapter(), (float) part.weight());
            wrapped.add(adapted);
            weights = adapted;
        }
        Model model = model(weights);
        for (LoraWeights adapted : wrapped) {
            if (!adapted.unused().isEmpty()) {
                throw new AdapterException(
                        "%s: the adapter changes %d layers that this model does not have or cannot adapt, such as %s"
                                .formatted(path(), adapted.unused().size(), new TreeSet<>(adapted.unused()).first()));
            }
        }
        return model;
    }

    /**
     * Reads an adapter for this model: a PEFT folder, or a GGUF file.
     *
     * @throws AdapterException if it cannot be read, does not fit this model, or was trained on another
     */
    public Adapter readAdapter(Path path) {
        return storedAdapter(path).adapter().decoded();
    }

    /** Reads an adapter for this model as it is stored; otherwise as {@link #readAdapter}. */
    public StoredAdapter storedAdapter(Path path) {
        adapterBase(path().toString()).require(path);
        StoredAdapter stored = AdapterFile.stored(path, headLayout());
        String own = base.shape().architecture();
        if (!stored.architecture().isEmpty() && !stored.architecture().equals(own)) {
            throw new AdapterException("%s: the adapter is for models of architecture %s, and %s is of architecture %s"
                    .formatted(path, stored.architecture(), path(), own));
        }
        try {
            model(List.of(stored.adapter()));
        } catch (AdapterException e) {
            throw new AdapterException("%s: %s".formatted(path, e.getMessage()), e);
        }
        return stored;
    }

    /** Writes an adapter of this model to a PEFT folder. */
    public void writeAdapter(Path folder, Adapter adapter) {
        writeAdapter(folder, AdapterForm.PEFT, adapter);
    }

    /** Writes an adapter of this model in one of the forms: a folder, or a file. */
    public void writeAdapter(Path path, AdapterForm form, Adapter adapter) {
        writeAdapter(path, form, adapter, path().toString());
    }

    /** As {@link #writeAdapter(Path, AdapterForm, Adapter)}, with another name for this model in it. */
    public void writeAdapter(Path path, AdapterForm form, Adapter adapter, String baseModel) {
        switch (form) {
            case PEFT -> {
                AdapterFile.write(path, adapter, headLayout(), baseModel);
                adapterBase(baseModel).write(path);
            }
            case GGUF -> AdapterFile.writeGguf(path, adapter, base.shape().architecture(), baseModel);
        }
    }

    /** What an adapter of this model says that it belongs to. */
    private AdapterBase adapterBase(String name) {
        ModelShape shape = base.shape();
        AttentionShape attention = shape.attention();
        return AdapterBase.of(
                checkpoint,
                name,
                "%s of %d blocks, width %d, feed-forward %d, %d query and %d key-value heads of %d, vocabulary %d"
                        .formatted(shape.architecture(), shape.layers(), shape.dim(), shape.feedForward(),
                                attention.heads(), attention.keyValueHeads(), attention.headSize(),
                                shape.vocabulary()));
    }

    private HeadLayout headLayout() {
        AttentionShape attention = base.shape().attention();
        return new HeadLayout(
                attention.heads(),
                attention.keyValueHeads(),
                attention.headSize(),
                Architectures.permutesQueryKey(base.shape().architecture()));
    }

    /** Tokens of a text to be continued, beginning of text first where the vocabulary has one. */
    public int[] promptTokens(String text) {
        return withBeginning(text.isEmpty() ? new int[0] : tokenizer.encode(text, true));
    }

    /** Tokens of a conversation, up to where the assistant's answer begins. */
    public int[] promptTokens(List<Message> messages) {
        return templateTokens(template.render(maps(messages), List.of(), true, templateVariables()));
    }

    /** Tokens of a text that the template rendered, which may or may not spell the beginning of text itself. */
    public int[] templateTokens(String rendered) {
        return withBeginning(tokenizer.encode(rendered, true));
    }

    /** What templates find besides the messages: special tokens and the clock. */
    public Map<String, Object> templateVariables() {
        Map<String, Object> variables = new HashMap<>();
        Vocabulary vocabulary = tokenizer.vocabulary();
        variables.put("bos_token", name(vocabulary.bos()));
        variables.put("eos_token", name(vocabulary.eos()));
        return variables;
    }

    /** Messages in the form that templates read. */
    public static List<Map<String, Object>> maps(List<Message> messages) {
        List<Map<String, Object>> maps = new ArrayList<>();
        for (Message message : messages) {
            Map<String, Object> map = new LinkedHashMap<>();
            map.put("role", message.role());
            map.put("content", message.content());
            maps.add(map);
        }
        return maps;
    }

    /** Whether text that follows {@code prompt} begins a text of its own, so that a space put there is not part of it. */
    boolean beginsText(int[] prompt) {
        return prompt.length > 0 && tokenizer.vocabulary().type(prompt[prompt.length - 1]).special();
    }

    private int[] withBeginning(int[] tokens) {
        Vocabulary vocabulary = tokenizer.vocabulary();
        OptionalInt bos = vocabulary.bos();
        boolean needed = vocabulary.addBos() || tokens.length == 0;
        if (bos.isEmpty() || !needed || tokens.length > 0 && tokens[0] == bos.getAsInt()) {
            return tokens;
        }
        int[] all = new int[tokens.length + 1];
        all[0] = bos.getAsInt();
        System.arraycopy(tokens, 0, all, 1, tokens.length);
        return all;
    }

    private String name(OptionalInt token) {
        return token.isPresent() ? tokenizer.vocabulary().name(token.getAsInt()) : "";
    }

    @Override
    public void close() {
        checkpoint.close();
    }
}
