/** Questions with known answers: their file formats, how a model is asked, and what counts as right. */
@org.jspecify.annotations.NullMarked
package dev.vesper.train.eval.task;
