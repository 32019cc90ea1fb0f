package dev.vesper.llm.file;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.lang.foreign.MemorySegment;

/** Any bytes are either a GGUF file that can be read to its last value, or refused with a {@link ModelFileException}. */
class GgufFuzzTest {

    @FuzzTest(maxDuration = "20s")
    void anyBytes(byte[] bytes) {
        Parsing.gguf(MemorySegment.ofArray(bytes));
    }
}
