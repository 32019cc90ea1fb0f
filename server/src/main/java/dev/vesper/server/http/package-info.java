/** HTTP without the API: routes, bodies, event streams, who may ask, and who went away. */
@org.jspecify.annotations.NullMarked
package dev.vesper.server.http;
