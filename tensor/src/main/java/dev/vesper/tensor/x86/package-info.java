/** Machine code for x86-64 processors with AVX-512, written at run time: what C2 does not make of the Vector API. */
@NullMarked
package dev.vesper.tensor.x86;

import org.jspecify.annotations.NullMarked;
