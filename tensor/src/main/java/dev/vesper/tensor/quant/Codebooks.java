package dev.vesper.tensor.quant;

import dev.vesper.tensor.Format;
import java.util.Arrays;
import java.util.Collection;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The codebooks that are there, all or some. */
public final class Codebooks {
    private final Map<CodebookTable, Codebook> tables;

    private Codebooks(Map<CodebookTable, Codebook> tables) {
        this.tables = tables;
    }

    /** @throws IllegalArgumentException if there are two of one table */
    public static Codebooks of(Collection<Codebook> codebooks) {
        Map<CodebookTable, Codebook> tables = new EnumMap<>(CodebookTable.class);
        for (Codebook codebook : codebooks) {
            if (tables.put(codebook.table(), codebook) != null) {
                throw new IllegalArgumentException("two codebooks of " + codebook.table());
            }
        }
        return new Codebooks(tables);
    }

    /** Those there are, in the order of {@link CodebookTable}. */
    public List<Codebook> all() {
        return List.copyOf(tables.values());
    }

    public Optional<Codebook> of(CodebookTable table) {
        return Optional.ofNullable(tables.get(table));
    }

    /** The table that a format refers to, empty for a format that needs none. */
    public static Optional<CodebookTable> tableOf(Format format) {
        return Arrays.stream(CodebookTable.values()).filter(table -> table.serves(format)).findFirst();
    }
}
