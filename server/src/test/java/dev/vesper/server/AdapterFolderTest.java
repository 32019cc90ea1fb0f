package dev.vesper.server;

import static dev.vesper.server.TestServer.TEXT;
import static org.assertj.core.api.Assertions.assertThat;

import dev.vesper.llm.lora.Adapter;
import dev.vesper.llm.lora.AdapterForm;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A server that runs takes up what appears in a folder, over loopback from end to end. */
class AdapterFolderTest {
    private static final Duration EVERY = Duration.ofMillis(20);

    private final ConcurrentLinkedQueue<String> log = new ConcurrentLinkedQueue<>();

    @TempDir
    private Path folder;

    private Path watched = Path.of("");
    private Path staging = Path.of("");
    private TestServer server;
    private AdapterFolder looking;

    @BeforeEach
    void start() throws IOException {
        watched = Files.createDirectory(folder.resolve("watched"));
        staging = Files.createDirectory(folder.resolve("staging"));
        server = TestServer.start(TinyModel.write(folder));
    }

    @AfterEach
    void stop() {
        looking.close();
        server.close();
    }

    private void watch() {
        watch(EVERY);
    }

    private void watch(Duration every) {
        looking = AdapterFolder.watch(server.llm(), "tiny", watched, every, log::add);
    }

    @Test
    void anAdapterThatAppearsIsServedAndOneThatGoesIsNot() throws Exception {
        watch();
        assertThat(listed()).containsExactly("tiny");
        String base = ask("tiny");
        appear("evening", AdapterForm.PEFT, TinyModel.adapter(1));
        await("adapter evening: served from now on");
        appear("morning.gguf", AdapterForm.GGUF, TinyModel.adapter(2));
        await("adapter morning: served from now on");
        assertThat(listed()).containsExactly("tiny", "evening", "morning");
        String evening = ask("evening");
        assertThat(evening).isNotEqualTo(base).isEqualTo(ask("tiny+evening"));
        assertThat(ask("morning")).isNotEqualTo(base).isNotEqualTo(evening);

        disappear(watched.resolve("evening"));
        await("adapter evening: removed");
        assertThat(listed()).containsExactly("tiny", "morning");
        server.error(server.post(TEXT, "{\"model\": \"evening\", \"prompt\": \"x\"}"), 404);
        assertThat(log).hasSize(3);
    }

    @Test
    void whatIsThereAtTheStartIsServedAtOnce() {
        appear("evening", AdapterForm.PEFT, TinyModel.adapter(1));
        watch();
        assertThat(listed()).containsExactly("tiny", "evening");
        assertThat(log).containsExactly("adapter evening: served from now on");
    }

    @Test
    void oneThatIsReplacedIsReadAgainAndRequestsThatRunFinishWithWhatTheyHad() throws Exception {
        watch();
        appear("evening.gguf", AdapterForm.GGUF, TinyModel.adapter(1));
        await("adapter evening: served from now on");
        JsonNode before = answer("evening", 20);
        String whole = answer("evening", 3000).at("/choices/0/text").stringValue();
        CompletableFuture<JsonNode> running = CompletableFuture.supplyAsync(() -> answer("evening", 3000));
        server.awaitMoreThan(0);
        appear("evening.gguf", AdapterForm.GGUF, TinyModel.adapter(3));
        await("adapter evening: replaced");
        JsonNode after = answer("evening", 20);
        assertThat(after.at("/choices/0/text")).isNotEqualTo(before.at("/choices/0/text"));
        assertThat(after.get("system_fingerprint")).isNotEqualTo(before.get("system_fingerprint"));
        assertThat(running.get(60, TimeUnit.SECONDS).at("/choices/0/text").stringValue()).isEqualTo(whole);
    }

    @Test
    void oneThatIsBrokenGivesALineAndLeavesTheOneBefore() throws Exception {
        watch();
        appear("evening.gguf", AdapterForm.GGUF, TinyModel.adapter(1));
        await("adapter evening: served from now on");
        String good = ask("evening");
        Files.writeString(staging.resolve("broken"), "this is no adapter");
        Files.move(staging.resolve("broken"), watched.resolve("evening.gguf"), StandardCopyOption.ATOMIC_MOVE,
                StandardCopyOption.REPLACE_EXISTING);
        await("adapter evening: cannot be read, and the one before stays");
        assertThat(ask("evening")).isEqualTo(good);
        appear("larger", AdapterForm.PEFT, TinyModel.adapter(1, 48, 64));
        await("adapter larger: not served");
        assertThat(log).anyMatch(line -> line.contains("expected 4 heads of 8 rows, found shape [48, 4]"));
        assertThat(listed()).containsExactly("tiny", "evening");
        looks(5);
        assertThat(log).as("each once").hasSize(3).noneMatch(line -> line.contains("\n"));
        appear("evening.gguf", AdapterForm.GGUF, TinyModel.adapter(2));
        await("adapter evening: replaced");
        assertThat(ask("evening")).isNotEqualTo(good);
    }

