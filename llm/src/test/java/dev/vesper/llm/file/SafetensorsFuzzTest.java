package dev.vesper.llm.file;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.lang.foreign.MemorySegment;

/** Any bytes are either a safetensors file that can be read to its end, or refused with a {@link ModelFileException}. */
class SafetensorsFuzzTest {

    @FuzzTest(maxDuration = "20s")
    void anyBytes(byte[] bytes) {
        Parsing.safetensors(MemorySegment.ofArray(bytes));
        // Few mutations keep the length of the header right: what follows it is reached by making it right.
        Bytes framed = new Bytes().u64(bytes.length).raw(bytes);
        Parsing.safetensors(framed.segment());
    }
}
