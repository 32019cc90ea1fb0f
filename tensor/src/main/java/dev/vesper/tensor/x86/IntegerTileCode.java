package dev.vesper.tensor.x86;

/**
 * Emits a tile of a matrix product of integers: up to 6 tokens and 64 rows of sums in 24 registers, which are exact for a
 * block and then, scaled, join sums of floats in memory; minima times the sums of activations are taken from these. Sixteen
 * lanes of such sums are added up as a tree: with the bits of {@link IntegerDotCode}.
 *
 * <p>Called as {@link TileLoop} says, with a panel of {@link IntegerPanelCode} and activations of {@link RoundCode}.
 */
final class IntegerTileCode {
    private static final int VECTORS = TileLoop.VECTORS;
    private static final int VECTOR_BYTES = TileLoop.VECTOR_BYTES;
    private static final int FIRST_WEIGHT = 24;
    private static final int FACTOR = 28;
    private static final int FACTORS = 2;
    private static final int ZERO = 30;

    private static final int WEIGHT = TileLoop.WEIGHT;
    private static final int COUNT = TileLoop.COUNT;

    private final Assembler assembler = new Assembler();
    private final IntegerLayout layout;
    private final int tokens;
    private final int sums;
    private final TileLoop loop;

    private IntegerTileCode(IntegerLayout layout, int tokens) {
        this.layout = layout;
        this.tokens = tokens;
        this.sums = tokens * VECTORS;
        this.loop = new TileLoop(assembler, tokens, FIRST_WEIGHT);
    }

    static byte[] emit(IntegerLayout layout, int tokens) {
        return new IntegerTileCode(layout, tokens).emit();
    }

    private byte[] emit() {
        int room = loop.level() + loop.levels();
        loop.enter(room);
        assembler.vector(Instructions.VPXORD, ZERO, ZERO, ZERO);
        loop.lanes(loop.level(), this::lane);
        return loop.leave(room);
    }

    private void lane() {
        for (int sum = 0; sum < sums; sum++) {
            assembler.vector(Instructions.VMOVUPS_STORE, ZERO, 0, sum(sum));
        }
        assembler.load(COUNT, Address.at(Assembler.RCX, Arguments.LAST_BLOCKS));
        Assembler.Label block = assembler.here();
        block();
        assembler.addConstant(WEIGHT, layout.panelBlock());
        loop.advance(layout.wordsBlock());
        assembler.decrement(COUNT);
        assembler.jump(Assembler.NOT_EQUAL, block);
        for (int sum = 0; sum < sums; sum++) {
            assembler.vector(Instructions.VMOVUPS, sum, 0, sum(sum));
        }
    }

    private static Address sum(int sum) {
        return Address.at(Assembler.RSP, sum * VECTOR_BYTES);
    }

    private void block() {
        for (int sum = 0; sum < sums; sum++) {
            assembler.vector(Instructions.VPXORD, sum, sum, sum);
        }
        for (int pair = 0; pair < layout.pairs(); pair++) {
            weights(pair * IntegerLayout.PANEL_PAIR);
            for (int token = 0; token < tokens; token++) {
                int factor = FACTOR + token % FACTORS;
                assembler.vector(Instructions.VPBROADCASTD, factor, 0, loop.x(token).plus(pair * Integer.BYTES));
                for (int v = 0; v < VECTORS; v++) {
                    assembler.vector(Instructions.VPDPWSSD, token * VECTORS + v, factor, FIRST_WEIGHT + v);
                }
            }
        }
        weights(layout.panelScales());
        for (int token = 0; token < tokens; token++) {
            assembler.vector(Instructions.VBROADCASTSS, FACTOR, 0, loop.x(token).plus(layout.wordsScale()));
            for (int v = 0; v < VECTORS; v++) {
                int sum = token * VECTORS + v;
                assembler.vector(Instructions.VCVTDQ2PS, sum, 0, sum);
                assembler.vector(Instructions.VMULPS, sum, sum, FACTOR);
                assembler.vector(Instructions.VFMADD213PS, sum, FIRST_WEIGHT + v, sum(sum));
                if (!layout.minima()) {
                    assembler.vector(Instructions.VMOVUPS_STORE, sum, 0, sum(sum));
                }
            }
        }
        if (layout.minima()) {
            minima();
        }
    }

    private void minima() {
        weights(layout.panelScales() + IntegerLayout.PANEL_PAIR);
        for (int token = 0; token < tokens; token++) {
            Address activations = loop.x(token).plus(layout.wordsScale() + Float.BYTES);
            assembler.vector(Instructions.VBROADCASTSS, FACTOR, 0, activations);
            for (int v = 0; v < VECTORS; v++) {
                int sum = token * VECTORS + v;
                assembler.vector(Instructions.VFNMADD231PS, sum, FIRST_WEIGHT + v, FACTOR);
                assembler.vector(Instructions.VMOVUPS_STORE, sum, 0, sum(sum));
            }
        }
    }

    private void weights(int offset) {
        for (int v = 0; v < VECTORS; v++) {
            Address at = Address.at(WEIGHT, offset + v * VECTOR_BYTES);
            assembler.vector(Instructions.VMOVUPS, FIRST_WEIGHT + v, 0, at);
        }
    }
}
