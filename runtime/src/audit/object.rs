//! A JSON object, written member by member.

use crate::visible::push_escaped;

/// An object that is being written. Its names are constants of this crate.
pub(super) struct Object(String);

impl Object {
    pub(super) fn new() -> Self {
        let mut text = String::with_capacity(512);
        text.push('{');
        Self(text)
    }

    pub(super) fn text(&mut self, name: &str, value: &str) {
        self.name(name);
        self.quoted(value);
    }

    pub(super) fn optional(&mut self, name: &str, value: Option<&str>) {
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            self.text(name, value);
        }
    }

    pub(super) fn number(&mut self, name: &str, value: u64) {
        self.name(name);
        self.0.push_str(itoa::Buffer::new().format(value));
    }

    /// Only if it is true.
    pub(super) fn flag(&mut self, name: &str, value: bool) {
        if value {
            self.name(name);
            self.0.push_str("true");
        }
    }

    pub(super) fn list(&mut self, name: &str, values: &[&str]) {
        self.name(name);
        self.0.push('[');
        for (index, value) in values.iter().enumerate() {
            if index > 0 {
                self.0.push(',');
            }
            self.quoted(value);
        }
        self.0.push(']');
    }

    pub(super) fn finish(mut self) -> String {
        self.0.push('}');
        self.0
    }

    fn name(&mut self, name: &str) {
        if self.0.len() > 1 {
            self.0.push(',');
        }
        self.quoted(name);
        self.0.push(':');
    }

    fn quoted(&mut self, text: &str) {
        self.0.push('"');
        push_escaped(&mut self.0, text, |c| matches!(c, '"' | '\\'));
        self.0.push('"');
    }
}

#[cfg(test)]
mod tests {
    use super::Object;

    #[test]
    fn a_reader_of_json_gets_back_what_was_written() {
        let text = "a\"\\\n\r\u{0}\u{1b}\u{7f}\u{85}\u{202e}\u{2028}\u{e0041}é/";
        let mut object = Object::new();
        object.text("a", text);
        object.list("b", &["c", text]);
        object.number("d", u64::MAX);
        object.flag("e", true);
        object.flag("f", false);
        object.optional("g", Some(""));
        let line = object.finish();
        assert!(!line.chars().any(crate::visible::is_hidden), "{line}");
        let value: serde_json::Value = serde_json::from_str(&line).unwrap();
        let same = serde_json::json!({"a": text, "b": ["c", text], "d": u64::MAX, "e": true});
        assert_eq!(value, same);
    }
}
