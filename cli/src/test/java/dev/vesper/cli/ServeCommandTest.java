package dev.vesper.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.vesper.tensor.Format;
import java.io.BufferedReader;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The command serves, says where, and ends when it is told to. */
class ServeCommandTest {
    private static final Pattern ADDRESS = Pattern.compile("vesper: serving (http://127\\.0\\.0\\.1:[0-9]+)/v1");

    @ParameterizedTest
    @CsvSource(
            delimiter = '|', value = {
                "--host 0.0.0.0 | needs an API key",
                "--host 192.0.2.1 | needs an API key",
                "--port 70000 | 70000",
                "--adapter letters | expected NAME=PATH",
                "--adapter =folder | expected NAME=PATH",
                "--adapter m=folder | another name",
                "--adapter n=pom.xml=much | number for the weight",
                "--max-requests 0 | at least 1",
            })
    void wrongUsageIsToldBeforeAnythingIsLoaded(String options, String message) {
        var err = new StringWriter();
        String[] arguments = ("serve --model m.gguf " + options).split(" ");
        int code = Vesper.commandLine().setErr(new PrintWriter(err)).execute(arguments);
        assertThat(code).as(err.toString()).isEqualTo(Vesper.WRONG_USAGE);
        assertThat(err.toString().lines().findFirst().orElse("")).contains(message);
    }

    @Test
    void aModelThatIsNotThereIsAFailure() {
        var err = new StringWriter();
        int code = Vesper.commandLine().setErr(new PrintWriter(err))
                .execute("serve", "--model", "/nowhere/m.gguf", "--port", "0");
        assertThat(code).isEqualTo(Vesper.FAILED);
        assertThat(err.toString()).contains("/nowhere/m.gguf");
    }

    @Test
    void aFolderOfAdaptersThatIsNotThereIsAFailure() {
        assertThat(Commands.run("serve", "--model", "m.gguf", "--adapters", "/nowhere/adapters", "--port", "0").failure())
                .contains("/nowhere/adapters: watching for adapters: expected a folder, found no such folder");
    }

    @Test
    void aServerThatRunsTakesUpAnAdapterThatAnotherCommandMakes(@TempDir Path folder) throws Exception {
        Path model = TinyAdapters.model(folder, Format.Q8_0);
        Path letters = TinyAdapters.write(model, folder.resolve("letters"), 1, 0.05);
        Path watched = Files.createDirectory(folder.resolve("watched"));
        Process process = new ProcessBuilder(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--add-modules", "jdk.incubator.vector", "--enable-native-access=ALL-UNNAMED",
                "-cp", System.getProperty("java.class.path"),
                Vesper.class.getName(), "serve", "--port", "0", "--threads", "1",
                "--model", model.toString(), "--adapters", watched.toString()))
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        try (BufferedReader err = process.errorReader(); HttpClient client = HttpClient.newHttpClient()) {
            HttpRequest models = HttpRequest.newBuilder(address(err).resolve("/v1/models")).build();
            assertThat(client.send(models, BodyHandlers.ofString()).body()).doesNotContain("both");
            Commands.run("adapter", "merge", letters + "=0.5", "--out", watched.resolve("both")).done();
            assertThat(err.lines().filter(line -> line.contains("adapter ")).findFirst())
                    .contains("vesper: adapter both: served from now on");
            assertThat(client.send(models, BodyHandlers.ofString()).body()).contains("\"id\":\"both\"");
        } finally {
            process.destroyForcibly();
        }
    }

    @Test
    @DisabledOnOs(OS.WINDOWS) // has no signal that a process may answer
    void theSignalToStopLetsRepliesFinish() throws Exception {
        Path fixtures = Path.of(System.getProperty("vesper.fixtures", "../../shared/fixtures"));
        assumeTrue(Files.isDirectory(fixtures), "no third-party fixtures in " + fixtures.toAbsolutePath());
        Process process = new ProcessBuilder(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--add-modules", "jdk.incubator.vector", "--enable-native-access=ALL-UNNAMED",
                "-cp", System.getProperty("java.class.path"),
                Vesper.class.getName(), "serve", "--port", "0", "--threads", "1", "--name", "stories", "--stop-timeout",
                "60",
                "--model", fixtures.resolve("stories260k/stories260k.gguf").toString()))
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        try (BufferedReader err = process.errorReader(); HttpClient client = HttpClient.newHttpClient()) {
            URI base = address(err);
            HttpRequest request = HttpRequest.newBuilder(base.resolve("/v1/completions"))
                    .header("Content-Type", "application/json")
                    .POST(BodyPublishers.ofString(
                            """
                            {"model": "stories", "prompt": "", "max_tokens": 450, "n": 8, "logit_bias": {"1": -100, "2": -100}}"""))
                    .build();
            CompletableFuture<HttpResponse<String>> answer = client.sendAsync(request, BodyHandlers.ofString());
            HttpRequest health = HttpRequest.newBuilder(base.resolve("/health")).build();
            while (!client.send(health, BodyHandlers.ofString()).body().contains("\"running\":8") && !answer.isDone()) {
                Thread.sleep(5);
            }
            process.toHandle().destroy(); // Process.destroy would close the streams as well
            assertThat(answer.get(60, TimeUnit.SECONDS).body()).contains("\"completion_tokens\":3600");
            assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
            assertThat(process.exitValue()).isEqualTo(128 + 15);
            assertThat(err.lines().toList()).contains("vesper: stopped");
        } finally {
            process.destroyForcibly();
        }
    }

    private static URI address(BufferedReader err) throws Exception {
        for (String line = err.readLine(); line != null; line = err.readLine()) {
            Matcher address = ADDRESS.matcher(line);
            if (address.find()) {
                return URI.create(address.group(1));
            }
        }
        throw new AssertionError("the command ended without an address");
    }
}
