package dev.vesper.data.corpus;

import dev.vesper.llm.GenerateOptions;
import dev.vesper.llm.Llm;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.IntConsumer;

/** Asks a model questions that have known answers. It always takes the most likely token, so that a model's mark is one number. */
public final class Exam {
    /** Room for the longest answers of the corpus, the list of the months among them. */
    private static final int MOST_TOKENS = 96;

    private static final int AT_A_TIME = 16;

    private Exam() {}

    /** A question, the answer that was given, and whether it is right. */
    public record Marked(Probe probe, String answer, boolean right) {}

    /**
     * Asks all of them, several at a time, which changes no answer.
     *
     * @param model the name of an adapter, or empty for the base
     * @param progress told after each answer how many there are
     * @return in the order of the questions
     */
    public static List<Marked> sit(Llm llm, String model, List<Probe> probes, IntConsumer progress) {
        GenerateOptions options = GenerateOptions.defaults().temperature(0).maxTokens(MOST_TOKENS).model(model);
        List<Marked> marked = new ArrayList<>();
        try (ExecutorService executor = Executors.newFixedThreadPool(AT_A_TIME)) {
            List<Future<String>> answers = new ArrayList<>();
            for (Probe probe : probes) {
                answers.add(executor.submit(() -> llm.chat(probe.messages(), options).text()));
            }
            for (int i = 0; i < probes.size(); i++) {
                String answer = result(answers.get(i), executor);
                marked.add(new Marked(probes.get(i), answer, probes.get(i).accepts(answer)));
                progress.accept(i + 1);
            }
        }
        return marked;
    }

    private static String result(Future<String> answer, ExecutorService executor) {
        try {
            return answer.get();
        } catch (ExecutionException e) {
            executor.shutdownNow();
            if (e.getCause() instanceof RuntimeException exception) {
                throw exception;
            }
            throw new IllegalStateException(e.getCause());
        } catch (InterruptedException e) {
            executor.shutdownNow();
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while a model was asked", e);
        }
    }
}
