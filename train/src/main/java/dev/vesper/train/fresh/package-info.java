/** Models that have learnt nothing yet: their shape, their vocabulary, and random weights to begin with. */
@org.jspecify.annotations.NullMarked
package dev.vesper.train.fresh;
