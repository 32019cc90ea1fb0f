package dev.vesper.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The launcher, copied to a place of its own, among JDKs that are shell scripts. */
@DisabledOnOs(value = OS.WINDOWS, disabledReason = "the launcher for Windows is another file")
class LauncherTest {
    /** What the launcher calls; nothing else is on its path, no java of this machine in particular. */
    private static final List<String> TOOLS = List.of(
            "sh", "cat", "date", "dirname", "find", "head", "mkdir", "mv", "readlink", "rm", "sed", "sleep", "tr");

    /** A JVM that tells how it was called. */
    private static final String JAVA = """
            #!/bin/sh
            echo "pid $$"
            for argument in "$@"; do
                echo "[$argument]"
                case $argument in
                    -XX:ArchiveClassesAtExit=*)
                        echo "$argument" >>prepared.log
                        [ "${PREPARE_EXIT-0}" = 0 ] || exit "$PREPARE_EXIT"
                        echo classes >"${argument#*=}"
                        exit ;;
                esac
            done
            case "$*" in *" --synthetic "*) exit ;; esac
            exit "${EXIT-0}"
            """;

    /** Maven, as far as the launcher sees it. */
    private static final String MAVEN = """
            #!/bin/sh
            echo "from the build"
            echo "$JAVA_HOME" >>builds.log
            sleep "${BUILD_SECONDS-0}"
            mkdir -p cli/target && echo jar >cli/target/vesper.jar
            exit "${BUILD_EXIT-0}"
            """;

    private record Result(int code, List<String> out, List<String> err, long pid) {}

    private final Map<String, String> environment = new LinkedHashMap<>();
    private Path home;
    private Path jdks;

    @BeforeEach
    void install(@TempDir Path temporary) throws IOException {
        home = Files.createDirectories(temporary.resolve("a place with spaces"));
        jdks = Files.createDirectories(temporary.resolve("some jdks"));
        Path tools = Files.createDirectories(temporary.resolve("tools"));
        for (String tool : TOOLS) {
            script(tools.resolve(tool), "#!/bin/sh\nexec " + onPath(tool) + " \"$@\"\n");
        }
        Files.copy(Repository.root().resolve("vesper"), home.resolve("vesper"));
        executable(home.resolve("vesper"));
        Files.copy(Repository.root().resolve("jvm.options"), home.resolve("jvm.options"));
        Files.createDirectories(home.resolve("app"));
        Files.writeString(home.resolve("app/vesper.jar"), "jar");
        environment.put("PATH", tools.toString());
        environment.put("HOME", temporary.toString());
        environment.put("VESPER_JDK_FOLDERS", jdks.toString());
    }

    @ParameterizedTest
    @ValueSource(strings = {"25.0.3", "25.0.10", "25.1", "26", "26.0.1", "25.0.3.1", "25.0.4-ea"})
    void takesAJdkThatWillDo(String version) throws Exception {
        jdk("one", version);
        assertThat(run().code()).isZero();
    }

    @ParameterizedTest
    @ValueSource(strings = {"25", "25.0.0", "25.0.1", "25.0.2", "25.0.2.1", "25-ea", "24.0.2", "17.0.15", "1.8.0_452"})
    void refusesAJdkThatWillNotDoAndNamesIt(String version) throws Exception {
        Path jdk = jdk("one", version);
        Result result = run("--version");
        assertThat(result.code()).isEqualTo(1);
        assertThat(result.out()).isEmpty();
        assertThat(result.err().getFirst())
                .startsWith("vesper: no suitable JDK was found. Wanted: JDK 25.0.3 or newer");
        assertThat(result.err()).contains("  " + jdk + "  " + version);
    }

    @Test
    void saysWhereItLookedIfThereIsNoJdkAtAll() throws Exception {
        Result result = run();
        assertThat(result.code()).isEqualTo(1);
        assertThat(result.err())
                .anyMatch(line -> line.contains("No JDK was found at all") && line.contains("some jdks"));
    }

