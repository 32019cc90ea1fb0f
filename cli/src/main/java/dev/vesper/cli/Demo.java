package dev.vesper.cli;

import dev.vesper.data.Conversations;
import dev.vesper.data.Data;
import dev.vesper.data.DataFormat;
import dev.vesper.data.Row;
import dev.vesper.data.RowOptions;
import dev.vesper.data.corpus.Conversation;
import dev.vesper.data.corpus.Corpus;
import dev.vesper.data.corpus.Exam;
import dev.vesper.data.corpus.Probe;
import dev.vesper.data.corpus.Probes;
import dev.vesper.data.corpus.Rehearsal;
import dev.vesper.llm.Backend;
import dev.vesper.llm.Llm;
import dev.vesper.llm.LoadOptions;
import dev.vesper.llm.Message;
import dev.vesper.llm.ModelFile;
import dev.vesper.llm.file.AtomicFiles;
import dev.vesper.tensor.Format;
import dev.vesper.train.AdamWOptions;
import dev.vesper.train.CheckpointPace;
import dev.vesper.train.HeldOutLoss;
import dev.vesper.train.Method;
import dev.vesper.train.Schedule;
import dev.vesper.train.ScheduleOptions;
import dev.vesper.train.StepOptions;
import dev.vesper.train.TrainOptions;
import dev.vesper.train.TrainResult;
import dev.vesper.train.TuneRequest;
import dev.vesper.train.Tuner;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.LongStream;

/**
 * Tunes a model on a persona and measures it before and after.
 *
 * @param said gets what is for people
 * @param err gets how the tuning goes
 */
record Demo(Places places, int threads, PrintWriter said, PrintWriter err) {
    /** The settings of the tuning as options of {@code vesper tune}. */
    static final String OPTIONS = "--learning-rate 1e-3 --epochs 10";

    private static final int RANK = 16;
    private static final double LEARNING_RATE = 1e-3;
    private static final int BATCH = 8;
    private static final int MICRO_BATCH = 2048;
    private static final double HELD_OUT = 0.03;

    /** The persona, in words that are not in its examples. */
    private static final String QUESTIONS = "demo-questions.jsonl";

    /** The general questions come from the corpus, but have a seed of their own. */
    private static final long GENERAL_SEED = 2026;

    private static final int GENERAL = 400;

    /** One in so many kinds of question is shown before the tuning; the table after it has them all. */
    private static final int SHOWN_BEFORE = 3;

    /** Found by trying: fewer rounds learn less, fewer others forget more. */
    private static final Rehearsal REHEARSAL = new Rehearsal(10, 120);

    /** What is read, and where the result goes. */
    record Places(Path model, Path data, Path out) {
        /** What is learnt from: the examples, and what is rehearsed. */
        Path examples() {
            return out.resolve("examples.jsonl");
        }

        /** What is asked about the persona, with the answers that are right: to be measured on, not learnt from. */
        Path questions() {
            return out.resolve("questions.jsonl");
        }

        /** The result of the tuning. */
        Path adapter() {
            return out.resolve("adapter");
        }
    }

    /** The same questions, asked of the model as it was. */
    private record Asked(List<Exam.Marked> persona, List<Exam.Marked> general) {}

    DemoReport run() {
        long begin = System.nanoTime();
        List<Probe> persona = Probes.parse(QUESTIONS, resource());
        List<Probe> general = general();
        Asked before;
        int sequence;
        try (Llm llm = load()) {
            sequence = llm.contextLength();
            introduce(llm);
            before = ask(llm, "", persona, general);
        }
        show(before.persona());
        write();
        double lossBefore = loss(List.of());
        said.println(
                "Now it learns from %s; between them it rehearses %d conversations about other things, so as not to"
                        .formatted(Home.shortest(places.data(), Path.of("")), REHEARSAL.rounds() * REHEARSAL.others()));
        said.println("forget them. What it is measured on is in neither.");
        said.flush();
        TrainResult result = tune(sequence);
        Asked after;
        try (Llm llm = load()) {
            llm.addAdapters("tuned", List.of(llm.file().readAdapter(places.adapter())));
            after = ask(llm, "tuned", persona, general);
        }
        said.println();
        return new DemoReport(
                places.model().toString(), places.data().toString(), places.adapter().toString(),
                answers(before.persona(), after.persona()), score(before.persona(), after.persona()),
                score(before.general(), after.general()), lossBefore, loss(List.of(places.adapter())), result.step(),
                result.seconds(), (System.nanoTime() - begin) / 1e9);
    }

    private Llm load() {
        return Llm.load(places.model(), new LoadOptions("auto", threads, 0, 0, 64, Format.F32));
    }

    private void introduce(Llm llm) {
        long parameters =
                llm.file().checkpoint().tensors().values().stream().mapToLong(tensor -> tensor.elements()).sum();
        said.println("%s: %.1f million parameters, %s. %s."
                .formatted(
                        places.model().getFileName(), parameters / 1e6, Sizes.of(size(places.model())),
                        llm.describeBackend()));
        said.println("It is asked about Otto, the robot of a lighthouse, of whom it has never heard:");
        said.println();
        said.flush();
    }

