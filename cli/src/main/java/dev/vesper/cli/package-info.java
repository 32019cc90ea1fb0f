/** The command line: one class for each command, results on stdout, everything else on stderr. */
@org.jspecify.annotations.NullMarked
package dev.vesper.cli;
