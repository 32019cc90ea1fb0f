package dev.vesper.llm.engine;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.vesper.llm.arch.Architectures;
import dev.vesper.llm.arch.Model;
import dev.vesper.llm.file.Checkpoint;
import dev.vesper.llm.file.Gguf;
import dev.vesper.llm.file.GgufWriter;
import dev.vesper.llm.file.Metadata;
import dev.vesper.llm.file.RowSource;
import dev.vesper.tensor.Format;
import dev.vesper.tensor.Workers;
import dev.vesper.tensor.kernel.KernelChoice;
import dev.vesper.tensor.op.Ops;
import dev.vesper.tensor.quant.Codecs;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * A token that the engine generates leaves next to nothing behind, on the kernels that run by default. In a process of its
 * own with the launcher's options, since what C2 makes an object of depends on both; {@link AllocationTest} asks the same
 * of the engine alone.
 */
class TokenGarbageTest {
    private static final int WARM_UP = 1000;
    private static final int COUNTED = 1000;
    /** C2 takes its time on a busy machine: until it has compiled everything, there is garbage of the interpreter's. */
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    /**
     * A step is given the token, its position, its place in the cache and the row that is wanted, none of which is changed
     * afterwards: a span of 32 bytes, arrays of one number and lists of one element of 24 each, a batch, and a lambda for the
     * blocks; 208 bytes, whatever the model. The list of a sequence's tokens and the tables
     * of penalties are made larger from time to time: 10 to 25 more. The least that could be left for each block, an object of 16 bytes,
     * would be 96 for the six of this model, and for each head, page or product more.
     */
    private static final long BYTES_PER_TOKEN = 300;

    private static final int BLOCKS = 6;
    /** Whole blocks of every format; heads of 64, so that attention is done by machine code where it can be. */
    private static final int DIM = 256;

    private static final int HEAD = 64;
    private static final int VOCABULARY = 512;

