package dev.vesper.llm.file;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Inputs that fuzzers begin with or have found, replayed without Jazzer: whether each is a file or is refused. */
class KeptInputsTest {

    @Test
    void gguf() throws IOException {
        Map<String, Boolean> read = new TreeMap<>();
        for (Path input : inputs("GgufFuzzTestInputs/anyBytes")) {
            read.put(input.getFileName().toString(), Parsing.gguf(MemorySegment.ofArray(Files.readAllBytes(input))));
        }
        assertThat(read)
                .containsEntry("every-kind-of-value-and-two-tensors", true)
                .containsEntry("version-2-without-anything", true)
                .containsEntry("aligned-to-64-with-four-dimensions", true)
                .containsEntry("vocabulary", true)
                .containsEntry("arrays-nested-four-deep", true)
                .containsEntry("arrays-nested-five-deep", false);
    }

    @Test
    void safetensors() throws IOException {
        Map<String, Boolean> read = new TreeMap<>();
        SafetensorsFuzzTest fuzzer = new SafetensorsFuzzTest();
        for (Path input : inputs("SafetensorsFuzzTestInputs/anyBytes")) {
            byte[] bytes = Files.readAllBytes(input);
            fuzzer.anyBytes(bytes);
            read.put(input.getFileName().toString(), Parsing.safetensors(MemorySegment.ofArray(bytes)));
        }
        assertThat(read)
                .containsEntry("five-tensors", true)
                .containsEntry("five-tensors-without-length", false)
                .containsEntry("escapes-and-wide-letters", false)
                .containsEntry("nothing", true);
    }

    private static List<Path> inputs(String folder) throws IOException {
        try (Stream<Path> files = Files.list(Path.of("src/test/resources/dev/vesper/llm/file").resolve(folder))) {
            return files.sorted().toList();
        }
    }
}
