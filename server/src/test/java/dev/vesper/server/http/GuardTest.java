package dev.vesper.server.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.vesper.server.wire.ApiException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Who is let in, by name and by key. */
class GuardTest {
    private static int status(Guard guard, String host, String path, String authorization) {
        ApiException error = catchThrowableOfType(ApiException.class, () -> guard.check(host, path, authorization));
        return error.status();
    }

    @ParameterizedTest
    @ValueSource(strings = {"localhost", "LOCALHOST", "127.0.0.1", "127.1.2.3", "[::1]", "::1"})
    void namesOfThisMachinePass(String host) {
        assertThatCode(() -> new Guard(true, "").check(host, "/v1/models", "")).doesNotThrowAnyException();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "127.0.0.1x", "0.0.0.0", ""})
    void namesOfOthersDoNot(String host) {
        assertThat(status(new Guard(true, ""), host, "/v1/models", "")).isEqualTo(403);
        assertThat(status(new Guard(true, ""), host, "/health", "")).isEqualTo(403);
        assertThatCode(() -> new Guard(false, "k").check(host, "/v1/models", "Bearer k")).doesNotThrowAnyException();
    }

    @Test
    void theKeyIsAskedForWhereThereIsOne() {
        Guard guard = new Guard(false, "secret");
        assertThatCode(() -> guard.check("h", "/v1/models", "Bearer secret")).doesNotThrowAnyException();
        assertThatCode(() -> guard.check("h", "/v1/models", "bearer  secret ")).doesNotThrowAnyException();
        assertThatCode(() -> guard.check("h", "/health", "")).doesNotThrowAnyException();
        for (String wrong : new String[] {"", "secret", "Bearer", "Bearer ", "Bearer Secret", "Bearer secret1",
            "Basic secret"}) {
            assertThat(status(guard, "h", "/v1/models", wrong)).as(wrong).isEqualTo(401);
            assertThat(status(guard, "h", "/v1", wrong)).as(wrong).isEqualTo(401);
        }
    }
}
