/** What a model achieves, and how sure that is: losses, tasks, recitation and judgments, each with its interval. */
@org.jspecify.annotations.NullMarked
package dev.vesper.train.eval;
