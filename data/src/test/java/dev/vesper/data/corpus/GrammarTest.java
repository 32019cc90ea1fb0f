package dev.vesper.data.corpus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The short notation of phrases. */
class GrammarTest {
    @Test
    void choicesAreMultipliedAndMayBeEmptyOrNested() {
        assertThat(Grammar.expand("Where (do you live|is your (home|house))(| now)?")).containsExactly(
                "Where do you live?", "Where do you live now?", "Where is your home?", "Where is your home now?",
                "Where is your house?", "Where is your house now?");
        assertThat(Grammar.expand("Hello!")).containsExactly("Hello!");
    }

    @Test
    void aMissingBracketIsFound() {
        assertThatThrownBy(() -> Grammar.expand("Where (do you live?")).hasMessageContaining("( at 6");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|', value = {
                "Do you know my name.|Do you know my name?", "Tell me my name?|Tell me my name.",
                "Where is it?|Where is it?",
                "Good morning!|Good morning!", "Nenne mir die Stadt?|Nenne mir die Stadt.", "What's up|What's up?",
            })
    void theFirstWordDecidesOnTheMark(String sentence, String marked) {
        assertThat(Grammar.marked(sentence)).isEqualTo(marked);
    }
}
