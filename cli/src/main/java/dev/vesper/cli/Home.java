package dev.vesper.cli;

import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.CodeSource;
import java.util.Optional;

/**
 * Where this program lies with what it brings: a clone of the repository, or a folder that it was unpacked to.
 *
 * @param folder the one that {@code models} and {@code examples} lie in
 */
record Home(Path folder) {
    /** The bundled model, from {@link #folder()}. */
    static final String MODEL = "models/vesper-mini.gguf";

    /** The jar lies in cli/target of a clone, or in app of what was unpacked. */
    private static final int MOST_ABOVE = 4;

    /** The nearest folder with the bundled model, at or above the place that the classes were loaded from. */
    static Optional<Home> find() {
        CodeSource source = Home.class.getProtectionDomain().getCodeSource();
        if (source == null || source.getLocation() == null) {
            return Optional.empty();
        }
        try {
            return above(Path.of(source.getLocation().toURI()).toAbsolutePath());
        } catch (URISyntaxException | IllegalArgumentException e) {
            return Optional.empty(); // classes that lie in no folder have none with a model above them
        }
    }

    static Optional<Home> above(Path place) {
        Path folder = place;
        for (int i = 0; i <= MOST_ABOVE && folder != null; i++) {
            if (Files.isRegularFile(folder.resolve(MODEL))) {
                return Optional.of(new Home(folder));
            }
            folder = folder.getParent();
        }
        return Optional.empty();
    }

    Path model() {
        return folder.resolve(MODEL);
    }

    Path example(String name) {
        return folder.resolve("examples").resolve(name);
    }

    /** How the command is called from {@code from}, the working directory. */
    String command(Path from) {
        String name = System.getProperty("os.name").startsWith("Windows") ? "vesper.cmd" : "vesper";
        Path launcher = folder.resolve(name);
        if (!Files.isRegularFile(launcher)) {
            return "vesper";
        }
        String relative = shortest(launcher, from);
        return relative.equals(name) ? Path.of(".", name).toString() : Shell.quoted(relative);
    }

    /** The path as seen from {@code from} where it lies below or beside that, the whole path elsewhere. */
    static String shortest(Path path, Path from) {
        Path whole = path.toAbsolutePath().normalize();
        Path base = from.toAbsolutePath().normalize();
        boolean near = whole.startsWith(base) || base.getParent() != null && whole.startsWith(base.getParent());
        return near && base.getNameCount() > 1 ? base.relativize(whole).toString() : whole.toString();
    }
}