    @Test
    void oneThatIsBeingWrittenWaits() throws Exception {
        Path whole = write("evening.gguf", AdapterForm.GGUF, TinyModel.adapter(1));
        byte[] bytes = Files.readAllBytes(whole);
        Path peft = write("morning", AdapterForm.PEFT, TinyModel.adapter(2));
        watch(Duration.ofHours(1));
        // a temporary name, a folder without its tensors, a file that grows from look to look
        Files.write(watched.resolve(".evening.gguf"), bytes);
        Files.write(watched.resolve("other.gguf.tmp"), bytes);
        Path half = Files.createDirectory(watched.resolve("morning"));
        Files.copy(peft.resolve("adapter_config.json"), half.resolve("adapter_config.json"));
        Files.writeString(watched.resolve("notes.txt"), "no adapter");
        for (int length = 1000; length < 1020; length++) {
            Files.write(watched.resolve("evening.gguf"), Arrays.copyOf(bytes, length));
            looking.look();
        }
        assertThat(log).isEmpty();
        assertThat(listed()).containsExactly("tiny");
        Files.write(watched.resolve("evening.gguf"), bytes);
        Files.copy(peft.resolve("adapter_model.safetensors"), half.resolve("adapter_model.safetensors"));
        looking.look();
        assertThat(log).isEmpty();
        looking.look();
        assertThat(log).containsExactly("adapter evening: served from now on",
                "adapter morning: served from now on");
        assertThat(listed()).containsExactly("tiny", "evening", "morning");
    }

    @Test
    void namesThatAreInUseAreNotTaken() throws Exception {
        server.llm().addAdapters("given", List.of(TinyModel.adapter(4)));
        String given = ask("given");
        appear("tiny", AdapterForm.PEFT, TinyModel.adapter(1));
        appear("given.gguf", AdapterForm.GGUF, TinyModel.adapter(1));
        appear("twice", AdapterForm.PEFT, TinyModel.adapter(1));
        appear("twice.gguf", AdapterForm.GGUF, TinyModel.adapter(2));
        watch();
        assertThat(listed()).containsExactly("tiny", "given", "twice");
        assertThat(ask("given")).isEqualTo(given);
        looks(5);
        assertThat(log).hasSize(4);
        assertThat(log).filteredOn(line -> line.contains("is not taken")).hasSize(3);
    }

    @Test
    void aFolderThatCannotBeReadLeavesAllAsItIs() throws Exception {
        appear("evening", AdapterForm.PEFT, TinyModel.adapter(1));
        watch();
        Path elsewhere = folder.resolve("elsewhere");
        Files.move(watched, elsewhere);
        await("the folder of adapters cannot be read, and all stays as it is");
        looks(5);
        assertThat(log).hasSize(2);
        assertThat(listed()).containsExactly("tiny", "evening");
        Files.move(elsewhere, watched);
        appear("morning", AdapterForm.PEFT, TinyModel.adapter(2));
        await("adapter morning: served from now on");
    }

    /** Written elsewhere first, then moved in. */
    private void appear(String name, AdapterForm form, Adapter adapter) {
        Path written = write(name, form, adapter);
        try {
            Files.move(written, watched.resolve(name), StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    private Path write(String name, AdapterForm form, Adapter adapter) {
        Path path = staging.resolve(name);
        server.llm().file().writeAdapter(path, form, adapter);
        return path;
    }

    private static void disappear(Path path) throws IOException {
        try (Stream<Path> files = Files.walk(path)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    private void await(String beginning) throws InterruptedException {
        long end = System.nanoTime() + 20_000_000_000L;
        while (log.stream().noneMatch(line -> line.startsWith(beginning))) {
            assertThat(System.nanoTime()).as("\"%s\" in %s", beginning, log).isLessThan(end);
            Thread.sleep(5);
        }
    }

    private static void looks(int count) throws InterruptedException {
        Thread.sleep(EVERY.multipliedBy(2L * count));
    }

    private List<String> listed() {
        JsonNode models = JsonMapper.shared().readTree(server.get("/v1/models").body());
        return models.get("data").valueStream().map(card -> card.get("id").stringValue()).toList();
    }

    private String ask(String model) {
        return answer(model, 20).at("/choices/0/text").stringValue();
    }

    private JsonNode answer(String model, int tokens) {
        return server.ask(TEXT, """
                {"model": "%s", "prompt": "hello", "max_tokens": %d, "temperature": 0, "logit_bias": {"2": -100}}"""
                .formatted(model, tokens));
    }
}
