/** Replies of two models, judged by a person who does not see whose they are. */
@org.jspecify.annotations.NullMarked
package dev.vesper.train.eval.judge;
