//! The position of a value in the markup of a template.
//!
//! Escaping keeps a value from ending its element or a quoted attribute. It does nothing for a value
//! elsewhere: the whole of an address, a part of a script or a style, an attribute without
//! quotes.

use super::address::{begun, runs, settles};
use super::known::{Shape, Value};

/// Elements whose content is not markup.
const RAW: &[&str] = &["script", "style", "textarea", "title"];

/// The number of characters that are needed to find the end of a comment or of raw content.
const MAX_TAIL: usize = 16;

#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
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

/// Reads markup as browsers do, as far as it matters for the position of a value.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Reader {
    state: State,
    closing: bool,
    tag: String,
    attribute: String,
    /// The attribute's content before the place.
    before: String,
    /// Whether a value in the attribute decides where its address leads: one that is known, or one
    /// that was found.
    decided: bool,
    /// The last characters, to find the end of a comment or of raw content.
    tail: String,
}

impl Reader {
    pub(super) fn read(&mut self, c: char) {
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
            State::Quoted(quote) if c == quote => self.attribute_ends(),
            State::Quoted(_) => self.before.push(c),
            State::Unquoted => match c {
                '>' => self.tag_ends(),
                c if c.is_whitespace() => self.attribute_ends(),
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
        self.decided = false;
        self.state = state;
    }

    /// What has ended is forgotten, so that branches that come to the same are one.
    fn attribute_ends(&mut self) {
        self.attribute.clear();
        self.before.clear();
        self.decided = false;
        self.state = State::InTag;
    }

    fn tag_ends(&mut self) {
        self.attribute_ends();
        self.tail.clear();
        if !self.closing && RAW.contains(&self.tag.as_str()) {
            self.state = State::Raw;
        } else {
            self.tag.clear();
            self.closing = false;
            self.state = State::Text;
        }
    }

    fn remember(&mut self, c: char) {
        self.tail.push(c);
        if self.tail.chars().count() > MAX_TAIL {
            self.tail.remove(0);
        }
    }

    /// A value has been put here; `found` where something was wrong with it.
    pub(super) fn value(&mut self, value: &Value, found: bool) {
        if self.state == State::BeforeValue {
            self.value_begins(State::Unquoted);
        }
        if !matches!(self.state, State::Quoted(_) | State::Unquoted) {
            return;
        }
        match &value.shape {
            Shape::Literal(text) => self.before.push_str(text),
            Shape::Plain => {
                self.before.push('0');
                self.decided = true;
            }
            Shape::Item(_) | Shape::Many(_) | Shape::Tuple(_) | Shape::Unknown => {
                self.decided |= found;
            }
        }
    }

    /// Why a value is not safe in this position.
    pub(super) fn judge(&self, value: &Value) -> Option<String> {
        if matches!(value.shape, Shape::Literal(_) | Shape::Plain) {
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
            State::Quoted(_) => self.judge_quoted(value),
        }
    }

    fn judge_quoted(&self, value: &Value) -> Option<String> {
        let name = self.attribute.as_str();
        if name.starts_with("on") && name.len() > 2 {
            return (!value.json).then(|| format!("is in `{name}`, which is run as a script"));
        }
        if name == "style" {
            return Some("stands in a style, where HTML's escaping changes nothing".to_owned());
        }
        if name == "srcdoc" {
            return Some("is markup once more in `srcdoc`".to_owned());
        }
        let before = begun(&self.tag, name, &self.before)?;
        if runs(before) {
            return Some(format!("is a part of what `{name}` runs"));
        }
        // Encoded as one part of a path, a value cannot name a host or a scheme.
        let part = value.encoded && matches!(before.trim(), "" | "/");
        (!self.decided && !part && !settles(before))
            .then(|| format!("decides the whole address in `{name}`"))
    }
}
