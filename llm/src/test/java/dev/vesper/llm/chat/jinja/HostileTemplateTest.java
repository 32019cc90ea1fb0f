package dev.vesper.llm.chat.jinja;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.vesper.llm.chat.jinja.TemplateException.Kind;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A template comes out of a file that anybody may have written: it may fail, but neither hang nor take all memory. */
class HostileTemplateTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    private static void assertStopped(String source) {
        Assertions.assertTimeoutPreemptively(PATIENCE, () -> assertThatExceptionOfType(TemplateException.class)
                .isThrownBy(() -> Rendering.render(source, Map.of("l", List.of(1, 2))))
                .satisfies(e -> assertThat(e.kind()).isEqualTo(Kind.LIMIT))
                .satisfies(e -> assertThat(e.line()).isPositive()));
    }

    private static final String ROUNDS = "{% for i in range(99999) %}{% for j in range(99999) %}";
    private static final String END = "{% endfor %}{% endfor %}";

    @ParameterizedTest
    @ValueSource(
            strings = {
                "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
                "{% for x in l recursive %}{{ loop(l) }}{% endfor %}",
                ROUNDS + END,
                ROUNDS + "x" + END,
                "{{ range(1000000) }}",
                "{{ 'a' * 10 ** 18 }}",
                "{{ [0] * 10 ** 12 }}",
                "{{ 10 ** 10000000000 }}",
                "{{ 'a'.center(10 ** 9) }}",
                "{{ '%999999999d' % 1 }}",
                "{{ '{:99999999999}'.format(1) }}",
                "{{ ('a' * 10000000)|replace('', 'b' * 10000000) }}",
                "{{ [[1]]|tojson(indent=10 ** 9) }}",
                "{{ 'a\nb'|indent(10 ** 9) }}",
                "{% set ns = namespace(s='ab') %}{% for i in range(99) %}{% set ns.s = ns.s + ns.s %}{% endfor %}",
                "{% set ns = namespace(v=[1]) %}{% for i in range(60) %}{% set ns.v = [ns.v, ns.v] %}{% endfor %}{{ ns.v }}",
                "{% set ns = namespace(v=[1]) %}{% for i in range(60) %}{% set ns.v = [ns.v, ns.v] %}{% endfor %}{{ ns.v|tojson }}",
                "{% set ns = namespace(v=(1,), w=(1,)) %}{% for i in range(60) %}{% set ns.v = (ns.v, ns.v) %}"
                        + "{% set ns.w = (ns.w, ns.w) %}{% endfor %}{{ ns.v == ns.w }}",
                "{% set ns = namespace(v=(1,)) %}{% for i in range(60) %}{% set ns.v = (ns.v, ns.v) %}{% endfor %}{{ {ns.v: 1} }}",
                "{% set ns = namespace(v=[1]) %}{% for i in range(9999) %}{% set ns.v = [ns.v] %}{% endfor %}{{ ns.v }}",
                "{% set a = 'a' * 9000000 %}{{ a.find('a' * 4000000 ~ 'b') }}" + ROUNDS + "{{ a.find('ab') }}" + END,
                "{% set a = 'a' * 9000000 %}{{ a.strip('b' * 9000000 ~ 'a') }}",
                "{% set a = 'ä' * 9000000 %}" + ROUNDS + "{% if a|length %}{% endif %}" + END,
                "{% set a = 'ä' * 9000000 %}" + ROUNDS + "{% if a[9] %}{% endif %}" + END,
                "{% set a = 2 ** 16000 %}" + ROUNDS + "{% if a * a %}{% endif %}" + END,
                "{% set ns = namespace(v=[]) %}" + ROUNDS + "{% set ns.v = [ns.v] %}" + END,
            })
    void isStopped(String source) {
        assertStopped(source);
    }

    @Test
    void manyShortStringsAreStopped() {
        assertStopped("{% set a = ('a,' * 20000000).split(',') %}");
    }

    @ParameterizedTest
    @ValueSource(strings = {"(", "[", "{1:", "not ", "-", "f(", "a[", "1 if 1 else ", "x|f(", "{{ '{%' }}{% if 1 %}"})
    void deepNestingInTheSourceIsASyntaxError(String opening) {
        String source = opening.startsWith("{{") ? opening.repeat(100_000) : "{{ " + opening.repeat(100_000);
        Assertions.assertTimeoutPreemptively(PATIENCE, () -> assertThatExceptionOfType(TemplateException.class)
                .isThrownBy(() -> Template.parse("deep", source))
                .satisfies(e -> assertThat(e.kind()).isEqualTo(Kind.SYNTAX)));
    }

    @ParameterizedTest
    @ValueSource(strings = {" + 1", " * 1", " and 1", "|abs", ".x", "[0]", "()"})
    void longChainsAreStopped(String link) {
        String source = "{{ 1" + link.repeat(100_000) + " }}";
        Assertions.assertTimeoutPreemptively(PATIENCE, () -> assertThatExceptionOfType(TemplateException.class)
                .isThrownBy(() -> Rendering.render(source))
                .satisfies(e -> assertThat(e.kind()).isEqualTo(Kind.LIMIT)));
    }

    @Test
    void longFlatExpressionsAreFine() {
        assertThat(Rendering.render("{{ 1" + " ~ 1".repeat(10_000) + " }}")).hasSize(10_001);
        assertThat(Rendering.render("{% if 0 %}" + "{% elif 0 %}".repeat(10_000) + "{% else %}x{% endif %}"))
                .isEqualTo("x");
    }

    @Test
    void smallStacksGetTheSameKindOfError() throws InterruptedException {
        var failure = new AtomicReference<Throwable>();
        Template template = Template.parse("deep", "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}");
        Thread thread = new Thread(
                null,
                () -> template.render(Map.of(), new Limits(1_000_000_000, 1_000_000, 1 << 30, 1 << 20)),
                "small stack",
                200_000);
        thread.setUncaughtExceptionHandler((where, thrown) -> failure.set(thrown));
        thread.start();
        thread.join();
        assertThat(failure.get())
                .isInstanceOfSatisfying(TemplateException.class, e -> assertThat(e.kind()).isEqualTo(Kind.LIMIT))
                .hasMessageContaining("stack");
    }

    @Test
    void limitsAreTheCallers() {
        Template template = Template.parse("long", "{% for i in range(1000) %}xxxxxxxxxx{% endfor %}");
        assertThat(template.render(Map.of(), Limits.STANDARD)).hasSize(10_000);
        assertThatExceptionOfType(TemplateException.class)
                .isThrownBy(() -> template.render(Map.of(), new Limits(100_000, 100, 1 << 20, 9_999)))
                .withMessage(
                        "template long, line 1: the template needs more than the allowed 9999 characters of output;"
                                + " rendering stopped");
    }

    @Test
    void cyclicInputIsRejected() {
        List<Object> cycle = new ArrayList<>();
        cycle.add(cycle);
        assertThatExceptionOfType(TemplateException.class)
                .isThrownBy(() -> Rendering.render("x", Map.of("v", cycle)))
                .satisfies(e -> assertThat(e.kind()).isEqualTo(Kind.LIMIT));
    }
}
