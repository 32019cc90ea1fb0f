/** What an evaluation found, as data, and as Markdown, JSON and a page with pictures. */
@org.jspecify.annotations.NullMarked
package dev.vesper.train.eval.report;