    @Test
    void asksAJdkWithoutAReleaseFileForItsVersion() throws Exception {
        Path jdk = jdk("one", "25.0.3");
        Files.delete(jdk.resolve("release"));
        script(jdk.resolve("bin/java"), javaOfVersion("25.0.7"));
        assertThat(run().code()).isZero();
        script(jdk.resolve("bin/java"), javaOfVersion("21.0.7"));
        assertThat(run().err()).contains("  " + jdk + "  21.0.7");
    }

    @Test
    void prefersTheJdkOfTheEnvironmentThenThePathThenTheUsualPlaces() throws Exception {
        jdk("usual", "25.0.3");
        assertThat(run().out()).contains("jdk usual");
        Path onPath = jdk("../on path", "25.0.3");
        environment.merge("PATH", onPath.resolve("bin").toString(), (a, b) -> a + File.pathSeparator + b);
        assertThat(run().out()).contains("jdk ../on path");
        environment.put("JAVA_HOME", jdk("../java home", "25.0.3").toString());
        assertThat(run().out()).contains("jdk ../java home");
        environment.put("VESPER_JAVA_HOME", jdk("../vesper java home", "25.0.3").toString());
        assertThat(run().out()).contains("jdk ../vesper java home");
    }

    @Test
    void passesOverAnOldJavaHome() throws Exception {
        environment.put("JAVA_HOME", jdk("old", "17.0.15").toString());
        jdk("young", "25.0.3");
        assertThat(run().out()).contains("jdk young");
    }

    @Test
    void takesNoOtherThanTheJdkThatWasAskedFor() throws Exception {
        jdk("good", "25.0.3");
        environment.put("VESPER_JAVA_HOME", jdk("bad", "25.0.1").toString());
        Result result = run();
        assertThat(result.code()).isEqualTo(1);
        assertThat(result.err()).singleElement().asString().contains("some jdks/bad is JDK 25.0.1").contains("25.0.3");
        environment.put("VESPER_JAVA_HOME", jdks.resolve("missing").toString());
        assertThat(run().err()).singleElement().asString().contains("some jdks/missing is no JDK");
    }

    @Test
    void becomesTheJvmWithTheArgumentsAsTheyAreAndItsExitCode() throws Exception {
        jdk("one", "25.0.3");
        run();
        environment.put("EXIT", "7");
        environment.put("VESPER_JAVA_OPTS", "-Xmx1g -Da=b");
        Result result = run("complete", "--prompt", "", "two words", "$HOME *");
        assertThat(result.code()).isEqualTo(7);
        assertThat(result.out())
                .contains("pid " + result.pid(), "[@" + home.toRealPath() + "/jvm.options]", "[-Xmx1g]", "[-Da=b]");
        assertThat(result.out()).endsWith(
                "[-jar]", "[" + home.toRealPath() + "/app/vesper.jar]",
                "[complete]", "[--prompt]", "[]", "[two words]", "[$HOME *]");
        assertThat(result.err()).isEmpty();
    }

    @Test
    void worksThroughLinks() throws Exception {
        jdk("one", "25.0.3");
        Path links = Files.createDirectories(jdks.resolveSibling("links/deep"));
        Files.createSymbolicLink(links.resolve("absolute"), home.resolve("vesper"));
        Files.createSymbolicLink(links.resolve("relative"), Path.of("../deep/absolute"));
        Result result = start(links.resolve("relative")).finish();
        assertThat(result.out()).contains("[" + home.toRealPath() + "/app/vesper.jar]");
    }

    @Test
    void buildsWhenASourceIsNewerAndOnlyThen() throws Exception {
        Path jdk = jdk("one", "25.0.3");
        Path source = sources();
        Result first = run("x");
        assertThat(first.out()).doesNotContain("from the build").contains("[x]");
        assertThat(first.err()).contains("from the build").anyMatch(line -> line.startsWith("vesper: building"));
        assertThat(run("x").err()).isEmpty();
        Files.setLastModifiedTime(source, FileTime.from(Instant.now().plusSeconds(5)));
        assertThat(run("x").err()).contains("from the build");
        assertThat(Files.readAllLines(home.resolve("builds.log"))).containsExactly(jdk.toString(), jdk.toString());
    }

