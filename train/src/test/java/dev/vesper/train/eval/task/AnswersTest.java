package dev.vesper.train.eval.task;

import static org.assertj.core.api.Assertions.assertThat;

import dev.vesper.train.eval.task.Question.Form;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AnswersTest {
    private static boolean right(String reply, String answer, boolean number) {
        return Answers.right(reply, new Question.Open("p", "q", Form.PROMPT, List.of(answer, "other one"), number));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|', ignoreLeadingAndTrailingWhitespace = false, value = {
                " Paris. |paris|true", "The  Eiffel Tower!|eiffel tower|true", "an apple|Apple|true",
                "Other one|x|true",
                "Paris, France|paris|false", "3.5|35|false", "-5|5|false", "3.5.|3.5|true", "well-known|wellknown|true",
                "ﬁne|fine|true", "Theodor|odor|false", "|x|false", "The|the|true", "?|?|true", "1,000|1000|false"
            })
    void texts(String reply, String answer, boolean same) {
        assertThat(right(reply == null ? "" : reply, answer, false)).isEqualTo(same);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|', value = {
                "So it is 12.|12|true", "12 and then 13|12|false", "#### 12 of 13|12|true", "about $1,012.00|1012|true",
                "10 - 3 = 7|7|true", "5-3|3|true", "it is -4|-4|true", "it is −4|-4|true", "it is 4|-4|false",
                "none|1|false",
                "0.50|.5|true", "1234,5|5|true", "x = 7.|7|true"
            })
    void numbers(String reply, String answer, boolean same) {
        assertThat(right(reply, answer, true)).isEqualTo(same);
    }

    @Test
    void whatIsANumber() {
        assertThat(Answers.number(" $1,200 "))
                .hasValueSatisfying(value -> assertThat(value).isEqualByComparingTo("1200"));
        assertThat(Answers.number("50%")).isPresent();
        assertThat(Answers.number("12,34")).isEmpty();
        assertThat(Answers.number("twelve")).isEmpty();
        assertThat(Answers.number("")).isEmpty();
    }
}