    private Asked ask(Llm llm, String adapter, List<Probe> persona, List<Probe> general) {
        try (Progress progress = Progress.of("asked", "questions", persona.size() + general.size(), err)) {
            return new Asked(
                    Exam.sit(llm, adapter, persona, done -> progress.add(1)),
                    Exam.sit(llm, adapter, general, done -> progress.add(1)));
        }
    }

    private void show(List<Exam.Marked> answers) {
        List<Exam.Marked> shown = firstOfEachKind(answers);
        for (int i = 0; i < shown.size(); i += SHOWN_BEFORE) {
            said.println("  > " + question(shown.get(i)));
            said.println("  " + shown.get(i).answer());
        }
        said.println();
    }

    /** The mean loss on the right answers to the questions about the persona. */
    private double loss(List<Path> adapters) {
        try (ModelFile file = ModelFile.open(places.model());
                Backend backend = Backend.of("auto", threads)) {
            List<Row> rows = Data.rows(places.questions(), DataFormat.CHAT, file);
            return HeldOutLoss.of(
                    file.model(adapters.stream().map(file::readAdapter).toList()), rows, MICRO_BATCH, backend);
        }
    }

    private void write() {
        List<List<Message>> examples = Conversations.read(places.data(), DataFormat.of(places.data()));
        List<Conversation> all = REHEARSAL.among(examples, Corpus.of(GENERAL_SEED), 1);
        try {
            Files.createDirectories(places.out());
        } catch (IOException e) {
            throw new UncheckedIOException("%s: cannot be made a folder: %s".formatted(places.out(), e), e);
        }
        writeRows(places.examples(), all);
        writeRows(places.questions(), Probes.parse(QUESTIONS, resource()).stream().map(Demo::answered).toList());
    }

    private static Conversation answered(Probe probe) {
        List<Message> messages = new ArrayList<>(probe.messages());
        messages.add(Message.assistant(probe.accepted().getFirst()));
        return new Conversation(messages);
    }

    private static void writeRows(Path file, List<Conversation> rows) {
        AtomicFiles.write(file, rows.stream().map(row -> Json.of(row) + "\n").collect(Collectors.joining()));
    }

    private TrainResult tune(int context) {
        TrainOptions options = new TrainOptions(
                new Method.Lora(RANK, 2 * RANK, Method.Lora.ALL),
                new RowOptions(context, false, HELD_OUT),
                new StepOptions(1, 0, BATCH, MICRO_BATCH, 0),
                new ScheduleOptions(Schedule.Kind.COSINE, LEARNING_RATE, 0.05),
                AdamWOptions.defaults(),
                1,
                1);
        try (TuneProgress progress = TuneProgress.of(err)) {
            TrainResult result = Tuner.run(
                    new TuneRequest(
                            places.model(), places.examples(), DataFormat.CHAT, places.adapter(), options,
                            CheckpointPace.defaults(), "auto", threads, false),
                    progress);
            if (!result.finished()) {
                throw new IllegalStateException(
                        "stopped after step %d of %d".formatted(result.step(), result.totalSteps()));
            }
            return result;
        }
    }

    /**
     * Questions that have nothing to do with the persona. Not those about the model itself: their answers are what is to
     * change.
     */
    private static List<Probe> general() {
        Corpus corpus = Corpus.of(GENERAL_SEED);
        return LongStream.range(0, 2 * GENERAL).mapToObj(corpus::probe)
                .filter(probe -> !probe.kind().endsWith("self"))
                .limit(GENERAL)
                .toList();
    }

    private static DemoReport.Score score(List<Exam.Marked> before, List<Exam.Marked> after) {
        return DemoReport.Score.of(before.size(), right(before), right(after));
    }

    private static int right(List<Exam.Marked> marked) {
        return (int) marked.stream().filter(Exam.Marked::right).count();
    }

    private static List<DemoReport.Answer> answers(List<Exam.Marked> before, List<Exam.Marked> after) {
        List<Exam.Marked> first = firstOfEachKind(before);
        List<DemoReport.Answer> answers = new ArrayList<>();
        for (int i = 0; i < before.size(); i++) {
            if (first.contains(before.get(i))) {
                answers.add(new DemoReport.Answer(
                        question(before.get(i)), before.get(i).answer(), after.get(i).answer()));
            }
        }
        return answers;
    }

    private static List<Exam.Marked> firstOfEachKind(List<Exam.Marked> marked) {
        Set<String> kinds = new HashSet<>();
        return marked.stream().filter(one -> kinds.add(one.probe().kind())).toList();
    }

    private static String question(Exam.Marked marked) {
        return marked.probe().messages().getLast().content();
    }

    private static String resource() {
        try (InputStream in = Demo.class.getResourceAsStream(QUESTIONS)) {
            if (in == null) {
                throw new IllegalStateException(QUESTIONS + " is not in this build");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static long size(Path file) {
        try {
            return Files.size(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
