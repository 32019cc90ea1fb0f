package dev.vesper.cli;

import java.lang.reflect.Method;

/**
 * Brings the module of the Vector API into the running JVM, which an option {@code --add-modules} would do too, but with
 * a warning about incubator modules on the stderr of every command, and only where somebody gives the option.
 *
 * <p>The JDK loads modules late in this way itself (its management agent, for one). The method is not part of its
 * interface: the manifest of vesper.jar exports the package ({@code Add-Exports}), and a JDK without the method, or a
 * class path without that manifest, leaves the scalar kernels, which say so.
 *
 * <p>HotSpot compiles vectors to instructions from the moment that the module is defined, so that late is no slower,
 * as long as it is before the first vector.
 */
final class VectorModule {
    private static final String MODULE = "jdk.incubator.vector";

    private VectorModule() {}

    /** Loads the module unless it is there; has no effect where the JDK does not let us. */
    static void load() {
        if (isPresent()) {
            return;
        }
        try {
            Method loadModule = Class.forName("jdk.internal.module.Modules").getMethod("loadModule", String.class);
            loadModule.invoke(null, MODULE);
        } catch (ReflectiveOperationException e) {
            System.err.println("vesper: the Vector API cannot be loaded, so that the slow scalar kernels run: " + e);
        }
    }

    /** Whether classes of the Vector API are found. */
    static boolean isPresent() {
        try {
            Class.forName(MODULE + ".Vector", false, null);
            return true;
        } catch (ClassNotFoundException e) {
            return false;
        }
    }
}
