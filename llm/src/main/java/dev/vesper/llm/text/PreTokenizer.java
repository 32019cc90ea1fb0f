package dev.vesper.llm.text;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How byte-level vocabularies cut text into words that are encoded each on its own; GGUF names it in {@code
 * tokenizer.ggml.pre}. Each pattern cuts what the one before left: every match is a piece, and so is what lies between.
 *
 * @param patterns as the models' own tokenizers publish them
 * @param wholeWords whether a word that is a token becomes it without merging
 * @param addsBos whether texts begin with a token for that, where the file does not say
 */
record PreTokenizer(List<Pattern> patterns, boolean wholeWords, boolean addsBos) {
    private static final String GPT2 =
            "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+";
    private static final String LLAMA3 = "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}{1,3}"
            + "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";
    private static final String QWEN2 = LLAMA3.replace("\\p{N}{1,3}", "\\p{N}");

    private static final Map<String, PreTokenizer> BY_NAME = byName();

    private static Map<String, PreTokenizer> byName() {
        Map<String, PreTokenizer> byName = new TreeMap<>();
        PreTokenizer gpt2 = of(GPT2);
        for (String name : List.of("gpt-2", "phi-2", "olmo", "mpt", "exaone4", "gigachat", "mellum")) {
            byName.put(name, gpt2);
        }
        PreTokenizer digits = of("\\p{N}", GPT2);
        for (String name : List.of("starcoder", "refact", "command-r", "smollm", "codeshell", "exaone", "minerva-7b")) {
            byName.put(name, digits);
        }
        PreTokenizer llama3 = of(LLAMA3);
        for (String name : List.of("llama-bpe", "llama3", "llama-v3", "falcon3", "pixtral", "lfm2")) {
            byName.put(name, new PreTokenizer(llama3.patterns(), true, true));
        }
        for (String name : List.of("dbrx", "smaug-bpe", "glm4", "chatglm-bpe")) {
            byName.put(name, llama3);
        }
        PreTokenizer qwen2 = of(QWEN2);
        for (String name : List.of("qwen2", "deepseek-r1-qwen", "stablelm2", "megrez", "hunyuan")) {
            byName.put(name, qwen2);
        }
        byName.put(
                "deepseek-coder",
                of(
                        "[\\r\\n]", "\\s?\\p{L}+", "\\s?\\p{P}+", "[\\u4E00-\\u9FA5\\u0800-\\u4E00\\uAC00-\\uD7FF]+",
                        "\\p{N}"));
        // What llama.cpp does with files from before the key was used.
        byName.put("default", of("[\\p{P}$+<=>^~|]+", GPT2, "\\p{N}+", "[0-9][0-9][0-9]"));
        return byName;
    }

    private static PreTokenizer of(String... patterns) {
        List<Pattern> compiled = List.of(patterns)
                .stream()
                .map(pattern -> Pattern.compile(pattern, Pattern.UNICODE_CHARACTER_CLASS))
                .toList();
        return new PreTokenizer(compiled, false, false);
    }

    /**
     * The pre-tokenizer that files call {@code name}.
     *
     * @throws VocabularyException if it is not supported; the message lists those that are
     */
    static PreTokenizer named(String name) {
        PreTokenizer found = BY_NAME.get(name);
        if (found == null) {
            throw new VocabularyException("pre-tokenizer '" + name + "' is not supported; supported: "
                    + String.join(", ", BY_NAME.keySet()));
        }
        return found;
    }

    /** Takes the words of a text in order. */
    @FunctionalInterface
    interface Words {
        void word(int from, int to);
    }

    /** Cuts {@code text} completely into words. */
    void split(String text, Words words) {
        List<Matcher> matchers =
                patterns.stream().map(pattern -> pattern.matcher(text)).toList();
        split(0, text.length(), matchers, words);
    }

    private static void split(int from, int to, List<Matcher> matchers, Words words) {
        if (from == to) {
            return;
        }
        if (matchers.isEmpty()) {
            words.word(from, to);
            return;
        }
        Matcher matcher = matchers.getFirst();
        List<Matcher> further = matchers.subList(1, matchers.size());
        int at = from;
        matcher.region(from, to);
        while (matcher.find()) {
            split(at, matcher.start(), further, words);
            split(matcher.start(), matcher.end(), further, words);
            at = matcher.end();
        }
        split(at, to, further, words);
    }
}
