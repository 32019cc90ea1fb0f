package dev.vesper.cli;

import dev.vesper.llm.layer.KvCache;
import dev.vesper.tensor.Format;
import java.time.Duration;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.TypeConversionException;

/** What options may be set to: another value is wrong usage, and the message names the option. */
final class Values {
    private static final int MOST_THREADS = 1024;
    private static final List<String> KERNELS = List.of("auto", "scalar", "vector", "x86", "x86-f32");

    private Values() {}

    /** How an option's value is taken over; refuses it by an {@link IllegalArgumentException}. */
    @FunctionalInterface
    interface Setter<T> {
        T set(T options);
    }

    /** The options with another value in them. */
    static <T> T set(CommandLine command, String option, T options, Setter<T> setter) {
        try {
            return setter.set(options);
        } catch (IllegalArgumentException e) {
            throw new ParameterException(command, option + ": " + e.getMessage(), e);
        }
    }

    /** Of {@code --threads}. */
    static final class Threads implements ITypeConverter<Integer> {
        @Override
        public Integer convert(String value) {
            return number(value, MOST_THREADS, "0 (all processors) to " + MOST_THREADS);
        }
    }

    /** Of {@code --cache-type}. */
    static final class CacheType implements ITypeConverter<Format> {
        @Override
        public Format convert(String value) {
            return KvCache.FORMATS.stream()
                    .filter(format -> format.name().equalsIgnoreCase(value))
                    .findFirst()
                    .orElseThrow(() -> new TypeConversionException(
                            "expected f32, f16 or q8_0, found \"%s\"".formatted(value)));
        }
    }

    /** Of {@code --context}. */
    static final class Context implements ITypeConverter<Integer> {
        @Override
        public Integer convert(String value) {
            return number(value, Integer.MAX_VALUE, "0 (the model's own) or more");
        }
    }

    /** Of {@code --kernels}. */
    static final class Kernels implements ITypeConverter<String> {
        @Override
        public String convert(String value) {
            if (!KERNELS.contains(value)) {
                throw refused(String.join(", ", KERNELS), value);
            }
            return value;
        }
    }

    /** A time such as {@code 3h}, {@code 45m}, {@code 90s} or {@code 1h30m}. */
    static final class Time implements ITypeConverter<Duration> {
        private static final Pattern FORM = Pattern.compile("(?:(\\d{1,4})h)?(?:(\\d{1,5})m)?(?:(\\d{1,6})s)?");

        @Override
        public Duration convert(String value) {
            Matcher matcher = FORM.matcher(value);
            if (value.isEmpty() || !matcher.matches()) {
                throw refused("a time such as 3h, 45m, 90s or 1h30m", value);
            }
            Duration time =
                    Duration.ofHours(part(matcher, 1)).plusMinutes(part(matcher, 2)).plusSeconds(part(matcher, 3));
            if (time.isZero()) {
                throw refused("a time of at least 1s", value);
            }
            return time;
        }

        private static long part(Matcher matcher, int group) {
            String digits = matcher.group(group);
            return digits == null ? 0 : Long.parseLong(digits);
        }
    }

    private static int number(String value, int most, String expected) {
        try {
            int number = Integer.parseInt(value);
            if (number >= 0 && number <= most) {
                return number;
            }
        } catch (NumberFormatException e) {
            throw refused(expected, value);
        }
        throw refused(expected, value);
    }

    private static TypeConversionException refused(String expected, String found) {
        return new TypeConversionException("expected %s, found \"%s\"".formatted(expected, found));
    }
}
