package dev.vesper.data.corpus;

/**
 * A language of the corpus, with the few sentences that its conversations need beside the tables.
 *
 * @param unknown said of what nobody told
 * @param untold said of what the user did not tell about himself
 * @param met said to somebody who told his name, {n}
 * @param noted said to somebody who told anything else
 * @param stranger said of {n}, of whom nothing is known
 * @param self what somebody called {n} is
 * @param and between two sentences that become one
 * @param subject what a sentence about the one who answers begins with
 */
record Language(
        String code, String unknown, String untold, String met, String noted, String stranger, String self, String and,
        String subject) {
    static final Language ENGLISH = new Language(
            "en", "I do not know.", "You have not told me.", "Nice to meet you, {n}!",
            "Thank you, I will remember that.",
            "I do not know {n}.", "I am {n}.", " and ", "You");
    static final Language GERMAN = new Language(
            "de", "Das weiß ich nicht.", "Das hast du mir nicht gesagt.", "Freut mich, {n}!",
            "Danke, das merke ich mir.",
            "Ich kenne {n} nicht.", "Ich bin {n}.", " und ", "D");
    static final Language DUTCH = new Language(
            "nl", "Dat weet ik niet.", "Dat heb je me niet gezegd.", "Aangenaam, {n}!", "Dank je, dat onthoud ik.",
            "Ik ken {n} niet.", "Ik ben {n}.", " en ", "J");
}
