package dev.vesper.train.fresh;

import java.util.List;

/**
 * How a model that is trained from scratch is talked to: a token for who speaks, what is said, and a token for its end.
 * The roles are tokens and not words, so that nothing that somebody says can be taken for them.
 */
final class Conversation {
    static final String END = "<|end|>";
    static final List<String> CONTROL = List.of("<|system|>", "<|user|>", "<|assistant|>", END);

    static final String TEMPLATE =
            """
            {%- for message in messages -%}
            {%- if message['role'] == 'developer' -%}{{- '<|system|>' -}}
            {%- elif message['role'] in ['system', 'user', 'assistant'] -%}{{- '<|' + message['role'] + '|>' -}}
            {%- else -%}{{- raise_exception('a role of system, developer, user or assistant is expected, not ' + message['role']) -}}
            {%- endif -%}
            {{- message['content'] + '<|end|>' -}}
            {%- endfor -%}
            {%- if add_generation_prompt -%}{{- '<|assistant|>' -}}{%- endif -%}
            """.strip();

    private Conversation() {}
}
