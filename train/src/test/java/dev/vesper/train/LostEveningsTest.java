package dev.vesper.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.vesper.data.DataException;
import dev.vesper.llm.ModelFile;
import dev.vesper.llm.lora.AdapterException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What people lose evenings on: each says what is wrong and what to do, and what was there before is intact. */
class LostEveningsTest {
    private static final int STEPS = 12;
    private static final String CHAT =
            "{\"messages\":[{\"role\":\"user\",\"content\":\"a\"},{\"role\":\"assistant\",\"content\":\"b\"}]}\n"
                    .repeat(4);

    @TempDir
    private Path folder;

    private Path model = Path.of("");
    private Path data = Path.of("");

    @BeforeEach
    void write() throws IOException {
        model = TinyModel.write(folder);
        data = Files.writeString(folder.resolve("sums.txt"), Runs.text());
    }

    @Test
    void aTemplateThatCannotBeSplitIntoPrefixAndAnswer() throws IOException {
        String template = "{{ messages | length }}{% for m in messages %}{{ m.content }}{% endfor %}";
        Path unfit = TinyModel.write(folder, 9, template, 1);
        Path chats = Files.writeString(folder.resolve("chats.jsonl"), CHAT);
        TuneRequest request = Runs.request(unfit, chats, folder.resolve("out"), Runs.options(Runs.LORA, 2), false);
        assertThatThrownBy(() -> Tuner.run(request, TrainListener.NONE))
                .isInstanceOf(DataException.class)
                .hasMessageContaining("tiny-9.gguf: expected a chat template")
                .hasMessageContaining("none of 4 conversations split")
                .hasMessageContaining("the prompt has \"1a\"")
                .hasMessageContaining("the rendering with the answer has \"2ab\"");
        assertThat(folder.resolve("out")).doesNotExist();
    }

    @Test
    void aDataFileThatChangedBeforeResuming() throws IOException {
        Tuner.run(request("out", false), untilStep(5));
        byte[] checkpoint = Files.readAllBytes(folder.resolve("out/checkpoint.safetensors"));
        Files.writeString(data, Runs.text() + "one more line");
        assertThatThrownBy(() -> Tuner.run(request("out", true), TrainListener.NONE))
                .isInstanceOf(TrainException.class)
                .hasMessageContaining("the data file has changed since the run began (data_sha256 was")
                .hasMessageContaining("put it back as it was");
        assertThat(folder.resolve("out/checkpoint.safetensors")).hasBinaryContent(checkpoint);
        Files.writeString(data, Runs.text());
        assertThat(Tuner.run(request("out", true), TrainListener.NONE).finished()).isTrue();
    }

    @Test
    void anAdapterOnAnotherBase() {
        Tuner.run(request("out", false), TrainListener.NONE);
        Path adapter = folder.resolve("out");
        try (ModelFile same = ModelFile.open(model);
                ModelFile other = ModelFile.open(TinyModel.write(folder, 8, "", 1.25f))) {
            assertThat(same.readAdapter(adapter).rank()).isEqualTo(4);
            assertThatThrownBy(() -> other.readAdapter(adapter))
                    .isInstanceOf(AdapterException.class)
                    .hasMessageContaining("was trained on another base of the same shape")
                    .hasMessageContaining("tiny-7.gguf")
                    .hasMessageContaining("tiny-8.gguf");
        }
    }

    @Test
    void anAdapterOnABaseOfAnotherShape() {
        Tuner.run(request("out", false), TrainListener.NONE);
        Path stories = Fixtures.file("stories260k/stories260k.gguf");
        try (ModelFile other = ModelFile.open(stories)) {
            assertThatThrownBy(() -> other.readAdapter(folder.resolve("out")))
                    .isInstanceOf(AdapterException.class)
                    .hasMessageContaining("trained on another base: ")
                    .hasMessageContaining("llama of 2 blocks, width 16")
                    .hasMessageContaining("llama of 5 blocks, width 64");
        }
    }

    @Test
    void outOfMemoryInTheMiddle() throws IOException {
        assertThatThrownBy(() -> Tuner.run(request("out", false), new TrainListener() {
            @Override
            public void stepped(Progress progress) {
                if (progress.point().step() == 7) {
                    throw new OutOfMemoryError("Java heap space");
                }
            }
        }))
                .isInstanceOf(TrainException.class)
                .hasMessageContaining("step 7: out of memory, of which Java may take")
                .hasMessageContaining("what was saved after step 5 is untouched")
                .hasMessageContaining("--low-memory")
                .hasMessageContaining("--resume");
        assertThat(Files.readString(folder.resolve("out/run.json"))).contains("failed: step 7: out of memory");
        assertResumesToTheSame("out");
    }

    /** A process whose files may not grow beyond a size meets the same error as one on a full disk. */
    @Test
    void aFullDiskInTheMiddle() throws IOException, InterruptedException {
        assumeTrue(Files.isExecutable(Path.of("/bin/bash")), "no shell to limit the size of files with");
        Tuner.run(request("out", false), untilStep(4));
        byte[] checkpoint = Files.readAllBytes(folder.resolve("out/checkpoint.safetensors"));
        byte[] adapter = Files.readAllBytes(folder.resolve("out/adapter_model.safetensors"));
        String said = limited(8);
        assertThat(said).contains("step 5: ", "out/adapter_model.safetensors: writing: expected to write all of it",
                "what was saved after step 4 is untouched; make room and go on with --resume");
        assertThat(folder.resolve("out/checkpoint.safetensors")).hasBinaryContent(checkpoint);
        assertThat(folder.resolve("out/adapter_model.safetensors")).hasBinaryContent(adapter);
        try (var files = Files.list(folder.resolve("out"))) {
            assertThat(files.map(file -> file.getFileName().toString())).noneMatch(name -> name.endsWith(".tmp"));
        }
        assertResumesToTheSame("out");
    }

    /** What the resumed run says in a process that must not write files of more than so many blocks of 1 KiB. */
    private String limited(int blocks) throws IOException, InterruptedException {
        List<String> command = List.of(
                "/bin/bash", "-c", "ulimit -f " + blocks + "; exec \"$@\"", "bash",
                Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xmx256m", "-XX:-UsePerfData",
                "--add-modules", "jdk.incubator.vector", "--enable-native-access=ALL-UNNAMED",
                "-cp", System.getProperty("java.class.path"), SlowRun.class.getName(), model.toString(),
                data.toString(), folder.resolve("out").toString(), String.valueOf(STEPS), "resume");
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(1, TimeUnit.MINUTES)).isTrue();
        assertThat(process.exitValue()).as(said).isNotZero();
        return said;
    }

    private void assertResumesToTheSame(String out) {
        assertThat(Tuner.run(request(out, true), TrainListener.NONE).finished()).isTrue();
        Tuner.run(request("whole", false), TrainListener.NONE);
        assertThat(folder.resolve(out).resolve("adapter_model.safetensors"))
                .hasSameBinaryContentAs(folder.resolve("whole/adapter_model.safetensors"));
    }

    private TuneRequest request(String out, boolean resume) {
        return Runs.request(model, data, folder.resolve(out), Runs.options(Runs.LORA, STEPS), resume);
    }

    private static TrainListener untilStep(int last) {
        return new TrainListener() {
            private int step;

            @Override
            public void stepped(Progress progress) {
                step = progress.point().step();
            }

            @Override
            public boolean stopRequested() {
                return step >= last;
            }
        };
    }
}
