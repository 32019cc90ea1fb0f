package dev.vesper.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class WorkspaceTest {
    private final Workspace workspace = new Workspace();

    /** Two blocks and what comes after them take the same slots as different shapes. */
    private List<Tensor> pass() {
        List<Tensor> taken = new ArrayList<>();
        workspace.release(0);
        for (int block = 0; block < 2; block++) {
            int mark = workspace.mark();
            taken.add(workspace.take(1, 8));
            taken.add(workspace.take(1, 1));
            taken.add(workspace.take(2, 4));
            workspace.release(mark);
        }
        taken.add(workspace.take(1, 1));
        taken.add(workspace.take(1, 30));
        taken.add(workspace.take(1, 5));
        return taken;
    }

    @Test
    void aPassGetsTheObjectsOfTheOneBefore() {
        // the first takes arrays that are too small for what comes later in it
        pass();
        List<Tensor> expected = pass();
        assertThat(expected).extracting(Tensor::columns).containsExactly(8, 1, 4, 8, 1, 4, 1, 30, 5);
        assertThat(pass()).usingElementComparator((a, b) -> a == b ? 0 : 1).isEqualTo(expected);
        assertThat(workspace.bytes()).isEqualTo(4 * (8 + 30 + 8));
    }

    @Test
    void shapesOfOneSlotDoNotPileUp() {
        Tensor first = workspace.take(1, 100);
        for (int columns = 1; columns < 100; columns++) {
            workspace.release(0);
            Tensor tensor = workspace.take(1, columns);
            assertThat(tensor.columns()).isEqualTo(columns);
            assertThat(tensor.data()).isSameAs(first.data());
        }
        assertThat(workspace.bytes()).isEqualTo(400);
    }
}
