package dev.vesper.llm.chat;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.vesper.llm.chat.jinja.TemplateException;
import dev.vesper.llm.chat.jinja.TemplateException.Kind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;

/** Real templates against what Python's jinja2 makes of them. */
class TemplateFixturesTest {
    private static final Path FOLDER =
            Path.of(System.getProperty("vesper.fixtures", "../../shared/fixtures"), "templates");
    private static final Clock CLOCK = Clock.fixed(Instant.parse("2026-01-02T03:04:05Z"), ZoneOffset.UTC);
    private static final Map<String, Object> TOKENS = Map.of("bos_token", "<s>", "eos_token", "</s>");
    private static final ObjectMapper JSON = new ObjectMapper();

    record Case(String template, String name, JsonNode input, JsonNode expectation) {
        @Override
        public String toString() {
            return template + ": " + name;
        }

        String source() throws IOException {
            return Files.readString(FOLDER.resolve(template + ".jinja"));
        }

        @SuppressWarnings("unchecked")
        List<Map<String, Object>> messages() {
            return JSON.convertValue(input.get("messages"), List.class);
        }

        List<?> tools() {
            return input.has("tools") ? JSON.convertValue(input.get("tools"), List.class) : List.of();
        }

        String render() throws IOException {
            return ChatTemplate.parse(template, source())
                    .withClock(CLOCK)
                    .render(messages(), tools(), input.get("add_generation_prompt").booleanValue(), TOKENS);
        }
    }

    static List<Case> cases() throws IOException {
        assumeTrue(Files.isDirectory(FOLDER), "skipped: no template fixtures at " + FOLDER.toAbsolutePath());
        List<Path> files;
        try (Stream<Path> listing = Files.list(FOLDER)) {
            files = listing.filter(file -> file.toString().endsWith(".expected.json")).sorted().toList();
        }
        List<Case> cases = new ArrayList<>();
        for (Path file : files) {
            String template = file.getFileName().toString().replace(".expected.json", "");
            JSON.readTree(Files.readString(file)).forEachEntry(
                    (name, entry) -> cases.add(new Case(template, name, entry.get("input"), entry)));
        }
        return cases;
    }

    @ParameterizedTest
    @MethodSource("cases")
    void rendersAsPythonDoes(Case example) throws IOException {
        if (example.expectation().has("output")) {
            assertThat(example.render()).isEqualTo(example.expectation().get("output").stringValue());
            return;
        }
        String error = example.expectation().get("error").stringValue();
        String pythonType = error.substring(0, error.indexOf(':'));
        var failure = catchThrowableOfType(TemplateException.class, example::render);
        assertThat(failure).isNotNull();
        assertThat(failure.detail()).isEqualTo(error.substring(error.indexOf(':') + 2));
        assertThat(failure.kind()).isEqualTo(switch (pythonType) {
            case "UndefinedError" -> Kind.UNDEFINED;
            case "SecurityError" -> Kind.SECURITY;
            case "TypeError" -> Kind.TYPE;
            case "TemplateError" -> Kind.RAISED;
            default -> throw new AssertionError(pythonType);
        });
        assertThat(failure.line()).isPositive();
        assertThat(failure).hasMessageContaining(example.template()).hasMessageContaining("line " + failure.line());
    }

    /**
     * Templates that begin an answer, when asked for one, with something that a finished answer without reasoning does
     * not have (an open or empty block for reasoning, an instruction): training needs answers with reasoning there, or
     * another template.
     */
    private static final Set<String> UNFIT_FOR_TRAINING_WITHOUT_REASONING = Set.of(
            "Cohere2MoE",
            "CohereForAI-c4ai-command-r-plus-tool_use",
            "CohereForAI-c4ai-command-r7b-12-2024-tool_use",
            "GLM-4.7-Flash",
            "NVIDIA-Nemotron-3-Nano-30B-A3B-BF16",
            "Qwen-QwQ-32B",
            "deepseek-ai-DeepSeek-R1-Distill-Llama-8B",
            "deepseek-ai-DeepSeek-R1-Distill-Qwen-32B",
            "deepseek-ai-DeepSeek-V3.2",
            "google-gemma-4-31B-it-interleaved");

    static List<Case> trainingRows() throws IOException {
        return cases().stream()
                .filter(example -> example.name().equals("training_row") && example.expectation().has("output"))
                .toList();
    }

    @ParameterizedTest
    @MethodSource("trainingRows")
    void splitsIntoPromptAndAnswerOrSaysWhyNot(Case example) throws IOException {
        ChatTemplate template = ChatTemplate.parse(example.template(), example.source()).withClock(CLOCK);
        if (UNFIT_FOR_TRAINING_WITHOUT_REASONING.contains(example.template())) {
            assertThatExceptionOfType(TemplateException.class)
                    .isThrownBy(() -> template.supervise(example.messages(), List.of(), TOKENS))
                    .withMessageContaining("cannot be split into prompt and answer at message 1")
                    .satisfies(e -> assertThat(e.kind()).isEqualTo(Kind.SPLIT));
            return;
        }
        List<SupervisedText> rows = template.supervise(example.messages(), List.of(), TOKENS);
        assertThat(rows).hasSize(1);
        assertThat(rows.getFirst().text()).isEqualTo(example.expectation().get("output").stringValue());
        assertThat(rows.getFirst().segments()).hasSize(2);
        assertThat(rows.getFirst().segments().getLast().supervised()).isTrue();
        assertThat(rows.getFirst().segments().getLast().text()).contains("4");
        assertThat(rows.getFirst().segments().getFirst().text()).contains("2+2?").doesNotContain("4<");
    }

    @Test
    void findsAllTemplates() throws IOException {
        assertThat(cases()).hasSize(41 * 7);
    }
}
