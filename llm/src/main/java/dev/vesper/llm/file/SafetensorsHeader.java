package dev.vesper.llm.file;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import dev.vesper.llm.file.Safetensors.DataType;
import dev.vesper.llm.file.Safetensors.Entry;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.TokenStreamFactory;
import tools.jackson.core.TokenStreamLocation;
import tools.jackson.core.json.JsonFactory;

/**
 * The header of a safetensors file, checked: tensors lie one after another without overlap or hole from the end of the
 * header to the end of the file, as the format demands.
 *
 * <pre>
 * [u64 length of the header][JSON header, padded with spaces][data]
 * {"__metadata__": {"key": "value"}, "name": {"dtype": "F32", "shape": [rows, columns], "data_offsets": [from, to]}}
 * </pre>
 *
 * @see <a href="https://huggingface.co/docs/safetensors/index#format">safetensors format</a>
 */
record SafetensorsHeader(Metadata metadata, Map<String, Entry> entries) {
    static final String METADATA = "__metadata__";

    private static final long MAXIMUM_HEADER_BYTES = 100_000_000;
    private static final int MAXIMUM_TENSORS = 1 << 18;
    private static final int MAXIMUM_DIMENSIONS = 8;
    private static final JsonFactory JSON = JsonFactory.builder()
            // Names come from the file, each once: keeping them in a table is of no use, and hostile ones collide there.
            .disable(TokenStreamFactory.Feature.CANONICALIZE_PROPERTY_NAMES)
            .streamReadConstraints(
                    StreamReadConstraints.builder()
                            .maxNestingDepth(4)
                            .maxNumberLength(20)
                            .build())
            .build();

    /** @param file what messages call the file */
    static SafetensorsHeader parse(Object file, MemorySegment bytes) {
        ByteCursor cursor = new ByteCursor(file, bytes);
        long length = cursor.count("length of the header", 1);
        if (length < 2 || length > MAXIMUM_HEADER_BYTES) {
            throw cursor.error(
                    0, "length of the header", "2 to " + MAXIMUM_HEADER_BYTES + " bytes", Long.toString(length));
        }
        CharBuffer text = decode(cursor, bytes.asSlice(8, length).toArray(JAVA_BYTE));
        if (text.get(0) != '{') {
            throw cursor.error(8, "header", "{", "\\u%04x".formatted((int) text.get(0)));
        }
        try (JsonParser parser = JSON.createParser(ObjectReadContext.empty(), text.array(), 0, text.length())) {
            return new Parser(file, bytes.byteSize(), 8 + length, parser, text).parse();
        } catch (JacksonException e) {
            TokenStreamLocation location = e.getLocation();
            String place = place(text, location == null ? 0 : location.getCharOffset(), "header");
            throw new ModelFileException(file, place, "valid JSON", e.getOriginalMessage(), e);
        }
    }

    /** Decodes here because Jackson would guess at encodings, and replaces or accepts some of what is not UTF-8. */
    private static CharBuffer decode(ByteCursor cursor, byte[] json) {
        ByteBuffer source = ByteBuffer.wrap(json);
        CharBuffer text = CharBuffer.allocate(json.length);
        if (StandardCharsets.UTF_8.newDecoder().decode(source, text, true).isError()) {
            int at = source.position();
            throw cursor.error(8 + at, "header", "valid UTF-8", "byte 0x%02x".formatted(json[at]));
        }
        return text.flip();
    }

    /** Where a character of the header lies in the file. */
    private static String place(CharBuffer text, long character, String what) {
        long at = 8;
        for (int i = 0; i < Math.clamp(character, 0, text.length()); i++) {
            char c = text.get(i);
            at += c < 0x80 ? 1 : c < 0x800 || Character.isSurrogate(c) ? 2 : 3;
        }
        return "byte " + at + ", " + what;
    }

    private static final class Parser {
        private final Object file;
        private final long fileBytes;
        private final long dataStart;
        private final JsonParser json;
        private final CharBuffer text;

        Parser(Object file, long fileBytes, long dataStart, JsonParser json, CharBuffer text) {
            this.file = file;
            this.fileBytes = fileBytes;
            this.dataStart = dataStart;
            this.json = json;
            this.text = text;
        }

        SafetensorsHeader parse() {
            MetadataBuilder metadata = Metadata.builder(file);
            boolean metadataSeen = false;
            Map<String, Entry> entries = new LinkedHashMap<>();
            expect(JsonToken.START_OBJECT, "an object");
            while (json.nextToken() == JsonToken.PROPERTY_NAME) {
                String name = json.currentName();
                if (name.equals(METADATA)) {
                    require(!metadataSeen, METADATA, "it once", "it a second time");
                    metadataSeen = true;
                    metadata(metadata);
                    continue;
                }
                require(!name.isEmpty(), "tensor", "a name", "an empty one");
                require(entries.size() < MAXIMUM_TENSORS, "tensor " + name, "at most " + MAXIMUM_TENSORS, "more");
                require(!entries.containsKey(name), "tensor " + name, "each name once", "it a second time");
                entries.put(name, entry(name));
            }
            require(json.nextToken() == null, "header", "nothing but spaces behind the object", json.getString());
            return new SafetensorsHeader(metadata.build(), inFileOrder(entries));
        }

