package dev.vesper.cli;

import static java.util.stream.Collectors.toCollection;

import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.constantpool.ClassEntry;
import java.lang.classfile.constantpool.MemberRefEntry;
import java.lang.classfile.constantpool.PoolEntry;
import java.lang.classfile.constantpool.Utf8Entry;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Which package may depend on which, and what a class file has to say about it. A layer is a package with all packages
 * below it that are no layer themselves; it may use what it names here and what those may use, save the pairs that are
 * forbidden by name.
 */
final class Layers {
    private static final String ROOT = "dev.vesper.";

    /** Each layer, and the layers right below it: the arrows of ARCHITECTURE.md. */
    private static final Map<String, Set<String>> ARROWS = arrows();

    private static Map<String, Set<String>> arrows() {
        var arrows = new LinkedHashMap<String, Set<String>>();
        arrows.put("tensor", Set.of());
        arrows.put("tensor.quant", Set.of("tensor"));
        arrows.put("tensor.x86", Set.of("tensor"));
        arrows.put("tensor.kernel", Set.of("tensor.quant", "tensor.x86"));
        arrows.put("tensor.op", Set.of("tensor.kernel"));

        arrows.put("llm.error", Set.of());
        arrows.put("llm.file", Set.of("tensor.op", "llm.error"));
        arrows.put("llm.text", Set.of("llm.file"));
        arrows.put("llm.chat", Set.of("llm.error"));
        arrows.put("llm.layer", Set.of("llm.file"));
        arrows.put("llm.arch", Set.of("llm.layer"));
        arrows.put("llm.lora", Set.of("llm.layer"));
        arrows.put("llm.engine", Set.of("llm.arch", "llm.layer"));
        arrows.put("llm", Set.of("llm.text", "llm.chat", "llm.arch", "llm.lora", "llm.engine"));

        arrows.put("train", Set.of("data"));
        arrows.put("data", Set.of("llm"));
        arrows.put("server", Set.of("train"));
        arrows.put("cli", Set.of("server"));
        arrows.put("bench", Set.of("train"));
        arrows.put("examples", Set.of("server"));
        return arrows;
    }

    /** Pairs that must never be, with the reason. The arrows alone would allow some; for the others the reason is the point. */
    private static final Map<Pair, String> FORBIDDEN = Map.of(
            new Pair("llm.layer", "tensor.kernel"), "layers speak Ops only",
            new Pair("llm.engine", "llm.text"), "the engine speaks token ids",
            new Pair("llm.arch", "llm.lora"), "an architecture never learns that LoRA exists",
            new Pair("llm.arch", "llm.engine"), "a model does not know who runs it",
            new Pair("server", "llm.engine"), "the server goes through Llm",
            new Pair("train", "llm.engine"), "training goes through Llm");

    /** Records of the front door that the layers below it may name, as they are data and nothing else. */
    private static final Map<String, Set<String>> DATA = Map.of("llm.chat", Set.of("dev.vesper.llm.Message"));

    /** Parts of the JDK and who may use them: everything below such a package name. */
    private static final Map<String, Set<String>> JDK =
            Map.of("jdk.incubator.vector", Set.of("tensor.kernel"), "sun.misc.Unsafe", Set.of());

    private static final Set<String> PROPERTY_WRITERS = Set.of("setProperty", "setProperties", "clearProperty");

    /** A class name within a descriptor, a generic signature or an annotation: {@code Ljava/util/List<}. */
    private static final Pattern NAME_IN_SIGNATURE = Pattern.compile("L([\\w$/]+)[;<]");

    private record Pair(String from, String to) {}

    private Layers() {}

    /** What the class in these bytes does that it must not, one line each, in order; empty if all is well. */
    static List<String> violations(byte[] classFile) {
        ClassModel model = ClassFile.of().parse(classFile);
        String name = dots(model.thisClass().asInternalName());
        Optional<String> layer = layerOf(name);
        if (layer.isEmpty()) {
            return List.of(name + " is in a package of no layer: give it a place in " + Layers.class.getSimpleName());
        }
        var violations = new ArrayList<String>();
        for (String target : names(model)) {
            complaint(layer.get(), target).ifPresent(why -> violations.add(name + " uses " + target + ": " + why));
        }
        for (PoolEntry entry : model.constantPool()) {
            if (entry instanceof MemberRefEntry member
                    && member.owner().asInternalName().equals("java/lang/System")
                    && PROPERTY_WRITERS.contains(member.name().stringValue())) {
                violations.add(name + " calls System." + member.name().stringValue()
                        + ": a setting is passed in, never left for the whole process");
            }
        }
        return violations;
    }

    private static Optional<String> complaint(String layer, String target) {
        for (var part : JDK.entrySet()) {
            if ((target.equals(part.getKey()) || target.startsWith(part.getKey() + "."))
                    && !part.getValue().contains(layer)) {
                return Optional.of("only for " + (part.getValue().isEmpty() ? "nobody" : part.getValue()));
            }
        }
        Optional<String> other = layerOf(target);
        if (other.isEmpty() || other.get().equals(layer)
                || DATA.getOrDefault(layer, Set.of()).contains(outermost(target))) {
            return Optional.empty();
        }
        String reason = FORBIDDEN.get(new Pair(layer, other.get()));
        if (reason != null) {
            return Optional.of(layer + " must not use " + other.get() + ", " + reason);
        }
        return reaches(layer, other.get())
                ? Optional.empty()
                : Optional.of("no arrow leads from " + layer + " to " + other.get());
    }

    private static boolean reaches(String from, String to) {
        return ARROWS.getOrDefault(from, Set.of()).stream().anyMatch(next -> next.equals(to) || reaches(next, to));
    }

    /** The layer with the longest name that the class lies in or below; empty outside of this project. */
    private static Optional<String> layerOf(String className) {
        return ARROWS.keySet().stream()
                .filter(layer -> className.startsWith(ROOT + layer + "."))
                .max(Comparator.comparingInt(String::length));
    }

    /** All classes that the class names: in code, in descriptors, in generic signatures, in annotations. */
    private static Set<String> names(ClassModel model) {
        Stream.Builder<String> names = Stream.builder();
        for (PoolEntry entry : model.constantPool()) {
            if (entry instanceof ClassEntry type && !type.asInternalName().startsWith("[")) {
                names.add(type.asInternalName());
            } else if (entry instanceof Utf8Entry text) {
                NAME_IN_SIGNATURE.matcher(text.stringValue()).results().forEach(found -> names.add(found.group(1)));
            }
        }
        return names.build().map(Layers::dots).collect(toCollection(TreeSet::new));
    }

    private static String dots(String internalName) {
        return internalName.replace('/', '.');
    }

    private static String outermost(String className) {
        int dollar = className.indexOf('$');
        return dollar < 0 ? className : className.substring(0, dollar);
    }
}
