package dev.vesper.llm.chat.jinja;

import dev.vesper.llm.chat.jinja.TemplateException.Kind;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.Locale;

/**
 * Python's format specification: {@code [[fill]align][sign][#][0][width][,][.precision][type]}.
 *
 * @param align {@code < > = ^}, NUL for what suits the type
 * @param sign {@code +}, space or {@code -}
 * @param precision -1 if there is none
 * @param type NUL if there is none
 * @see <a href="https://docs.python.org/3/library/string.html#formatspec">Format Specification Mini-Language</a>
 */
record FormatSpec(
        int fill, char align, char sign, boolean alternate, int width, char grouping, int precision, char type) {
    private static final int LARGEST_PRECISION = 1000;
    private static final String ALIGNMENTS = "<>=^";

    static FormatSpec parse(String spec) {
        int i = 0;
        int fill = ' ';
        char align = '\0';
        int firstLength = spec.isEmpty() ? 0 : Character.charCount(spec.codePointAt(0));
        if (firstLength > 0 && firstLength < spec.length() && ALIGNMENTS.indexOf(spec.charAt(firstLength)) >= 0) {
            fill = spec.codePointAt(0);
            align = spec.charAt(firstLength);
            i = firstLength + 1;
        } else if (firstLength > 0 && ALIGNMENTS.indexOf(spec.charAt(0)) >= 0) {
            align = spec.charAt(i++);
        }
        char sign = i < spec.length() && "+- ".indexOf(spec.charAt(i)) >= 0 ? spec.charAt(i++) : '-';
        boolean alternate = i < spec.length() && spec.charAt(i) == '#';
        i += alternate ? 1 : 0;
        if (i < spec.length() && spec.charAt(i) == '0') {
            fill = align == '\0' ? '0' : fill;
            align = align == '\0' ? '=' : align;
            i++;
        }
        int end = digits(spec, i);
        int width = number(spec, i, end, 0);
        i = end;
        char grouping = i < spec.length() && ",_".indexOf(spec.charAt(i)) >= 0 ? spec.charAt(i++) : '\0';
        int precision = -1;
        if (i < spec.length() && spec.charAt(i) == '.') {
            end = digits(spec, i + 1);
            if (end == i + 1) {
                throw TemplateException.value("Format specifier missing precision");
            }
            precision = number(spec, i + 1, end, -1);
            i = end;
        }
        char type = i < spec.length() ? spec.charAt(i++) : '\0';
        if (i < spec.length()) {
            throw TemplateException.value("Invalid format specifier '%s'".formatted(spec));
        }
        return new FormatSpec(fill, align, sign, alternate, width, grouping, precision, type);
    }

    private static int digits(String text, int from) {
        int end = from;
        while (end < text.length() && Character.digit(text.charAt(end), 10) >= 0) {
            end++;
        }
        return end;
    }

    private static int number(String text, int from, int end, int standard) {
        if (end - from > 8) {
            throw TemplateException.of(Kind.LIMIT, "a width or precision of more than eight digits");
        }
        return end == from ? standard : Integer.parseInt(text.substring(from, end));
    }

    String apply(Object value, Budget budget) {
        return switch (value) {
            case Double number -> number(number < 0, real(Math.abs(number)), budget);
            case Long number when isReal() -> number(number < 0, real(Math.abs((double) number)), budget);
            case Boolean flag when equals(parse("")) -> flag ? "True" : "False";
            case Object number when Numbers.isInteger(number) -> integer(Numbers.integer(number), budget);
            case String text -> text(text, budget);
            case Undefined undefined -> text("", budget);
            default -> {
                if (!equals(parse(""))) {
                    throw TemplateException.type("unsupported format string passed to %s.__format__"
                            .formatted(PythonText.typeName(value)));
                }
                yield PythonText.str(value, budget);
            }
        };
    }

    private boolean isReal() {
        return "eEfFgG%".indexOf(type) >= 0;
    }

    private TemplateException unknownType(String of) {
        return TemplateException.value("Unknown format code '%c' for object of type '%s'".formatted(type, of));
    }

    private String text(String text, Budget budget) {
        if (type != '\0' && type != 's') {
            throw unknownType("str");
        }
        int length = PythonText.length(text);
        return pad(
                precision < 0 || precision >= length ? text : text.substring(0, text.offsetByCodePoints(0, precision)),
                '<',
                budget);
    }

    private String integer(BigInteger number, Budget budget) {
        if (number.bitLength() > Long.SIZE) {
            budget.largeInteger();
        }
        String digits = switch (type) {
            case '\0', 'd', 'n' -> number.abs().toString();
            case 'x' -> (alternate ? "0x" : "") + number.abs().toString(16);
            case 'X' -> (alternate ? "0X" : "") + number.abs().toString(16).toUpperCase(Locale.ROOT);
            case 'o' -> (alternate ? "0o" : "") + number.abs().toString(8);
            case 'b' -> (alternate ? "0b" : "") + number.abs().toString(2);
            default -> {
                if (isReal()) {
                    yield real(Math.abs(number.doubleValue()));
                }
                throw unknownType("int");
            }
        };
        return number(number.signum() < 0, digits, budget);
    }

    private String number(boolean negative, String digits, Budget budget) {
        String grouped = grouping == '\0' ? digits : grouped(digits);
        String prefix = negative ? "-" : sign == '-' ? "" : String.valueOf(sign);
        if (align == '=') {
            int missing = Math.max(0, width - prefix.length() - grouped.length());
            budget.string(missing);
            return prefix + Character.toString(fill).repeat(missing) + grouped;
        }
        return pad(prefix + grouped, '>', budget);
    }

    private String grouped(String digits) {
        int end = digits.indexOf('.') >= 0 ? digits.indexOf('.') : digits(digits, 0);
        var grouped = new StringBuilder(digits);
        for (int i = end - 3; i > 0; i -= 3) {
            grouped.insert(i, grouping);
        }
        return grouped.toString();
    }

    private String pad(String text, char standard, Budget budget) {
        int missing = Math.max(0, width - PythonText.length(text));
        budget.string((long) missing + text.length());
        int left = switch (align == '\0' ? standard : align) {
            case '<' -> 0;
            case '^' -> missing / 2;
            default -> missing;
        };
        String filler = Character.toString(fill);
        return filler.repeat(left) + text + filler.repeat(missing - left);
    }

    private String real(double number) {
        if (Double.isNaN(number) || Double.isInfinite(number)) {
            return Double.isNaN(number) ? "nan" : "inf";
        }
        if (precision > LARGEST_PRECISION) {
            throw TemplateException.of(Kind.LIMIT, "a precision of more than %d digits".formatted(LARGEST_PRECISION));
        }
        int digits = precision < 0 ? 6 : precision;
        return switch (type) {
            case 'f', 'F' -> fixed(new BigDecimal(number), digits);
            case '%' -> fixed(new BigDecimal(number).movePointRight(2), digits) + "%";
            case 'e' -> exponential(number, digits, true);
            case 'E' -> exponential(number, digits, true).replace('e', 'E');
            case 'g' -> general(number, Math.max(1, digits));
            case 'G' -> general(number, Math.max(1, digits)).replace('e', 'E');
            case '\0' -> {
                if (precision < 0) {
                    yield PythonText.real(number);
                }
                String general = general(number, Math.max(1, digits));
                yield general.indexOf('.') < 0 && general.indexOf('e') < 0 ? general + ".0" : general;
            }
            default -> throw unknownType("float");
        };
    }

    private static String fixed(BigDecimal number, int digits) {
        return number.setScale(digits, RoundingMode.HALF_EVEN).toPlainString();
    }

    private static String exponential(double number, int digits, boolean keepZeros) {
        BigDecimal rounded = new BigDecimal(number).round(new MathContext(digits + 1, RoundingMode.HALF_EVEN));
        int exponent = number == 0 ? 0 : rounded.precision() - rounded.scale() - 1;
        BigDecimal mantissa = rounded.movePointLeft(exponent).setScale(digits, RoundingMode.HALF_EVEN);
        return (keepZeros ? mantissa.toPlainString() : withoutZeros(mantissa)) + PythonText.exponent(exponent);
    }

    private static String general(double number, int digits) {
        BigDecimal rounded = new BigDecimal(number).round(new MathContext(digits, RoundingMode.HALF_EVEN));
        int exponent = number == 0 ? 0 : rounded.precision() - rounded.scale() - 1;
        return exponent >= -4 && exponent < digits
                ? withoutZeros(rounded)
                : exponential(number, digits - 1, false);
    }

    private static String withoutZeros(BigDecimal number) {
        return number.signum() == 0 ? "0" : number.stripTrailingZeros().toPlainString();
    }
}
