package dev.vesper.train;

import dev.vesper.llm.Backend;
import dev.vesper.llm.ModelFile;
import dev.vesper.llm.arch.Model;
import dev.vesper.llm.file.GgufWriter;
import dev.vesper.llm.file.Metadata;
import dev.vesper.llm.file.MetadataBuilder;
import dev.vesper.llm.file.TensorInfo;
import dev.vesper.llm.lora.LoraWeights;
import dev.vesper.tensor.Format;
import dev.vesper.tensor.op.Parameter;
import java.lang.foreign.Arena;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** What is fitted, and how the result is saved. */
sealed interface Trainee {
    Model model();

    List<Parameter> parameters();

    /** Saves what has been learnt so far in place of what was saved before. */
    void save(RunDirectory directory);

    /** Prepares what a method trains; the parameters live in the arena. */
    static Trainee of(ModelFile file, Method method, long seed, Backend backend, Arena arena) {
        return switch (method) {
            case Method.Lora lora -> {
                LoraParameters parameters = LoraParameters.create(file.weights(), file::model, lora, seed, arena);
                Model model = file.model(new LoraWeights(file.weights(), parameters.adapter(), 1f));
                yield new AdapterTrainee(file, model, parameters);
            }
            case Method.Full full -> {
                TrainableWeights weights =
                        new TrainableWeights(file.weights(), backend.choice().kernels(), arena);
                Model model = file.model(weights);
                yield new ModelTrainee(file, model, weights.parameters());
            }
        };
    }

    /** An adapter, saved in PEFT's form. */
    record AdapterTrainee(ModelFile file, Model model, LoraParameters lora) implements Trainee {
        @Override
        public List<Parameter> parameters() {
            return lora.parameters();
        }

        @Override
        public void save(RunDirectory directory) {
            file.writeAdapter(directory.folder(), lora.adapter());
        }
    }

    /** A whole model, saved as GGUF: trained tensors in float32, all else as it was. */
    record ModelTrainee(ModelFile file, Model model, List<Parameter> parameters) implements Trainee {
        private static final String FILE_TYPE = "general.file_type";
        private static final int ALL_F32 = 0;

        @Override
        public void save(RunDirectory directory) {
            Map<String, Parameter> trained = new TreeMap<>();
            parameters.forEach(parameter -> trained.put(parameter.name(), parameter));
            GgufWriter writer = new GgufWriter(metadata());
            for (TensorInfo tensor : file.checkpoint().tensors().values()) {
                Parameter parameter = trained.get(tensor.name());
                if (parameter == null) {
                    writer.tensor(
                            tensor.name(),
                            tensor.format(),
                            tensor.shape(),
                            file.checkpoint().weight(tensor.name()).orElseThrow().data());
                } else {
                    writer.tensor(
                            tensor.name(), Format.F32, tensor.shape(), parameter.weight().data());
                }
            }
            writer.write(directory.model());
        }

        private Metadata metadata() {
            Metadata original = file.checkpoint().metadata();
            MetadataBuilder builder = Metadata.builder(file.path()).all(original);
            return original.contains(FILE_TYPE) ? builder.integer(FILE_TYPE, ALL_F32).build() : builder.build();
        }
    }
}