        private void metadata(MetadataBuilder metadata) {
            expect(JsonToken.START_OBJECT, "an object of strings");
            Map<String, String> seen = new LinkedHashMap<>();
            while (json.nextToken() == JsonToken.PROPERTY_NAME) {
                String key = json.currentName();
                int length = key.getBytes(StandardCharsets.UTF_8).length;
                require(
                        length >= 1 && length <= GgufHeader.MAXIMUM_NAME_BYTES,
                        "metadata key " + key,
                        "a key of 1 to " + GgufHeader.MAXIMUM_NAME_BYTES + " bytes",
                        length + " bytes");
                expect(JsonToken.VALUE_STRING, "a string for metadata key " + key);
                require(seen.put(key, json.getString()) == null, "metadata key " + key, "it once", "it a second time");
            }
            seen.forEach(metadata::string);
        }

        private Entry entry(String name) {
            long at = position();
            expect(JsonToken.START_OBJECT, "an object for tensor " + name);
            String type = "";
            long[] shape = {};
            long[] offsets = {};
            List<String> seen = new ArrayList<>();
            while (json.nextToken() == JsonToken.PROPERTY_NAME) {
                String property = json.currentName();
                require(!seen.contains(property), "tensor " + name, "each property once", property + " a second time");
                seen.add(property);
                switch (property) {
                    case "dtype" -> {
                        expect(JsonToken.VALUE_STRING, "a string for dtype of tensor " + name);
                        type = json.getString();
                    }
                    case "shape" -> shape = numbers(name, MAXIMUM_DIMENSIONS);
                    case "data_offsets" -> offsets = numbers(name, 2);
                    default -> throw new ModelFileException(
                            file, place(text, position(), "tensor " + name), "dtype, shape and data_offsets", property);
                }
            }
            if (seen.size() != 3) {
                String place = place(text, at, "tensor " + name);
                throw new ModelFileException(file, place, "dtype, shape and data_offsets", seen.toString());
            }
            return checked(name, at, type, shape, offsets);
        }

        private Entry checked(String name, long at, String typeName, long[] shape, long[] offsets) {
            DataType type = DataType.of(typeName)
                    .orElseThrow(
                            () -> error(
                                    name, at, "a dtype of " + Arrays.toString(DataType.values()),
                                    '"' + typeName + '"'));
            List<Long> sizes = Arrays.stream(shape).boxed().toList();
            long bytes = TensorSize.bytes(sizes, type.bytes())
                    .orElseThrow(() -> error(name, at, "a size below 2^63 bytes", "the shape " + sizes));
            long dataBytes = fileBytes - dataStart;
            if (offsets.length != 2 || offsets[0] > offsets[1] || offsets[1] > dataBytes) {
                throw error(
                        name,
                        at,
                        "data_offsets [from, to] with from <= to <= " + dataBytes + ", the bytes of data",
                        Arrays.toString(offsets));
            }
            if (offsets[1] - offsets[0] != bytes) {
                throw error(
                        name,
                        at,
                        "%d bytes for %s of shape %s".formatted(bytes, type, sizes),
                        "%d bytes between data_offsets %s"
                                .formatted(offsets[1] - offsets[0], Arrays.toString(offsets)));
            }
            return new Entry(name, type, sizes, dataStart + offsets[0], bytes);
        }

        private ModelFileException error(String name, long at, String expected, String found) {
            return new ModelFileException(file, place(text, at, "tensor " + name), expected, found);
        }

        /** An array of integers from 0 to 2^63 - 1. */
        private long[] numbers(String name, int maximum) {
            expect(JsonToken.START_ARRAY, "an array of integers for tensor " + name);
            long[] numbers = new long[maximum];
            int count = 0;
            while (json.nextToken() != JsonToken.END_ARRAY) {
                boolean integer = json.currentToken() == JsonToken.VALUE_NUMBER_INT;
                require(integer && json.getLongValue() >= 0, "tensor " + name, "integers from 0", json.getString());
                require(count < maximum, "tensor " + name, "at most " + maximum + " numbers", "more");
                numbers[count++] = json.getLongValue();
            }
            return Arrays.copyOf(numbers, count);
        }

        private Map<String, Entry> inFileOrder(Map<String, Entry> entries) {
            List<Entry> sorted = new ArrayList<>(entries.values());
            sorted.sort(Comparator.comparingLong(Entry::offset).thenComparingLong(Entry::bytes));
            Map<String, Entry> ordered = new LinkedHashMap<>();
            long end = dataStart;
            for (Entry entry : sorted) {
                if (entry.offset() != end) {
                    throw ModelFileException.at(
                            file,
                            entry.offset(),
                            "tensor " + entry.name(),
                            "data from byte " + end + ", where the tensor before it ends",
                            "data from byte " + entry.offset());
                }
                end = entry.offset() + entry.bytes();
                ordered.put(entry.name(), entry);
            }
            if (end != fileBytes) {
                throw ModelFileException.at(
                        file, end, "data", "the end of the file behind the last tensor",
                        fileBytes - end + " bytes more");
            }
            return Collections.unmodifiableMap(ordered);
        }

        private void expect(JsonToken token, String expected) {
            JsonToken found = json.nextToken();
            require(found == token, "header", expected, String.valueOf(found));
        }

        private void require(boolean holds, String what, String expected, String found) {
            if (!holds) {
                throw new ModelFileException(file, place(text, position(), what), expected, found);
            }
        }

        /** Characters of the header before the current token. */
        private long position() {
            return json.currentTokenLocation().getCharOffset();
        }
    }
}
