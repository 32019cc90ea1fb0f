package dev.vesper.server.wire;

import java.util.List;

/** All models that requests may name. */
public record ModelList(String object, List<ModelCard> data) {
    public ModelList(List<ModelCard> data) {
        this("list", data);
    }
}
