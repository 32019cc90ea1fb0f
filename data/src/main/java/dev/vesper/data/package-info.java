/** Datasets: reads files of examples, judges them, and makes of them the rows that training and measuring work on. */
@org.jspecify.annotations.NullMarked
package dev.vesper.data;
