package dev.vesper.cli;

import dev.vesper.tensor.kernel.KernelChoice;
import java.io.IOException;
import java.io.InputStream;
import java.util.Properties;
import picocli.CommandLine.IVersionProvider;

/** What runs: the version of Vesper, the JDK, and the kernels. */
final class Version implements IVersionProvider {
    @Override
    public String[] getVersion() throws IOException {
        Runtime.Version jdk = Runtime.version();
        KernelChoice choice = KernelChoice.of("auto");
        return new String[] {
            "vesper " + number(),
            "JDK " + jdk + " (" + System.getProperty("java.vendor") + ") in " + System.getProperty("java.home"),
            "kernels " + choice.kernels().description() + ", " + choice.reason()
        };
    }

    /** The version of this build, as the build wrote it. */
    private static String number() throws IOException {
        var properties = new Properties();
        try (InputStream in = Version.class.getResourceAsStream("build.properties")) {
            if (in == null) {
                throw new IOException("build.properties is missing beside " + Version.class.getName());
            }
            properties.load(in);
        }
        return properties.getProperty("version");
    }
}
