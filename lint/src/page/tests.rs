//! The positions of values in templates, for each form of a template.

use std::collections::BTreeMap;

use super::known::{Shape, Types};
use super::source::split;
use super::walk::flaws;

fn messages(text: &str) -> Vec<String> {
    let note: BTreeMap<String, Shape> =
        [("id".to_owned(), Shape::Plain), ("text".to_owned(), Shape::Unknown)].into();
    let types: Types = [(vec!["Note".to_owned()], note)].into();
    let notes = Shape::Many(Box::new(Shape::Item(vec!["Note".to_owned()])));
    let fields: BTreeMap<String, Shape> = [
        ("id".to_owned(), Shape::Plain),
        ("nonce".to_owned(), Shape::Plain),
        ("notes".to_owned(), notes),
    ]
    .into();
    let found = flaws(&split(text, "page.html"), &fields, &types);
    found.into_iter().map(|flaw| flaw.message).collect()
}

#[test]
fn values_are_judged_by_where_they_stand() {
    for (text, why) in [
        ("<a href={{ q }}>", "without quotes"),
        ("<a href=/{{ q }}>", "without quotes"),
        ("<a title = {{ q }} >", "without quotes"),
        ("<a href=\"{{ q }}\">", "whole address in `href`"),
        ("<a class='x' HREF='{{ q }}'>", "whole address in `href`"),
        ("<img src=\"{{q}}\">", "whole address in `src`"),
        ("<a href=\"https://{{ host }}/\">", "whole address"),
        ("<a href=\"//{{ host }}/\">", "whole address"),
        ("<form action=\"{% if a %}{{ b }}{% else %}/c{% endif %}\">", "whole address in `action`"),
        ("<button formaction=\"{{ q }}\">", "whole address in `formaction`"),
        ("<a href=\"javascript:go('{{ q }}')\">", "runs"),
        ("<a onclick=\"go('{{ q }}')\">", "`onclick`"),
        ("<p style=\"color: {{ q }}\">", "style"),
        ("<iframe srcdoc=\"{{ q }}\">", "srcdoc"),
        ("<script>let x = \"{{ q }}\";</script>", "script"),
        ("<script nonce=\"{{ nonce }}\">{{ q }}</script>", "script"),
        ("<style>a { color: {{ q }} }</style>", "style"),
        ("<{{ tag }}>", "name of an element"),
        ("<p {{ attributes }}>", "name of an attribute"),
        ("<!-- a > b --><a href={{ q }}>", "without quotes"),
        ("{% if a %}<a href=\"/x\">{% else %}<a href=\"{% endif %}{{ q }}\">", "whole address"),
        ("<a href=\"{% if local %}/notes/{% endif %}{{ link }}\">", "whole address"),
        ("<a href=\"{% if full %}{% else %}/x/{% endif %}{{ link }}\">", "whole address"),
        (
            "<a href=\"{% match a %}{% when 1 %}/x/{% when _ %}{% endmatch %}{{ q }}\">",
            "whole address",
        ),
        ("<a href=\"{% for a in b %}/x/{% endfor %}{{ q }}\">", "whole address"),
        ("{% if a %}<p title={% endif %}{{ q }}>", "without quotes"),
        ("<script src=\"/{{ q }}\">", "whole address in `src`"),
        ("<script src=\"/{{ q|urlencode }}\">", "whole address in `src`"),
        ("<script src=\"{{ q|urlencode }}\">", "whole address in `src`"),
        ("<script src=\"{{ q|urlencode_strict|lower }}\">", "whole address in `src`"),
        ("<a href=\"{{ a|urlencode_strict }}{{ q }}\">", "`q` decides the whole address"),
        ("<a href=\"{{ a|urlencode_strict }}/{{ q }}\">", "`q` decides the whole address"),
        ("<a href=\"https:///{{ q }}\">", "whole address"),
        ("<a href=\"\\{{ q }}\">", "whole address"),
        ("<img srcset=\"/a.png 1x, {{ q }} 2x\">", "whole address in `srcset`"),
        ("<a href=\"/x\" ping=\"/a {{ q }}\">", "whole address in `ping`"),
        ("<meta http-equiv=\"refresh\" content=\"0; url={{ q }}\">", "whole address in `content`"),
        ("<iframe src=\"data:text/html,{{ q }}\">", "runs"),
        ("{% for id in names %}<a href=\"{{ id }}\">{% endfor %}", "whole address"),
        ("{% for note in notes %}<a href=\"{{ note.text }}\">{% endfor %}", "whole address"),
        ("{% let id = q %}<a href=\"{{ id }}\">", "whole address"),
        ("{% let mut to = \"/x\" %}{% mut to = q %}<a href=\"{{ to }}\">", "whole address"),
        (
            "{% decl to %}{% if a %}{% let to = q %}{% endif %}<a href=\"{{ to }}\">",
            "whole address",
        ),
        ("{% let id %}{{ q }}{% endlet %}<a href=\"{{ id }}\">", "whole address"),
        ("{% if let Some(id) = q %}<a href=\"{{ id }}\">{% endif %}", "whole address"),
        ("<a href=\"{{ \"{}\"|format(q) }}\">", "whole address"),
        (
            "{% macro link(to) %}<a href=\"{{ to }}\">{% endmacro %}{% call link(\"/x\") %}{% endcall %}{% call link(q) %}{% endcall %}",
            "`to` decides the whole address",
        ),
        (
            "{% macro to(a) %}{{ a }}{% endmacro %}<a href=\"{% call to(q) %}{% endcall %}\">",
            "`a` decides the whole address",
        ),
        (
            "{% macro in() %}<a href=\"{{ caller() }}\">{% endmacro %}{% call in() %}{{ q }}{% endcall %}",
            "`q` decides the whole address",
        ),
        ("<a href=\"{% call missing(1) %}{% endcall %}\">", "`missing` decides the whole address"),
        ("{% block a %}<script>{% endblock %}{{ q }}</script>", "script"),
    ] {
        let found = messages(text);
        assert_eq!(found.len(), 1, "{text}: {found:?}");
        assert!(found.iter().all(|message| message.contains(why)), "{text}: {found:?}");
    }
}

