package dev.vesper.train;

/**
 * Where a run is, beside its weights. Order of rows and random numbers are functions of the seed and the step.
 *
 * @param step steps made
 * @param seconds that these took, in all processes
 * @param tokens positions learnt from
 */
record RunState(int step, double seconds, long tokens, LossCurve curve) {}
