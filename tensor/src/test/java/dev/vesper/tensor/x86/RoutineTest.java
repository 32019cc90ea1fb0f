package dev.vesper.tensor.x86;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What goes to machine code as a number is looked at before. */
class RoutineTest {
    private static final byte RETURN = (byte) 0xC3;

    @BeforeEach
    void canRun() {
        Optional<String> obstacle = MachineCode.obstacle();
        assumeTrue(obstacle.isEmpty(), () -> "no machine code here: " + obstacle.orElseThrow());
    }

    @Test
    void memoryThatWasClosedIsRefused() {
        Routine routine = new Routine(new byte[] {RETURN});
        MemorySegment arguments = Arena.ofAuto().allocate(Arguments.SIZE);
        float[] array = {1};
        MemorySegment memory;
        try (Arena arena = Arena.ofShared()) {
            memory = arena.allocate(ValueLayout.JAVA_FLOAT);
            routine.run(memory, memory, memory, arguments);
            routine.run(memory, array, array, arguments);
            routine.run(memory, memory, array, arguments);
            routine.run(array, memory, arguments);
            routine.run(array, array, array, arguments);
        }
        assertThat(array).containsExactly(1);
        assertThatThrownBy(() -> routine.run(memory, memory, memory, arguments)).satisfies(RoutineTest::saysClosed);
        assertThatThrownBy(() -> routine.run(memory, array, array, arguments)).satisfies(RoutineTest::saysClosed);
        assertThatThrownBy(() -> routine.run(arguments, memory, array, arguments)).satisfies(RoutineTest::saysClosed);
        assertThatThrownBy(() -> routine.run(array, memory, arguments)).satisfies(RoutineTest::saysClosed);
        assertThatThrownBy(() -> routine.run(array, array, array, memory)).satisfies(RoutineTest::saysClosed);
    }

    private static void saysClosed(Throwable error) {
        assertThat(error).isInstanceOf(IllegalStateException.class).hasMessageContaining("closed");
    }

    /** Its address is none. */
    @Test
    void memoryOfTheHeapIsRefused() {
        Routine routine = new Routine(new byte[] {RETURN});
        MemorySegment arguments = Arena.ofAuto().allocate(Arguments.SIZE);
        MemorySegment heap = MemorySegment.ofArray(new float[1]);
        assertThatThrownBy(() -> routine.run(heap, arguments, arguments, arguments))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("native");
    }
}
