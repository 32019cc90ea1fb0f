package dev.vesper.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.vesper.llm.Backend;
import dev.vesper.llm.arch.Architectures;
import dev.vesper.llm.arch.Model;
import dev.vesper.llm.file.Gguf;
import dev.vesper.llm.file.Safetensors;
import dev.vesper.llm.layer.Batch;
import dev.vesper.llm.layer.CheckpointWeights;
import dev.vesper.llm.lora.LoraWeights;
import dev.vesper.tensor.Weight;
import dev.vesper.tensor.op.Ops;
import dev.vesper.tensor.op.Parameter;
import dev.vesper.tensor.op.Tape;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/** Twenty steps of AdamW on a real model against PyTorch in float64: the tape, the optimiser, everything between. */
class ReferenceStepsTest {
    private static final ValueLayout.OfFloat FLOAT =
            ValueLayout.JAVA_FLOAT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final JsonNode reference = Fixtures.json("training/reference-20-steps.json");

    @ParameterizedTest
    @ValueSource(strings = {"scalar", "vector", "auto"})
    void lowRankAdaptation(String kernels) {
        JsonNode expected = reference.get("lora");
        List<String> targets = new ArrayList<>();
        expected.get("targets").forEach(target -> targets.add(target.asString()));
        var method = new Method.Lora(expected.get("rank").asInt(), expected.get("alpha").asDouble(), targets);
        try (Gguf file = Gguf.open(Fixtures.file("stories260k/stories260k.gguf"));
                Safetensors start = Safetensors.open(Fixtures.file("training/lora-start.safetensors"));
                Safetensors end = Safetensors.open(Fixtures.file("training/lora-end.safetensors"));
                Backend backend = Backend.of(kernels, 2);
                Arena arena = Arena.ofShared()) {
            LoraParameters lora = LoraParameters.create(
                    new CheckpointWeights(file),
                    weights -> Architectures.build(file.metadata(), weights),
                    method,
                    1,
                    arena);
            lora.parameters().forEach(parameter -> parameter.assign(values(start, parameter)));
            assertThat(lora.parameters()).hasSameSizeAs(start.tensors().keySet());
            Model model = Architectures.build(
                    file.metadata(), new LoraWeights(new CheckpointWeights(file), lora.adapter(), 1f));
            compareSteps(model, lora.parameters(), backend, expected);
            double difference = 0;
            double norm = 0;
            for (Parameter parameter : lora.parameters()) {
                float[] values = parameter.values();
                float[] wanted = values(end, parameter);
                for (int i = 0; i < values.length; i++) {
                    difference += Math.pow((double) values[i] - wanted[i], 2);
                    norm += Math.pow(wanted[i], 2);
                }
            }
            assertThat(Math.sqrt(difference / norm)).isLessThan(1e-4);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"scalar", "vector", "auto"})
    void allWeights(String kernels) {
        try (Gguf file = Gguf.open(Fixtures.file("stories260k/stories260k.gguf"));
                Backend backend = Backend.of(kernels, 2);
                Arena arena = Arena.ofShared()) {
            TrainableWeights weights = new TrainableWeights(
                    new CheckpointWeights(file), backend.choice().kernels(), arena);
            Model model = Architectures.build(file.metadata(), weights);
            compareSteps(model, weights.parameters(), backend, reference.get("full"));
        }
    }

    private void compareSteps(Model model, List<Parameter> parameters, Backend backend, JsonNode expected) {
        double learningRate = expected.get("learning_rate").asDouble();
        double decay = expected.path("weight_decay").asDouble();
        AdamW optimizer = new AdamW(backend, AdamWOptions.defaults().weightDecay(decay), parameters);
        Gradients gradients = new Gradients(backend, parameters);
        Ops ops = backend.training(new Tape(parameters));
        Ops untaped = backend.inference();
        for (int step = 0; step < reference.get("steps").asInt(); step++) {
            List<int[]> inputs = new ArrayList<>();
            List<int[]> targets = new ArrayList<>();
            for (JsonNode row : reference.get("token_ids").get(step)) {
                int[] ids = Fixtures.integers(row);
                inputs.add(Arrays.copyOf(ids, ids.length - 1));
                targets.add(Arrays.copyOfRange(ids, 1, ids.length));
            }
            int[] wanted = targets.stream().flatMapToInt(Arrays::stream).toArray();
            gradients.clear();
            double[] losses = new double[wanted.length];
            double loss = loss(ops, model, inputs, wanted, losses) / wanted.length;
            ops.backward();
            if (step < 3) {
                double[] without = new double[wanted.length];
                loss(untaped, model, inputs, wanted, without);
                assertThat(losses).isEqualTo(without);
            }
            double norm = gradients.norm() / wanted.length;
            JsonNode line = expected.get("log").get(step);
            double wantedLoss = line.get("loss").asDouble();
            double wantedNorm = line.get("grad_norm").asDouble();
            assertThat(loss).as("loss of step %d", step).isCloseTo(wantedLoss, within(1e-5 * wantedLoss));
            assertThat(norm).as("norm of step %d", step).isCloseTo(wantedNorm, within(1e-4 * wantedNorm));
            optimizer.step(learningRate, 1.0 / wanted.length);
        }
    }

    private static double loss(Ops ops, Model model, List<int[]> inputs, int[] targets, double[] losses) {
        ops.begin();
        return model.loss(ops, model.hidden(ops, Batch.whole(inputs)), targets, losses);
    }

    private static float[] values(Safetensors file, Parameter parameter) {
        Weight weight = file.requiredWeight(
                parameter.name(), parameter.weight().rows(), parameter.weight().columns());
        return weight.data().toArray(FLOAT);
    }
}