    @Test
    void aFailedBuildIsAFailureAndIsTriedAgain() throws Exception {
        jdk("one", "25.0.3");
        sources();
        environment.put("BUILD_EXIT", "3");
        for (int attempt = 1; attempt <= 2; attempt++) {
            Result result = run();
            assertThat(result.code()).isEqualTo(1);
            assertThat(result.out()).isEmpty();
            assertThat(result.err()).last().asString().startsWith("vesper: the build failed");
            assertThat(Files.readAllLines(home.resolve("builds.log"))).hasSize(attempt);
        }
    }

    @Test
    void twoAtATimeBuildOnce() throws Exception {
        jdk("one", "25.0.3");
        sources();
        environment.put("BUILD_SECONDS", "1");
        Running one = start(home.resolve("vesper"));
        Running other = start(home.resolve("vesper"));
        assertThat(one.finish().code()).isZero();
        assertThat(other.finish().code()).isZero();
        assertThat(Files.readAllLines(home.resolve("builds.log"))).hasSize(1);
        assertThat(Files.readAllLines(jdks.resolve("prepared.log"))).hasSize(1);
    }

    @Test
    void preparesFasterStartsOnceForAJarAndAJdk() throws Exception {
        jdk("one", "25.0.3");
        Result first = run("x");
        assertThat(first.err())
                .singleElement()
                .isEqualTo("vesper: preparing faster starts, once for this build and this JDK");
        assertThat(first.out()).contains(archive("25.0.3"), "[x]").noneMatch(line -> line.contains("--synthetic"));
        assertThat(home.resolve("app/launcher.lock")).doesNotExist();
        assertThat(first.out()).doesNotContain("[-XX:+UseSerialGC]");
        assertThat(run("complete", "x").out()).containsSubsequence("[-XX:+UseSerialGC]", "[-jar]", "[complete]", "[x]");
        Result second = run("x");
        assertThat(second.err()).isEmpty();
        assertThat(second.out()).contains(archive("25.0.3"));
        Files.setLastModifiedTime(home.resolve("app/vesper.jar"), FileTime.from(Instant.now().plusSeconds(5)));
        assertThat(run("x").err()).hasSize(1);
        environment.put("JAVA_HOME", jdk("other", "25.0.4").toString());
        assertThat(run("x").out()).contains(archive("25.0.4"));
        assertThat(Files.readAllLines(jdks.resolve("prepared.log"))).hasSize(3);
        assertThat(home.resolve("app/vesper-25.0.3.jsa")).doesNotExist();
    }

    private String archive(String version) throws IOException {
        return "[-XX:SharedArchiveFile=%s/app/vesper-%s.jsa]".formatted(home.toRealPath(), version);
    }

    @Test
    void aJvmThatCannotBePreparedRunsWithoutAndIsNotAskedAgain() throws Exception {
        jdk("one", "25.0.3");
        environment.put("PREPARE_EXIT", "1");
        Result first = run("x");
        assertThat(first.code()).isZero();
        assertThat(first.err()).last().asString().contains("did not work");
        assertThat(first.out()).contains("[x]").noneMatch(line -> line.contains("SharedArchiveFile"));
        assertThat(run("x").err()).isEmpty();
        assertThat(Files.readAllLines(jdks.resolve("prepared.log"))).hasSize(1);
    }

    @Test
    void anInstallationThatMayNotBeWrittenToIsNotPrepared() throws Exception {
        jdk("one", "25.0.3");
        assertThat(home.resolve("app").toFile().setWritable(false)).isTrue();
        assumeFalse(Files.isWritable(home.resolve("app")), "this user may write everywhere");
        Result result = run("x");
        assertThat(result.code()).isZero();
        assertThat(result.err()).isEmpty();
        assertThat(result.out()).contains("[x]").noneMatch(line -> line.contains("SharedArchiveFile"));
    }

