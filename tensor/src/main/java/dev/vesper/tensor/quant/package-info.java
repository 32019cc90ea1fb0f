/** Block formats: one file for each, with its byte layout as a picture and a scalar codec. */
@org.jspecify.annotations.NullMarked
package dev.vesper.tensor.quant;
