package dev.vesper.tensor.x86;

/** A vector instruction: which table it is in, its implied prefix, its W bit and its number there. */
record Opcode(int map, int prefix, int w, int number) {}