    @ParameterizedTest
    @CsvSource({"F32,Q4_0", "F16,Q4_K", "Q8_0,Q8_0"})
    void aTokenLeavesNextToNothingBehind(Format cache, Format weights, @TempDir Path folder) throws Exception {
        Path model = folder.resolve("model.gguf");
        write(model, weights);
        List<String> command = new ArrayList<>(
                List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-Xmx512m"));
        command.addAll(launcherOptions());
        command.addAll(List.of("--add-modules", "jdk.incubator.vector", "--enable-native-access=ALL-UNNAMED"));
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), TokenGarbageTest.class.getName()));
        command.addAll(List.of(model.toString(), cache.name()));
        Process process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as("exit status, having printed %s", output).isZero();
        // nothing at all would mean that nothing was measured
        assertThat(Long.parseLong(output.strip())).as("bytes a token").isBetween(100L, BYTES_PER_TOKEN);
    }

    private static List<String> launcherOptions() throws IOException {
        // tests run in the folder of their module
        return Files.readAllLines(Path.of("..", "jvm.options")).stream()
                .filter(line -> line.startsWith("-"))
                .toList();
    }

    private static void write(Path target, Format format) {
        var writer = new GgufWriter(Metadata.builder("synthetic")
                .string("general.architecture", "llama")
                .integer("llama.context_length", 4096)
                .integer("llama.embedding_length", DIM)
                .integer("llama.block_count", BLOCKS)
                .integer("llama.feed_forward_length", 2 * DIM)
                .integer("llama.attention.head_count", DIM / HEAD)
                .integer("llama.attention.head_count_kv", DIM / HEAD / 2)
                .floating("llama.attention.layer_norm_rms_epsilon", 1e-5f)
                .integer("llama.vocab_size", VOCABULARY)
                .build());
        matrix(writer, "token_embd", format, VOCABULARY, DIM);
        matrix(writer, "output_norm", Format.F32, 1, DIM);
        for (int i = 0; i < BLOCKS; i++) {
            String block = "blk." + i + ".";
            matrix(writer, block + "attn_norm", Format.F32, 1, DIM);
            matrix(writer, block + "attn_q", format, DIM, DIM);
            matrix(writer, block + "attn_k", format, DIM / 2, DIM);
            matrix(writer, block + "attn_v", format, DIM / 2, DIM);
            matrix(writer, block + "attn_output", format, DIM, DIM);
            matrix(writer, block + "ffn_norm", Format.F32, 1, DIM);
            matrix(writer, block + "ffn_gate", format, 2 * DIM, DIM);
            matrix(writer, block + "ffn_up", format, 2 * DIM, DIM);
            matrix(writer, block + "ffn_down", format, DIM, 2 * DIM);
        }
        writer.write(target);
    }

    private static void matrix(GgufWriter writer, String name, Format format, int rows, int columns) {
        var random = new SplittableRandom(name.hashCode());
        float spread = (float) Math.sqrt(3.0 / columns);
        float[] values = new float[columns];
        RowSource source = (row, destination) -> {
            for (int i = 0; i < columns; i++) {
                values[i] = rows == 1 ? 1 : spread * (2 * random.nextFloat() - 1);
            }
            Codecs.of(format).encode(values, 0, columns, destination, 0);
        };
        List<Long> shape = rows == 1 ? List.of((long) columns) : List.of((long) columns, (long) rows);
        writer.tensor(name + ".weight", format, shape, source);
    }

    /** Prints what all threads allocated for each of {@value #COUNTED} tokens, in bytes: of a model, with a format of the cache. */
    public static void main(String[] arguments) throws InterruptedException {
        // everything that can be asked of a sampler; token 2 would be the end
        var bias = Map.of(2, Double.NEGATIVE_INFINITY);
        var sampling = new SamplerOptions(0.8, 40, 0.95, 0.05, 1.1, 64, 0.1, 0.1, bias, 1);
        try (Checkpoint checkpoint = Gguf.open(Path.of(arguments[0]));
                Workers workers = new Workers(2)) {
            Model model = Architectures.load(checkpoint);
            Ops ops = Ops.forInference(KernelChoice.of("auto").kernels(), workers);
            var options = new EngineOptions(4096, 256L << 20, 4, 512, Format.valueOf(arguments[1]));
            try (Engine engine = new Engine(ops, model.shape(), options).start()) {
                int[] prompt = {1, 5, 9};
                var request = new GenerationRequest(model, prompt, WARM_UP + COUNTED, Set.of(2), sampling);
                // The first sequence makes the pages of the cache and the angles of the positions, which stay.
                bytesPerToken(engine, request);
                long end = System.nanoTime() + PATIENCE.toNanos();
                long bytes;
                do {
                    bytes = bytesPerToken(engine, request);
                } while (bytes > BYTES_PER_TOKEN && System.nanoTime() < end);
                System.out.println(bytes);
            }
        }
    }

    private static long bytesPerToken(Engine engine, GenerationRequest request) throws InterruptedException {
        var counter = new Counter();
        engine.submit(request, counter);
        counter.end.await();
        if (counter.tokens != WARM_UP + COUNTED) {
            throw new IllegalStateException("%d tokens, expected %d".formatted(counter.tokens, WARM_UP + COUNTED));
        }
        return (counter.after - counter.before) / COUNTED;
    }

    /** Reads what all threads have allocated when the engine hands out a token; reading leaves nothing behind. */
    private static final class Counter implements TokenListener {
        private final ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        private final CountDownLatch end = new CountDownLatch(1);
        private int tokens;
        private long before;
        private long after;

        @Override
        public boolean token(int token) {
            tokens++;
            if (tokens == WARM_UP) {
                before = threads.getTotalThreadAllocatedBytes();
            } else if (tokens == WARM_UP + COUNTED) {
                after = threads.getTotalThreadAllocatedBytes();
            }
            return true;
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
