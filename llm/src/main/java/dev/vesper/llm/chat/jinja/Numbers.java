package dev.vesper.llm.chat.jinja;

import java.math.BigDecimal;
import java.math.BigInteger;

/**
 * Python's numbers: int is {@link Long} where it fits and {@link BigInteger} where not, float is {@link Double}, and
 * bool counts as 0 or 1.
 */
final class Numbers {
    private static final int LARGEST_BITS = 1 << 14;
    private static final BigInteger LEAST_LONG = BigInteger.valueOf(Long.MIN_VALUE);
    private static final BigInteger GREATEST_LONG = BigInteger.valueOf(Long.MAX_VALUE);

    private Numbers() {}

    static boolean truth(Object value) {
        return switch (value) {
            case None none -> false;
            case Boolean flag -> flag;
            case Long number -> number != 0;
            case Double number -> number != 0;
            case String text -> !text.isEmpty();
            case Sequence sequence -> !sequence.items().isEmpty();
            case Dict dict -> dict.size() > 0;
            case Undefined undefined -> false;
            default -> true;
        };
    }

    static boolean isNumber(Object value) {
        return value instanceof Long || value instanceof Double || value instanceof Boolean
                || value instanceof BigInteger;
    }

    static boolean isInteger(Object value) {
        return value instanceof Long || value instanceof BigInteger || value instanceof Boolean;
    }

    static Object normal(BigInteger number) {
        if (number.compareTo(LEAST_LONG) >= 0 && number.compareTo(GREATEST_LONG) <= 0) {
            return number.longValue();
        }
        if (number.bitLength() > LARGEST_BITS) {
            throw tooLarge();
        }
        return number;
    }

    private static TemplateException tooLarge() {
        return TemplateException.of(
                TemplateException.Kind.LIMIT, "an integer of more than %d bits".formatted(LARGEST_BITS));
    }

    static BigInteger integer(Object number) {
        return switch (number) {
            case Boolean flag -> flag ? BigInteger.ONE : BigInteger.ZERO;
            case Long value -> BigInteger.valueOf(value);
            case BigInteger value -> value;
            default -> throw TemplateException.type(
                    "'%s' object cannot be interpreted as an integer".formatted(PythonText.typeName(number)));
        };
    }

    static double real(Object number) {
        return switch (number) {
            case Boolean flag -> flag ? 1 : 0;
            case Long value -> value;
            case BigInteger value -> value.doubleValue();
            case Double value -> value;
            default -> throw TemplateException.type("must be real number, not " + PythonText.typeName(number));
        };
    }

    static int compare(Object left, Object right) {
        if (left instanceof Long a && right instanceof Long b) {
            return Long.compare(a, b);
        }
        if (isInteger(left) && isInteger(right)) {
            return integer(left).compareTo(integer(right));
        }
        double a = real(left);
        double b = real(right);
        if (Double.isInfinite(a) || Double.isInfinite(b) || Double.isNaN(a) || Double.isNaN(b)) {
            return Double.compare(a, b);
        }
        return exact(left).compareTo(exact(right));
    }

    private static BigDecimal exact(Object number) {
        return number instanceof Double value ? new BigDecimal(value) : new BigDecimal(integer(number));
    }

    /** {@code left operator right} for two numbers. */
    static Object arithmetic(String operator, Object left, Object right) {
        if (operator.equals("/")) {
            double divisor = real(right);
            if (divisor == 0) {
                throw TemplateException.value("division by zero");
            }
            return real(left) / divisor;
        }
        if (left instanceof Double || right instanceof Double) {
            return realArithmetic(operator, real(left), real(right));
        }
        BigInteger a = integer(left);
        BigInteger b = integer(right);
        return switch (operator) {
            case "+" -> normal(a.add(b));
            case "-" -> normal(a.subtract(b));
            case "*" -> normal(a.multiply(b));
            case "//" -> normal(floorDivide(a, b, "integer division or modulo by zero")[0]);
            case "%" -> normal(floorDivide(a, b, "integer modulo by zero")[1]);
            default -> power(a, b);
        };
    }

    private static BigInteger[] floorDivide(BigInteger a, BigInteger b, String byZero) {
        if (b.signum() == 0) {
            throw TemplateException.value(byZero);
        }
        BigInteger[] parts = a.divideAndRemainder(b);
        if (parts[1].signum() != 0 && parts[1].signum() != b.signum()) {
            parts[0] = parts[0].subtract(BigInteger.ONE);
            parts[1] = parts[1].add(b);
        }
        return parts;
    }

    private static Object power(BigInteger base, BigInteger exponent) {
        if (exponent.signum() < 0) {
            return realArithmetic("**", base.doubleValue(), exponent.doubleValue());
        }
        if (base.abs().bitLength() <= 1) {
            boolean odd = exponent.testBit(0);
            return exponent.signum() == 0 ? 1L : base.signum() < 0 && !odd ? 1L : base.longValue();
        }
        if (exponent.bitLength() > 31 || (base.bitLength() - 1L) * exponent.intValue() > LARGEST_BITS) {
            throw tooLarge();
        }
        return normal(base.pow(exponent.intValue()));
    }

    private static Object realArithmetic(String operator, double a, double b) {
        boolean divides = operator.equals("//") || operator.equals("%");
        if ((divides && b == 0) || (operator.equals("**") && a == 0 && b < 0)) {
            throw TemplateException.value("float division by zero");
        }
        return switch (operator) {
            case "+" -> a + b;
            case "-" -> a - b;
            case "*" -> a * b;
            case "//" -> Math.floor((a - floorModulo(a, b)) / b + 0.5);
            case "%" -> floorModulo(a, b);
            default -> Math.pow(a, b);
        };
    }

    private static double floorModulo(double a, double b) {
        double remainder = a % b;
        return remainder != 0 && (remainder < 0) != (b < 0) ? remainder + b : remainder;
    }
}