#[test]
fn values_that_escaping_keeps_in_their_place_are_right() {
    for text in [
        "<p>{{ q }}</p>",
        "<p title=\"{{ q }}\" class='{{ q }}'>",
        "<a href=\"/greet/{{ q }}\">",
        "<a href=\"/notes/{{ q }}?a={{ q }}#{{ q }}\">",
        "<a href=\"/{{ q|urlencode_strict }}\">",
        "<a href=\"/{{ id }}{{ q }}\">",
        "<a href=\"?page={{ q }}\">",
        "<a href=\"#{{ q }}\">",
        "<a href=\"https://example.com/{{ q }}\">",
        "<a href=\"mailto:{{ q }}\">",
        "<a href=\"{{ id }}\">",
        "<a href={{ id }}>",
        "<a href=\"{{ q|urlencode_strict }}\">",
        "<a href=\"{{ id }}{{ q }}\">",
        "<a href=\"{% if a %}/x{% else %}/y{% endif %}{{ q }}\">",
        "<a href=\"{% match a %} {% when 1 %}/x{% when _ %}/y{% endmatch %}{{ q }}\">",
        "<a href=\"/x{% for a in b %}/{{ a }}{% endfor %}{{ q }}\">",
        "<img src=\"data:image/png;base64,{{ q }}\">",
        "<img srcset=\"/a.png 1x, /b.png {{ q }}\">",
        "<meta name=\"description\" content=\"{{ q }}\">",
        "{% for note in notes %}<a href=\"{{ note.id }}\">{{ note.text }}</a>{% endfor %}",
        "{% for (at, note) in notes.iter().enumerate() %}<p id={{ at }}>{% endfor %}",
        "{% let home = \"/x\" %}<a href=\"{{ home }}\">",
        "{% let home = \"/x/\" %}<a href=\"{{ home }}{{ q }}\">",
        "{% macro link(to) %}<a href=\"{{ to }}\">{% endmacro %}{% call link(\"/x\") %}{% endcall %}",
        "{% macro link(to = \"/x\") %}<a href=\"{{ to }}\">{% endmacro %}{% call link() %}{% endcall %}",
        "{% macro in(a) %}<p>{{ caller() }}</p>{% endmacro %}{% call in(q) %}{{ q }}{% endcall %}",
        "{% if let Some(note) = one %}<p>{{ note }}</p>{% endif %}",
        "<script nonce=\"{{ nonce }}\">f()</script><p>{{ q }}</p>",
        "<script>let x = {{ q|json }};</script>",
        "<button onclick=\"f({{ q|json }})\">",
        "<textarea>{{ q }}</textarea><title>{{ q }}</title>",
        "<style nonce=\"{{ nonce }}\">a > b {}</style>{{ q }}",
        "<input value=\"{{ q }}\"{% if a %} hidden{% endif %}>",
        "{# <a href={{ q }}> #}",
        "{% raw %}<a href={{ q }}>{% endraw %}",
        "<p>a < b {{ q }}</p>",
        "<script>if (a < b) {}</script>{{ q }}",
        "<img alt=\"{{ q }}\" src=\"/a.png\"/>{{ q }}",
    ] {
        assert!(messages(text).is_empty(), "{text}: {:?}", messages(text));
    }
}
