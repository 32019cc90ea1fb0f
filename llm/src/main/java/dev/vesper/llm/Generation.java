package dev.vesper.llm;

import dev.vesper.llm.engine.Engine;
import dev.vesper.llm.engine.FinishReason;
import dev.vesper.llm.engine.GenerationRequest;
import dev.vesper.llm.engine.Sequence;
import dev.vesper.llm.engine.TokenListener;
import dev.vesper.llm.text.StopStrings;
import dev.vesper.llm.text.StreamDecoder;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CancellationException;
import java.util.concurrent.LinkedBlockingQueue;

/**
 * One request on its way between the engine's thread, which turns tokens into text and looks for stop texts, and the
 * caller's, which may be slow.
 */
final class Generation implements TokenListener {
    private sealed interface Event {}

    private record Piece(String text) implements Event {}

    private record End(FinishReason reason) implements Event {}

    private record Failure(Throwable error) implements Event {}

    private final BlockingQueue<Event> events = new LinkedBlockingQueue<>();
    private final StreamDecoder decoder;
    private final StopStrings stops;
    private final long begin = System.nanoTime();
    private volatile long first;
    private volatile int tokens;

    Generation(StreamDecoder decoder, List<String> stops) {
        this.decoder = decoder;
        this.stops = StopStrings.of(stops);
    }

    @Override
    @SuppressWarnings("NonAtomicVolatileUpdate") // one writer: the engine's thread
    public boolean token(int token) {
        if (tokens++ == 0) {
            first = System.nanoTime();
        }
        emit(stops.next(decoder.next(token)));
        return stops.found().isEmpty();
    }

    @Override
    public void finished(FinishReason reason) {
        if (stops.found().isEmpty()) {
            emit(stops.next(decoder.finish()));
            emit(stops.finish());
        }
        events.add(new End(reason));
    }

    @Override
    public void failed(Throwable error) {
        events.add(new Failure(error));
    }

    private void emit(String text) {
        if (!text.isEmpty()) {
            events.add(new Piece(text));
        }
    }

    Reply run(Engine engine, GenerationRequest request, long seed, TextListener listener) {
        Sequence sequence = engine.submit(request, this);
        StringBuilder text = new StringBuilder();
        boolean wanted = true;
        try {
            while (true) {
                switch (events.take()) {
                    case Piece piece -> {
                        // what comes after the listener had enough was never asked for
                        if (wanted) {
                            text.append(piece.text());
                            wanted = listener.text(piece.text());
                            if (!wanted) {
                                sequence.cancel();
                            }
                        }
                    }
                    case End end -> {
                        return reply(request, seed, text.toString(), wanted ? end.reason() : FinishReason.CANCELLED);
                    }
                    case Failure failure -> throw new GenerationException(failure.error());
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CancellationException("interrupted while generating");
        } finally {
            // an exception of the listener must not leave the sequence running; after the end this does nothing
            sequence.cancel();
        }
    }

    private Reply reply(GenerationRequest request, long seed, String text, FinishReason reason) {
        long end = System.nanoTime();
        Reply.Finish finish =
                switch (reason) {
                    case STOP -> Reply.Finish.STOP;
                    case LENGTH -> Reply.Finish.LENGTH;
                    case CANCELLED -> Reply.Finish.CANCELLED;
                };
        return new Reply(
                text,
                finish,
                request.prompt().length,
                tokens,
                seed,
                Duration.ofNanos((tokens == 0 ? end : first) - begin),
                Duration.ofNanos(end - begin));
    }
}