    @Test
    void aBuildThatWasKilledDoesNotBlockTheNext() throws Exception {
        jdk("one", "25.0.3");
        sources();
        Process dead = new ProcessBuilder("true").start();
        dead.waitFor();
        Path lock = Files.createDirectories(home.resolve("cli/target/launcher.lock"));
        Files.writeString(lock.resolve("owner"), dead.pid() + "\n");
        assertThat(run().code()).isZero();
        assertThat(lock).doesNotExist();
    }

    @Test
    void anInstallationWithoutItsJarIsAnError() throws Exception {
        jdk("one", "25.0.3");
        Files.delete(home.resolve("app/vesper.jar"));
        Result result = run();
        assertThat(result.code()).isEqualTo(1);
        assertThat(result.err()).singleElement().asString().contains("app/vesper.jar").contains("incomplete");
    }

    /** Makes the installation one of sources that were not built, and returns one of them. */
    private Path sources() throws IOException {
        Files.writeString(home.resolve("pom.xml"), "<project/>");
        script(home.resolve("mvnw"), MAVEN);
        Path folder = Files.createDirectories(home.resolve("llm/src/main/java"));
        Path source = Files.writeString(folder.resolve("Some.java"), "class Some {}");
        for (Path old : List.of(home.resolve("pom.xml"), source, folder, folder.getParent())) {
            Files.setLastModifiedTime(old, FileTime.from(Instant.now().minusSeconds(60)));
        }
        return source;
    }

    private Path jdk(String name, String version) throws IOException {
        Path jdk = Files.createDirectories(jdks.resolve(name)).toRealPath();
        Files.createDirectories(jdk.resolve("bin"));
        script(jdk.resolve("bin/java"), JAVA.replace("echo \"pid", "echo 'jdk " + name + "'\necho \"pid"));
        Files.writeString(
                jdk.resolve("release"), "IMPLEMENTOR=\"Nobody\"\nJAVA_VERSION=\"" + version + "\"\nOS_NAME=\"None\"\n");
        return jdk;
    }

    /** A JVM that does nothing but tell its version, as it does for {@code -version}. */
    private static String javaOfVersion(String version) {
        return "#!/bin/sh\necho 'openjdk version \"" + version + "\" 2027-01-01' >&2\n";
    }

    private Result run(String... arguments) throws IOException, InterruptedException {
        return start(home.resolve("vesper"), arguments).finish();
    }

    private Running start(Path launcher, String... arguments) throws IOException {
        var command = new ArrayList<String>();
        command.add(launcher.toString());
        command.addAll(Arrays.asList(arguments));
        Path out = Files.createTempFile(jdks.getParent(), "out", ".txt");
        Path err = Files.createTempFile(jdks.getParent(), "err", ".txt");
        var builder = new ProcessBuilder(command)
                .directory(jdks.toFile())
                .redirectOutput(out.toFile())
                .redirectError(err.toFile());
        builder.environment().clear();
        builder.environment().putAll(environment);
        return new Running(builder.start(), out, err);
    }

    private record Running(Process process, Path out, Path err) {
        Result finish() throws IOException, InterruptedException {
            assertThat(process.waitFor(30, TimeUnit.SECONDS)).as("the launcher ended").isTrue();
            return new Result(
                    process.exitValue(), Files.readAllLines(out, UTF_8), Files.readAllLines(err, UTF_8), process.pid());
        }
    }

    private static Path onPath(String tool) {
        for (String folder : System.getenv("PATH").split(File.pathSeparator, -1)) {
            if (Files.isExecutable(Path.of(folder, tool))) {
                return Path.of(folder, tool);
            }
        }
        throw new IllegalStateException("no " + tool + " on the path");
    }

    private static void script(Path file, String text) throws IOException {
        Files.writeString(file, text);
        executable(file);
    }

    private static void executable(Path file) {
        assertThat(file.toFile().setExecutable(true)).isTrue();
    }
}
