package dev.vesper.train.eval.task;

import java.math.BigDecimal;
import java.text.Normalizer;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** When a reply counts as a known answer. */
final class Answers {
    /** What is done to texts before they are compared, for reports. */
    static final String TEXT_RULE = "reply and answer count as equal after Unicode NFKC, in small letters, without"
            + " punctuation other than within numbers, without the words a, an and the, and with runs of white space as one space";

    /** What is done to numbers. */
    static final String NUMBER_RULE = "the number after #### in the reply, or else its last number, has to have the"
            + " value of the answer, without separators of thousands";

    /** A minus that is no dash or subtraction, digits with or without separators of thousands and a fraction. */
    private static final Pattern NUMBER = Pattern.compile(
            "((?<![\\d)])[-−])?((\\d{1,3}(,\\d{3})+(?!\\d)|\\d+)(\\.\\d+)?|(?<!\\d)\\.\\d+)");

    /** Any but a hyphen or minus. */
    private static final String SIGN = "[\\p{P}\\p{S}&&[^-−]]";

    /** All but the signs between two digits, and a minus before a number that follows no letter or digit. */
    private static final Pattern PUNCTUATION = Pattern.compile(
            "(?<!\\d)" + SIGN + "|" + SIGN + "(?!\\d)|[-−](?!\\d)|(?<=[\\p{L}\\d])[-−]");

    private static final Pattern ARTICLES = Pattern.compile("\\b(a|an|the)\\b");

    private Answers() {}

    static boolean right(String reply, Question.Open question) {
        return question.number() ? sameNumber(reply, question.answers()) : sameText(reply, question.answers());
    }

    private static boolean sameText(String reply, List<String> answers) {
        String normalised = normalised(reply);
        return answers.stream().anyMatch(answer -> normalised(answer).equals(normalised));
    }

    /** As SQuAD compares answers (Rajpurkar et al. 2016). An answer that is all punctuation or an article is kept as it is. */
    static String normalised(String text) {
        String plain = Normalizer.normalize(text, Normalizer.Form.NFKC).toLowerCase(Locale.ROOT).strip();
        String bare = ARTICLES.matcher(PUNCTUATION.matcher(plain).replaceAll("")).replaceAll(" ");
        String joined = bare.strip().replaceAll("\\s+", " ");
        return joined.isEmpty() ? plain.replaceAll("\\s+", " ") : joined;
    }

    private static boolean sameNumber(String reply, List<String> answers) {
        int hashes = reply.indexOf("####");
        Optional<BigDecimal> found = hashes >= 0 ? first(reply.substring(hashes)) : last(reply);
        return found.isPresent()
                && answers.stream().map(Answers::number).flatMap(Optional::stream).anyMatch(
                        answer -> answer.compareTo(found.get()) == 0);
    }

    /** The value of a text that is a number, with a currency or per cent sign around it at most. */
    static Optional<BigDecimal> number(String text) {
        String bare = text.strip().replaceAll("^[$€£]\\s*|\\s*[%€]$|\\.$", "");
        return NUMBER.matcher(bare).matches() ? Optional.of(value(bare)) : Optional.empty();
    }

    private static Optional<BigDecimal> first(String text) {
        Matcher matcher = NUMBER.matcher(text);
        return matcher.find() ? Optional.of(value(matcher.group())) : Optional.empty();
    }

    private static Optional<BigDecimal> last(String text) {
        Matcher matcher = NUMBER.matcher(text);
        Optional<BigDecimal> last = Optional.empty();
        while (matcher.find()) {
            last = Optional.of(value(matcher.group()));
        }
        return last;
    }

    private static BigDecimal value(String digits) {
        return new BigDecimal(digits.replace(",", "").replace('−', '-'));
    }
}
