package dev.vesper.llm.chat.jinja;

import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.TextStyle;
import java.time.temporal.ChronoUnit;
import java.time.temporal.IsoFields;
import java.util.Locale;

/** C's {@code strftime} in the C locale; {@code %-d} leaves out leading zeros, as glibc does. */
final class Strftime {
    private Strftime() {}

    static String format(String format, LocalDateTime time) {
        var out = new StringBuilder();
        int i = 0;
        while (i < format.length()) {
            char c = format.charAt(i++);
            if (c != '%') {
                out.append(c);
                continue;
            }
            boolean bare = i < format.length() && format.charAt(i) == '-';
            i += bare ? 1 : 0;
            if (i >= format.length()) {
                throw TemplateException.value("strftime_now: '%s' ends within a directive".formatted(format));
            }
            String field = field(format.charAt(i++), time);
            out.append(bare ? withoutZeros(field) : field);
        }
        return out.toString();
    }

    private static String withoutZeros(String field) {
        int start = 0;
        while (start < field.length() - 1 && (field.charAt(start) == '0' || field.charAt(start) == ' ')) {
            start++;
        }
        return field.substring(start);
    }

    private static String field(char directive, LocalDateTime time) {
        return switch (directive) {
            case 'a' -> time.getDayOfWeek().getDisplayName(TextStyle.SHORT, Locale.ENGLISH);
            case 'A' -> time.getDayOfWeek().getDisplayName(TextStyle.FULL, Locale.ENGLISH);
            case 'b', 'h' -> time.getMonth().getDisplayName(TextStyle.FULL, Locale.ENGLISH).substring(0, 3);
            case 'B' -> time.getMonth().getDisplayName(TextStyle.FULL, Locale.ENGLISH);
            case 'c' -> format("%a %b %e %H:%M:%S %Y", time);
            case 'C' -> "%02d".formatted(time.getYear() / 100);
            case 'd' -> "%02d".formatted(time.getDayOfMonth());
            case 'D', 'x' -> format("%m/%d/%y", time);
            case 'e' -> "%2d".formatted(time.getDayOfMonth());
            case 'f' -> "%06d".formatted(time.getNano() / 1000);
            case 'F' -> format("%Y-%m-%d", time);
            case 'G' -> Integer.toString(time.get(IsoFields.WEEK_BASED_YEAR));
            case 'H' -> "%02d".formatted(time.getHour());
            case 'I' -> "%02d".formatted((time.getHour() + 11) % 12 + 1);
            case 'j' -> "%03d".formatted(time.getDayOfYear());
            case 'm' -> "%02d".formatted(time.getMonthValue());
            case 'M' -> "%02d".formatted(time.getMinute());
            case 'n' -> "\n";
            case 'p' -> time.getHour() < 12 ? "AM" : "PM";
            case 'R' -> format("%H:%M", time);
            case 's' -> Long.toString(LocalDateTime.of(1970, 1, 1, 0, 0).until(time, ChronoUnit.SECONDS));
            case 'S' -> "%02d".formatted(time.getSecond());
            case 't' -> "\t";
            case 'T', 'X' -> DateTimeFormatter.ofPattern("HH:mm:ss", Locale.ROOT).format(time);
            case 'u' -> Integer.toString(time.getDayOfWeek().getValue());
            case 'U' -> "%02d".formatted((time.getDayOfYear() + 6 - time.getDayOfWeek().getValue() % 7) / 7);
            case 'V' -> "%02d".formatted(time.get(IsoFields.WEEK_OF_WEEK_BASED_YEAR));
            case 'w' -> Integer.toString(time.getDayOfWeek().getValue() % 7);
            case 'W' -> "%02d".formatted((time.getDayOfYear() + 7 - time.getDayOfWeek().getValue()) / 7);
            case 'y' -> "%02d".formatted(time.getYear() % 100);
            case 'Y' -> Integer.toString(time.getYear());
            // a date without a time zone, as datetime.now() is, has neither offset nor name
            case 'z', 'Z' -> "";
            case '%' -> "%";
            default -> throw TemplateException.value("strftime_now: unknown directive '%%%c'".formatted(directive));
        };
    }
}
