package dev.vesper.train.eval;

import dev.vesper.data.DataException;
import dev.vesper.llm.GenerateOptions;
import dev.vesper.llm.Reply;
import dev.vesper.llm.error.ContextLengthException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Has a model write many replies, which go through it together. */
public final class Replies {
    private Replies() {}

    /** @param place where what is asked stands, for errors */
    public record Request(String place, int[] prompt, GenerateOptions options) {}

    /**
     * The replies, in the order of what was asked.
     *
     * @throws DataException if a prompt is too long for the model
     * @throws CancellationException if the thread is interrupted meanwhile
     */
    public static List<Reply> of(Subject subject, List<Request> requests, String what, EvalListener listener) {
        listener.begins("%s, %s".formatted(what, subject.name()), "replies", requests.size());
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
        try {
            List<Future<Reply>> futures = requests.stream()
                    .map(request -> threads.submit(() -> reply(subject, request)))
                    .toList();
            List<Reply> replies = new ArrayList<>();
            for (Future<Reply> future : futures) {
                replies.add(future.get());
                listener.advanced(1);
            }
            return replies;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CancellationException("interrupted while replies were written");
        } catch (ExecutionException e) {
            throw e.getCause() instanceof RuntimeException cause ? cause : new IllegalStateException(e.getCause());
        } finally {
            // the others are not waited for: an interrupt ends them
            threads.shutdownNow();
            listener.ends();
        }
    }

    private static Reply reply(Subject subject, Request request) {
        try {
            return subject.llm().generate(request.prompt(), request.options(), piece -> true);
        } catch (ContextLengthException e) {
            throw new DataException(
                    request.place(), "a question that leaves room for a reply", String.valueOf(e.getMessage()), e);
        }
    }
}
