package dev.vesper.llm.engine;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.vesper.llm.arch.Architectures;
import dev.vesper.llm.arch.Model;
import dev.vesper.llm.arch.SyntheticModel;
import dev.vesper.llm.file.Checkpoint;
import dev.vesper.llm.file.Gguf;
import dev.vesper.tensor.Format;
import dev.vesper.tensor.Workers;
import dev.vesper.tensor.kernel.ScalarKernels;
import dev.vesper.tensor.op.Ops;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A token costs the engine and the operations next to no memory, however many have gone before. */
class AllocationTest {
    private static final int WARM_UP = 100;
    private static final int COUNTED = 200;

    /**
     * Lists of one step, ids, positions and angles; nothing that grows with the layers or the vocabulary. The scalar kernels
     * allocate nothing themselves, in the interpreter either.
     */
    private static final long BYTES_PER_TOKEN = 1500;

    @Test
    void aTokenLeavesNextToNothingBehind(@TempDir Path folder) throws Exception {
        Path file = folder.resolve("model.gguf");
        SyntheticModel.LLAMA_TINY.write(file, Format.Q8_0);
        var sampling = new SamplerOptions(0.8, 40, 0.95, 0.05, 1, 0, 0, 0, Map.of(), 1);
        try (Checkpoint checkpoint = Gguf.open(file);
                Workers workers = new Workers(2)) {
            Model model = Architectures.load(checkpoint);
            var counter = new Counter();
            var options = new EngineOptions(1024, 64L << 20, 4, 512, Format.F32);
            try (Engine engine = new Engine(Ops.forInference(new ScalarKernels(), workers), model.shape(), options)) {
                engine.start();
                var request =
                        new GenerationRequest(model, new int[] {1, 5, 9}, WARM_UP + COUNTED, Set.of(), sampling);
                // The cache is memory that a sequence keeps: the second one takes the pages of the first.
                var first = new Counter();
                engine.submit(request, first);
                first.end.await();
                engine.submit(request, counter);
                counter.end.await();
            }
            assertThat(counter.ours).hasSize(2);
            assertThat((counter.after - counter.before) / COUNTED)
                    .as("before %d, after %d", counter.before, counter.after)
                    .isBetween(1L, BYTES_PER_TOKEN);
        }
    }

    /** Reads what the threads of the engine have allocated. */
    private static final class Counter implements TokenListener {
        private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        private final CountDownLatch end = new CountDownLatch(1);
        private long[] ours = {};
        private int tokens;
        private long before;
        private long after;

        @Override
        public boolean token(int token) {
            tokens++;
            if (tokens == WARM_UP / 2) {
                // asking for the threads leaves more behind than all tokens together
                ours = Thread.getAllStackTraces().keySet().stream()
                        .filter(thread -> thread.getName().startsWith("vesper-"))
                        .mapToLong(Thread::threadId)
                        .toArray();
                before = allocated();
            } else if (tokens == WARM_UP) {
                before = allocated();
            } else if (tokens == WARM_UP + COUNTED) {
                after = allocated();
            }
            return true;
        }

        /** Of the engine's thread and of the workers. */
        private long allocated() {
            long bytes = 0;
            for (long thread : ours) {
                bytes += threads.getThreadAllocatedBytes(thread);
            }
            return bytes;
        }

        @Override
        public void finished(FinishReason reason) {
            end.countDown();
        }

        @Override
        public void failed(Throwable error) {
            end.countDown();
        }
    }
}
