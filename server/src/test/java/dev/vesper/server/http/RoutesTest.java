package dev.vesper.server.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.vesper.server.wire.ApiException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The routing table finds routes, and says what is wrong where it finds none. */
class RoutesTest {
    private final Route list = new Route("GET", "/v1/models", exchange -> {});
    private final Route show = new Route("GET", "/v1/models/*", exchange -> {});
    private final Route delete = new Route("DELETE", "/v1/models/*", exchange -> {});
    private final Routes routes = new Routes(List.of(list, show, delete));

    @Test
    void methodAndPathDecide() {
        assertThat(routes.find("GET", "/v1/models")).isEqualTo(new Routes.Match(list, ""));
        assertThat(routes.find("GET", "/v1/models/a/b c")).isEqualTo(new Routes.Match(show, "a/b c"));
        assertThat(routes.find("DELETE", "/v1/models/x")).isEqualTo(new Routes.Match(delete, "x"));
    }

    @Test
    void unknownPathsAre404() {
        for (String path : List.of("/", "/v1", "/v1/models/", "/v1/modelsx", "/V1/models", "*")) {
            assertThatThrownBy(() -> routes.find("GET", path))
                    .isInstanceOfSatisfying(ApiException.class, e -> assertThat(e.status()).isEqualTo(404))
                    .hasMessageContaining("GET " + path)
                    .hasMessageContaining("GET /v1/models");
        }
    }

    @Test
    void wrongMethodsAre405AndSayWhichAreRight() {
        assertThatThrownBy(() -> routes.find("POST", "/v1/models/x"))
                .isInstanceOfSatisfying(ApiException.class, e -> {
                    assertThat(e.status()).isEqualTo(405);
                    assertThat(e.headers()).isEqualTo(Map.of("Allow", "GET, DELETE"));
                });
    }
}
