package dev.vesper.cli;

import dev.vesper.llm.ModelFile;
import dev.vesper.llm.lora.WeightedAdapter;
import java.nio.file.Files;
import java.nio.file.Path;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** An adapter on the command line: {@code PATH} or {@code PATH=WEIGHT}; the weight is 1 where it is not given. */
record AdapterArgument(Path path, double weight) {

    /** @throws IllegalArgumentException if there is something else than a number behind a path that is there */
    static AdapterArgument of(String text) {
        int equals = text.lastIndexOf('=');
        Path whole = Path.of(text);
        if (equals < 1 || Files.exists(whole)) {
            return new AdapterArgument(whole, 1);
        }
        Path path = Path.of(text.substring(0, equals));
        String weight = text.substring(equals + 1);
        try {
            double number = Double.parseDouble(weight);
            if (Double.isFinite(number)) {
                return new AdapterArgument(path, number);
            }
        } catch (NumberFormatException e) {
            if (!Files.exists(path)) {
                return new AdapterArgument(whole, 1); // what is not there is named as it was given
            }
        }
        throw new IllegalArgumentException(
                "expected PATH or PATH=WEIGHT with a number for the weight, found \"%s\" for it".formatted(weight));
    }

    WeightedAdapter read(ModelFile file) {
        return new WeightedAdapter(file.readAdapter(path), weight);
    }

    /** Of {@code --adapter} and its like. */
    static final class Converter implements ITypeConverter<AdapterArgument> {
        @Override
        public AdapterArgument convert(String value) {
            try {
                return of(value);
            } catch (IllegalArgumentException e) {
                throw new TypeConversionException(e.getMessage());
            }
        }
    }
}
