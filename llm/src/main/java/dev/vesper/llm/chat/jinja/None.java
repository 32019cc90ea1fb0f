package dev.vesper.llm.chat.jinja;

/** Python's None. */
enum None {
    NONE
}
