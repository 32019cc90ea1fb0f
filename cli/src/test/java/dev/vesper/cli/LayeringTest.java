package dev.vesper.cli;

import static java.lang.constant.ConstantDescs.CD_String;
import static java.lang.constant.ConstantDescs.CD_void;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassSignature;
import java.lang.classfile.attribute.SignatureAttribute;
import java.lang.constant.ClassDesc;
import java.lang.constant.MethodTypeDesc;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Reads all class files of the build and checks that dependencies go the way they may. */
class LayeringTest {
    /** Modules that are not compiled before cli, and are looked at if they are. */
    private static final Set<String> INDEPENDENT = Set.of("bench", "examples");

    @Test
    void dependenciesGoOneWay() throws IOException {
        var violations = new ArrayList<String>();
        int read = 0;
        for (Path classFile : classFiles()) {
            violations.addAll(Layers.violations(Files.readAllBytes(classFile)));
            read++;
        }
        assertThat(violations).isEmpty();
        assertThat(read).as("class files").isGreaterThan(10);
    }

    private static List<Path> classFiles() throws IOException {
        var classFiles = new ArrayList<Path>();
        for (Path module : modules()) {
            Path classes = module.resolve("target/classes");
            if (Files.isDirectory(classes)) {
                try (Stream<Path> files = Files.walk(classes)) {
                    files.filter(LayeringTest::isClass).forEach(classFiles::add);
                }
            } else {
                assertThat(INDEPENDENT).as(module + " is not compiled").contains(module.getFileName().toString());
            }
        }
        return classFiles;
    }

    private static List<Path> modules() throws IOException {
        try (Stream<Path> folders = Files.list(Repository.root())) {
            return folders.filter(folder -> Files.isDirectory(folder.resolve("src/main/java"))).sorted().toList();
        }
    }

    private static boolean isClass(Path file) {
        String name = file.getFileName().toString();
        return name.endsWith(".class") && !name.equals("module-info.class");
    }

    @ParameterizedTest
    @CsvSource({
        "tensor.Tensor, tensor.quant.Q8",
        "tensor.quant.Q8, tensor.kernel.Kernels",
        "tensor.kernel.Kernels, tensor.op.Ops",
        "tensor.op.Ops, llm.Llm",
        "llm.file.Gguf, llm.text.Tokenizer",
        "llm.text.Tokenizer, llm.layer.Linear",
        "llm.chat.ChatTemplate, llm.text.Tokenizer",
        "llm.chat.ChatTemplate, llm.Llm",
        "llm.chat.ChatTemplate, tensor.Tensor",
        "llm.layer.Linear, tensor.kernel.Kernels",
        "llm.layer.Linear, tensor.kernel.KeyValues$Page",
        "llm.arch.Llama, llm.lora.LoraLinear",
        "llm.arch.Llama, llm.engine.Engine",
        "llm.arch.Llama, llm.text.Tokenizer",
        "llm.lora.Adapter, llm.arch.Llama",
        "llm.engine.Engine, llm.text.Tokenizer",
        "llm.engine.Engine, llm.lora.Adapter",
        "llm.engine.Engine, llm.Llm",
        "llm.Llm, train.Trainer",
        "train.Trainer, llm.engine.Engine",
        "train.Trainer, server.Server",
        "data.Rows, train.Trainer",
        "server.http.Server, llm.engine.Engine",
        "server.Server, cli.Vesper",
        "bench.Bench, server.Server",
        "cli.Vesper, bench.Bench",
    })
    void anArrowTheWrongWayIsCaught(String from, String to) {
        assertThat(Layers.violations(classThatHolds("dev.vesper." + from, "dev.vesper." + to)))
                .singleElement().asString().startsWith("dev.vesper." + from + " uses dev.vesper." + to + ": ");
    }

    @ParameterizedTest
    @CsvSource({
        "tensor.op.Ops, tensor.kernel.Kernels",
        "tensor.op.Ops, tensor.Tensor",
        "llm.text.Tokenizer, llm.file.Gguf",
        "llm.layer.Linear, tensor.op.Ops",
        "llm.chat.ChatTemplate, llm.Message",
        "llm.arch.Llama, llm.layer.Linear",
        "llm.engine.Engine, llm.arch.Llama",
        "llm.Llm, tensor.kernel.Kernels",
        "llm.Llm, llm.lora.Adapter",
        "train.Trainer, tensor.op.Tape",
        "train.Trainer, data.Rows",
        "server.http.Server, train.Trainer",
        "cli.Vesper, server.http.Server",
    })
    void anArrowTheRightWayIsLetThrough(String from, String to) {
        assertThat(Layers.violations(classThatHolds("dev.vesper." + from, "dev.vesper." + to))).isEmpty();
    }

    @Test
    void theVectorApiIsForKernelsOnly() {
        String vector = "jdk.incubator.vector.FloatVector";
        assertThat(Layers.violations(classThatHolds("dev.vesper.tensor.kernel.Vectors", vector))).isEmpty();
        assertThat(Layers.violations(classThatHolds("dev.vesper.tensor.op.Ops", vector))).hasSize(1);
    }

    @Test
    void unsafeIsForNobody() {
        assertThat(Layers.violations(classThatHolds("dev.vesper.tensor.kernel.Vectors", "sun.misc.Unsafe"))).hasSize(1);
    }

    @Test
    void aPackageWithoutALayerIsCaught() {
        assertThat(Layers.violations(classThatHolds("dev.vesper.misc.Helper", "java.lang.String")))
                .singleElement().asString().contains("no layer");
    }

    @Test
    void namesInGenericSignaturesAndAnnotationsAreSeen() {
        // javac puts both into the constant pool as text only.
        byte[] bytes = ClassFile.of().build(ClassDesc.of("dev.vesper.tensor.op.Ops"), type -> type
                .with(SignatureAttribute.of(ClassSignature.parseFrom(
                        "Ljava/lang/Object;Ljava/lang/Comparable<Ldev/vesper/llm/Llm;>;"))));
        assertThat(Layers.violations(bytes)).hasSize(1);
    }

    @Test
    void aSystemPropertyThatIsSetIsCaught() {
        byte[] bytes = ClassFile.of().build(ClassDesc.of("dev.vesper.cli.Setter"), type -> type
                .withMethodBody("set", MethodTypeDesc.of(CD_void), ClassFile.ACC_STATIC, code -> code
                        .loadConstant("name")
                        .loadConstant("value")
                        .invokestatic(
                                ClassDesc.of("java.lang.System"), "setProperty",
                                MethodTypeDesc.of(CD_String, CD_String, CD_String))
                        .pop()
                        .return_()));
        assertThat(Layers.violations(bytes)).singleElement().asString().contains("calls System.setProperty");
    }

    /** The bytes of a class with a field of another type. */
    private static byte[] classThatHolds(String name, String fieldType) {
        return ClassFile.of().build(
                ClassDesc.of(name), type -> type.withField("field", ClassDesc.of(fieldType), ClassFile.ACC_PRIVATE));
    }
}
