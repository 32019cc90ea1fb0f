package dev.vesper.tensor.x86;

/**
 * Emits dot products of some rows of a weight with some tokens, straight from its blocks: each block is unpacked once, to
 * registers. Lane l of a sum takes the elements l, l + 16, ... of a chunk in order; then come the sums of {@link DotLoop}.
 * That is the order of the vector kernels, and so are the bits.
 */
final class DotCode implements DotLoop.Body {
    private static final int FIRST_TOKEN = 8;
    private static final int UNROLLED_ELEMENTS = 64;
    private static final int LINE = 64;
    private static final int COUNT = DotLoop.COUNT;
    private static final int TAIL = 1;

    private final Assembler assembler = new Assembler();
    private final BlockCode format;
    private final int rows;
    private final int tokens;
    private final int prefetch;
    private final RowCode row;
    private final DotLoop loop;

    private DotCode(BlockCode format, int rows, int tokens, int prefetch) {
        this.format = format;
        this.rows = rows;
        this.tokens = tokens;
        this.prefetch = prefetch;
        this.row = new RowCode(assembler, format.bytes(), rows * tokens, tokens);
        this.loop = new DotLoop(assembler, rows, tokens, RowCode.MOMENT);
    }

    static byte[] emit(BlockCode format, int rows, int tokens, int prefetch) {
        DotCode code = new DotCode(format, rows, tokens, prefetch);
        return code.loop.emit(RowCode.ROOM * RowCode.MOST_ROWS, code);
    }

    @Override
    public void prepare() {
        assembler.load(COUNT, Address.at(Assembler.RCX, Arguments.TAIL_MASK));
        assembler.moveMask(TAIL, COUNT);
        format.prepare(row);
    }

    @Override
    public void chunk() {
        loop.countSteps(X86Layout.CHUNK / format.elements());
        Assembler.Label ready = new Assembler.Label();
        int unroll = Math.max(1, UNROLLED_ELEMENTS / format.elements());
        if (unroll > 1) {
            Assembler.Label rest = new Assembler.Label();
            Assembler.Label some = assembler.here();
            assembler.compareConstant(COUNT, unroll);
            assembler.jump(Assembler.LESS, rest);
            blocks(unroll);
            assembler.addConstant(COUNT, -unroll);
            assembler.jump(some);
            assembler.bind(rest);
        }
        Assembler.Label one = assembler.here();
        assembler.test(COUNT, COUNT);
        assembler.jump(Assembler.EQUAL, ready);
        blocks(1);
        assembler.decrement(COUNT);
        assembler.jump(one);
        assembler.bind(ready);
        if (format instanceof PlainCode plain) {
            loop.tail(() -> tail(plain));
        }
    }

    private void blocks(int count) {
        for (int block = 0; block < count; block++) {
            row.block(block);
            for (int r = 0; r < rows; r++) {
                format.begin(row, r);
            }
            for (int index = 0; index < format.elements() / X86Layout.LANES; index++) {
                int element = block * format.elements() + index * X86Layout.LANES;
                for (int token = 0; token < tokens; token++) {
                    assembler.vector(Instructions.VMOVUPS, FIRST_TOKEN + token, 0, x(token, element));
                }
                for (int r = 0; r < rows; r++) {
                    format.vector(row, r, index, RowCode.WEIGHTS);
                    multiply(r);
                }
            }
        }
        row.block(0);
        if (prefetch > 0) {
            for (int r = 0; r < rows; r++) {
                for (int line = 0; line < count * format.bytes(); line += LINE) {
                    assembler.prefetch(row.at(r, prefetch + line));
                }
            }
        }
        loop.advance(count * format.bytes(), count * format.elements() * Float.BYTES);
    }

    private void multiply(int r) {
        for (int token = 0; token < tokens; token++) {
            assembler.vector(Instructions.VFMADD231PS, loop.sum(r, token), RowCode.WEIGHTS, FIRST_TOKEN + token);
        }
    }

    private Address x(int token, int element) {
        return DotLoop.x(token).plus(element * Float.BYTES);
    }

    /** The elements beyond the last whole vector of the last chunk, which only formats without blocks have. */
    private void tail(PlainCode plain) {
        for (int token = 0; token < tokens; token++) {
            assembler.masked(Instructions.VMOVUPS, TAIL, FIRST_TOKEN + token, x(token, 0), true);
        }
        for (int r = 0; r < rows; r++) {
            plain.tail(row, r, TAIL, RowCode.WEIGHTS);
            multiply(r);
        }
    }
}
