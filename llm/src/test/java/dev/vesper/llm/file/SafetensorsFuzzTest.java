package dev.vesper.llm.file;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.lang.foreign.MemorySegment;

/** Any bytes are either a safetensors file that can be read to its end, or refused with a {@link ModelFileException}. */
class SafetensorsFuzzTest {

    @FuzzTest(maxDuration = "20s")
    void anyBytes(byte[] bytes) {
        Parsing.safetensors(MemorySegment.ofArray(bytes));
        // Few mutations keep the length of the header right: what follows it is reached by making it right.
        int header = bytes.length;
        while (header > 0 && bytes[header - 1] != '}') {
            header--;
        }
        Parsing.safetensors(new Bytes().u64(header).raw(bytes).segment());
    }
}
