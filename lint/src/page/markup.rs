//! Where in the markup the values of a template stand.
//!
//! Escaping keeps a value from ending its element or a quoted attribute. It does nothing for a value
//! elsewhere: the whole of an address, a part of a script or a style, an attribute without
//! quotes.

use super::Flaw;
use super::source::{Kind, Piece};
use crate::finding::Place;

/// Attributes that hold an address which the browser follows or loads.
pub(super) const ADDRESSES: &[&str] = &[
    "action",
    "background",
    "data",
    "formaction",
    "href",
    "manifest",
    "ping",
    "poster",
    "src",
    "srcset",
    "xlink:href",
];

/// Elements whose content is not markup.
const RAW: &[&str] = &["script", "style", "textarea", "title"];

/// What is wrong with the values of a template. `plain` are the fields that hold no text of a caller.
pub(super) fn flaws(pieces: &[Piece], plain: &[String]) -> Vec<Flaw> {
    let mut reader = Reader::default();
    let mut branches: Vec<Reader> = Vec::new();
    let mut found = Vec::new();
    for piece in pieces {
        match &piece.kind {
            Kind::Text(text) => text.chars().for_each(|c| reader.read(c)),
            Kind::Tag(tag) => match tag.split_whitespace().next().unwrap_or_default() {
                "if" | "match" | "for" => branches.push(reader.clone()),
                // Each branch begins where the first one did.
                "else" | "elif" | "when" => {
                    if let Some(before) = branches.last() {
                        reader.clone_from(before);
                    }
                }
                "endif" | "endmatch" | "endfor" => {
                    branches.pop();
                }
                _ => {}
            },
            Kind::Value(value) => {
                if let Some(why) = reader.judge(value, plain) {
                    let width = value.chars().count().saturating_add(4);
                    found.push(Flaw {
                        file: piece.file.clone(),
                        place: Place {
                            line: piece.line,
                            column: piece.column,
                            end_line: piece.line,
                            end_column: piece.column.saturating_add(width),
                        },
                        message: format!("`{value}` {why}"),
                    });
                }
                reader.value();
            }
        }
    }
    found
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
enum State {
    #[default]
    Text,
    /// After `<`.
    Open,
    /// `<!doctype ..>`
    Declaration,
    Comment,
    TagName,
    InTag,
    Name,
    AfterName,
    BeforeValue,
    Quoted(char),
    Unquoted,
    /// In an element whose content is not markup.
    Raw,
}

/// Reads markup as browsers do, as far as it matters for where a value stands.
#[derive(Clone, Debug, Default)]
struct Reader {
    state: State,
    closing: bool,
    tag: String,
    attribute: String,
    /// What stands in the attribute before the place.
    before: String,
    /// Whether a value stood in the attribute already.
    filled: bool,
    /// The last characters, to find the end of a comment or of raw content.
    tail: String,
}

impl Reader {
    fn read(&mut self, c: char) {
        match self.state {
            State::Text if c == '<' => self.state = State::Open,
            State::Text => {}
            State::Open => self.opened(c),
            State::Declaration => {
                self.remember(c);
                if self.tail.ends_with("<!--") {
                    self.state = State::Comment;
                } else if c == '>' {
                    self.state = State::Text;
                }
            }
            State::Comment => {
                self.remember(c);
                if self.tail.ends_with("-->") {
                    self.state = State::Text;
                }
            }
            State::TagName => match c {
                '>' => self.tag_ends(),
                '/' => self.state = State::InTag,
                c if c.is_whitespace() => self.state = State::InTag,
                c => self.tag.push(c.to_ascii_lowercase()),
            },
            State::InTag => match c {
                '>' => self.tag_ends(),
                '/' => {}
                c if c.is_whitespace() => {}
                c => self.name_begins(c),
            },
            State::Name | State::AfterName => match c {
                '>' => self.tag_ends(),
                '/' => self.state = State::InTag,
                '=' => self.state = State::BeforeValue,
                c if c.is_whitespace() => self.state = State::AfterName,
                c if self.state == State::AfterName => self.name_begins(c),
                c => self.attribute.push(c.to_ascii_lowercase()),
            },
            State::BeforeValue => match c {
                '>' => self.tag_ends(),
                '"' | '\'' => self.value_begins(State::Quoted(c)),
                c if c.is_whitespace() => {}
                c => {
                    self.value_begins(State::Unquoted);
                    self.before.push(c);
                }
            },
            State::Quoted(quote) if c == quote => self.state = State::InTag,
            State::Quoted(_) => self.before.push(c),
            State::Unquoted => match c {
                '>' => self.tag_ends(),
                c if c.is_whitespace() => self.state = State::InTag,
                c => self.before.push(c),
            },
            State::Raw => {
                self.remember(c);
                let end = format!("</{}", self.tag);
                if self.tail.to_ascii_lowercase().ends_with(&end) {
                    self.closing = true;
                    self.state = State::TagName;
                }
            }
        }
    }

    fn opened(&mut self, c: char) {
        self.tag.clear();
        self.closing = c == '/';
        self.state = match c {
            '!' => {
                "<!".clone_into(&mut self.tail);
                State::Declaration
            }
            '/' => State::TagName,
            c if c.is_ascii_alphabetic() => {
                self.tag.push(c.to_ascii_lowercase());
                State::TagName
            }
            _ => State::Text,
        };
    }

    fn name_begins(&mut self, c: char) {
        self.attribute.clear();
        self.attribute.push(c.to_ascii_lowercase());
        self.state = State::Name;
    }

    fn value_begins(&mut self, state: State) {
        self.before.clear();
        self.filled = false;
        self.state = state;
    }

    fn tag_ends(&mut self) {
        let raw = !self.closing && RAW.contains(&self.tag.as_str());
        self.tail.clear();
        self.state = if raw { State::Raw } else { State::Text };
    }

    fn remember(&mut self, c: char) {
        self.tail.push(c);
        if self.tail.len() > 64 {
            self.tail = self.tail.chars().skip(32).collect();
        }
    }

    /// A value has been put here.
    fn value(&mut self) {
        if self.state == State::BeforeValue {
            self.value_begins(State::Unquoted);
        }
        self.filled = true;
    }

    /// Why a value should not stand here.
    fn judge(&self, value: &str, plain: &[String]) -> Option<String> {
        let value = Value::of(value, plain);
        if value.plain {
            return None;
        }
        match self.state {
            State::Text | State::Comment | State::Declaration => None,
            State::Raw => match self.tag.as_str() {
                "script" if value.json => None,
                "script" => {
                    Some("stands in a script, where HTML's escaping changes nothing".to_owned())
                }
                "style" => {
                    Some("stands in a style, where HTML's escaping changes nothing".to_owned())
                }
                _ => None,
            },
            State::Open | State::TagName => Some("decides the name of an element".to_owned()),
            State::InTag | State::Name | State::AfterName => {
                Some("decides the name of an attribute".to_owned())
            }
            State::BeforeValue => Some("is an attribute without quotes".to_owned()),
            State::Unquoted => Some("is in an attribute without quotes".to_owned()),
            State::Quoted(_) => self.judge_quoted(&value),
        }
    }

    fn judge_quoted(&self, value: &Value) -> Option<String> {
        let name = self.attribute.as_str();
        let before = self.before.trim_start().to_ascii_lowercase();
        if name.starts_with("on") && name.len() > 2 {
            return (!value.json).then(|| format!("is in `{name}`, which is run as a script"));
        }
        if name == "style" {
            return Some("stands in a style, where HTML's escaping changes nothing".to_owned());
        }
        if name == "srcdoc" {
            return Some("is markup once more in `srcdoc`".to_owned());
        }
        if !ADDRESSES.contains(&name) {
            return None;
        }
        if before.starts_with("javascript:") || before.starts_with("data:") {
            return Some(format!("is a part of what `{name}` runs"));
        }
        (!self.filled && !value.encoded && !settles(&before))
            .then(|| format!("decides the whole address in `{name}`"))
    }
}

/// Whether what stands before a value settles where an address leads.
pub(super) fn settles(before: &str) -> bool {
    if let Some((scheme, rest)) = before.split_once("//")
        && (scheme.is_empty() || scheme.ends_with(':'))
    {
        // The host ends before the value begins.
        return rest.contains(['/', '?', '#']);
    }
    before.starts_with("mailto:")
        || before.starts_with("tel:")
        || before.contains(['/', '?', '#'])
        || before.starts_with("cid:")
}

/// What can be told of a value by how it is written.
struct Value {
    /// It holds no text of a caller.
    plain: bool,
    /// A filter makes JSON of it, which is safe in scripts.
    json: bool,
    /// A filter encodes it as a part of an address.
    encoded: bool,
}

impl Value {
    fn of(written: &str, plain: &[String]) -> Self {
        let mut parts = written.split('|').map(str::trim);
        let base = parts.next().unwrap_or_default();
        let filters: Vec<&str> =
            parts.map(|filter| filter.split('(').next().unwrap_or_default().trim()).collect();
        let has = |name: &str| filters.contains(&name);
        let field = base.strip_prefix("self.").unwrap_or(base);
        let literal =
            base.starts_with('"') && base.ends_with('"') && base.matches('"').count() == 2
                || !base.is_empty() && base.chars().all(|c| c.is_ascii_digit());
        let counted = ["loop.index", "loop.index0"].contains(&base)
            || base.ends_with(".len()")
            || has("length")
            || has("count");
        // A template that is extended, and macros, are read on their own.
        let inherited = base == "super()" || base == "caller()";
        Self {
            plain: literal || counted || inherited || plain.iter().any(|name| name == field),
            json: has("json") || has("tojson"),
            encoded: has("urlencode") || has("urlencode_strict"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::source::split;
    use super::flaws;

    fn messages(text: &str) -> Vec<String> {
        let plain = ["id".to_owned(), "nonce".to_owned()];
        flaws(&split(text, "page.html"), &plain).into_iter().map(|flaw| flaw.message).collect()
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
            (
                "<form action=\"{% if a %}{{ b }}{% else %}/c{% endif %}\">",
                "whole address in `action`",
            ),
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
            "<a href=\"/{{ q }}?a={{ q }}#{{ q }}\">",
            "<a href=\"?page={{ q }}\">",
            "<a href=\"#{{ q }}\">",
            "<a href=\"https://example.com/{{ q }}\">",
            "<a href=\"mailto:{{ q }}\">",
            "<a href=\"{{ id }}\">",
            "<a href={{ id }}>",
            "<a href=\"{{ q|urlencode }}\">",
            "<a href=\"{% if a %}/x{% else %}/y{% endif %}{{ q }}\">",
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
}
