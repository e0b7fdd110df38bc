//! The known properties of a template's values: which of them contain no text of a caller.

use std::collections::BTreeMap;

/// What is known of a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// This text, written in the template.
    Literal(String),
    /// A number, an id, or a string that is written in the source.
    Plain,
    /// A type of the crate.
    Item(Vec<String>),
    /// A list or an option.
    Many(Box<Shape>),
    Tuple(Vec<Shape>),
    /// It may hold a string from a caller.
    Unknown,
}

/// The fields of the structs of a crate.
pub(crate) type Types = BTreeMap<Vec<String>, BTreeMap<String, Shape>>;

/// A value, with what its filters make of it.
#[derive(Debug)]
pub(super) struct Value {
    pub(super) shape: Shape,
    /// The last filter makes JSON of it, which is safe in scripts.
    pub(super) json: bool,
    /// The last filter encodes everything that separates the parts of an address.
    pub(super) encoded: bool,
}

/// The names that a place in a template sees.
#[derive(Clone)]
pub(super) struct Names<'a> {
    types: &'a Types,
    fields: &'a BTreeMap<String, Shape>,
    bound: Vec<(String, Shape)>,
}

impl<'a> Names<'a> {
    pub(super) fn new(types: &'a Types, fields: &'a BTreeMap<String, Shape>) -> Self {
        Self { types, fields, bound: Vec::new() }
    }

    /// The names that a macro begins with.
    pub(super) fn outermost(&self) -> Self {
        Self::new(self.types, self.fields)
    }

    /// How many names are bound, for [`Names::leave`].
    pub(super) const fn depth(&self) -> usize {
        self.bound.len()
    }

    pub(super) fn leave(&mut self, depth: usize) {
        self.bound.truncate(depth);
    }

    /// Binds the names of a pattern. What the pattern takes apart in a way that is not read is unknown.
    pub(super) fn bind(&mut self, pattern: &str, shape: &Shape) {
        let pattern = pattern.trim().trim_start_matches('&').trim();
        let pattern = pattern.strip_prefix("ref ").unwrap_or(pattern).trim();
        if is_name(pattern) {
            self.bound.push((pattern.to_owned(), shape.clone()));
            return;
        }
        if let Some(inside) = pattern.strip_prefix('(').and_then(|rest| rest.strip_suffix(')'))
            && let Shape::Tuple(shapes) = shape
            && let parts = split(inside, ',')
            && parts.len() == shapes.len()
        {
            for (part, shape) in parts.iter().zip(shapes) {
                self.bind(part, shape);
            }
            return;
        }
        for wrapper in ["Some(", "Ok("] {
            if let Some(inside) = pattern.strip_prefix(wrapper).and_then(|p| p.strip_suffix(')'))
                && let Shape::Many(inner) = shape
            {
                self.bind(inside, inner);
                return;
            }
        }
        for name in pattern.split(|c: char| !c.is_alphanumeric() && c != '_') {
            if is_name(name) {
                self.bound.push((name.to_owned(), Shape::Unknown));
            }
        }
    }

    /// A written value with its filters.
    pub(super) fn value(&self, written: &str) -> Value {
        let mut parts = split(written, '|').into_iter();
        let mut shape = self.shape(parts.next().unwrap_or_default());
        let mut last = "";
        for filter in parts {
            let (name, arguments) = call(filter).unwrap_or((filter.trim(), ""));
            // A filter may put its arguments into what it gives.
            if split(arguments, ',').iter().any(|argument| !self.is_plain(argument)) {
                shape = Shape::Unknown;
            }
            shape = match (name, shape) {
                ("length" | "count" | "wordcount", _) | (_, Shape::Literal(_) | Shape::Plain) => {
                    Shape::Plain
                }
                _ => Shape::Unknown,
            };
            if name != "safe" {
                last = name;
            }
        }
        Value {
            shape,
            json: matches!(last, "json" | "tojson"),
            encoded: last == "urlencode_strict",
        }
    }

    fn is_plain(&self, argument: &str) -> bool {
        let argument = argument.trim();
        let value = match argument.split_once('=') {
            Some((name, value)) if is_name(name.trim()) && !value.starts_with('=') => value,
            _ => argument,
        };
        argument.is_empty() || matches!(self.value(value).shape, Shape::Literal(_) | Shape::Plain)
    }

    /// What a list gives, one by one.
    pub(super) fn each(&self, written: &str) -> Shape {
        let written = written.trim();
        if !written.contains(['"', '\'', '(', '[', '|']) && written.contains("..") {
            return Shape::Plain;
        }
        let (list, counted) = match written.strip_suffix(".enumerate()") {
            Some(list) => (list, true),
            None => (written, false),
        };
        let inner = match self.value(list).shape {
            Shape::Many(inner) => *inner,
            Shape::Literal(_)
            | Shape::Plain
            | Shape::Item(_)
            | Shape::Tuple(_)
            | Shape::Unknown => Shape::Unknown,
        };
        if counted { Shape::Tuple(vec![Shape::Plain, inner]) } else { inner }
    }

    /// What an expression without filters is.
    fn shape(&self, written: &str) -> Shape {
        let written = written.trim().trim_start_matches(['&', '*']).trim();
        if let Some(text) = literal(written) {
            return Shape::Literal(text.to_owned());
        }
        if written.starts_with(|c: char| c.is_ascii_digit())
            && written.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.'))
            || matches!(written, "true" | "false")
        {
            return Shape::Plain;
        }
        let mut steps = written.split('.');
        let first = steps.next().unwrap_or_default().trim();
        let mut shape = if first == "self" {
            let field = steps.next().unwrap_or_default();
            self.fields.get(field).cloned().unwrap_or(Shape::Unknown)
        } else if let Some((_, shape)) = self.bound.iter().rev().find(|(name, _)| name == first) {
            shape.clone()
        } else if first == "loop" {
            return match steps.next() {
                Some("index" | "index0" | "first" | "last") if steps.next().is_none() => {
                    Shape::Plain
                }
                _ => Shape::Unknown,
            };
        } else {
            self.fields.get(first).cloned().unwrap_or(Shape::Unknown)
        };
        if !is_name(first) {
            return Shape::Unknown;
        }
        for step in steps {
            let step = step.trim().trim_end_matches('?');
            let name = step.strip_suffix("()").unwrap_or(step);
            if !is_name(name) && !name.chars().all(|c| c.is_ascii_digit()) {
                return Shape::Unknown;
            }
            shape = self.step(shape, step);
        }
        shape
    }

    fn step(&self, shape: Shape, step: &str) -> Shape {
        match (step, shape) {
            ("len()" | "count()" | "is_empty()" | "is_some()" | "is_none()", _) => Shape::Plain,
            ("clone()" | "iter()" | "as_ref()" | "as_deref()" | "to_owned()", shape) => shape,
            ("to_string()", shape @ (Shape::Plain | Shape::Literal(_))) => shape,
            (field, Shape::Item(item)) => {
                let known = self.types.get(&item).and_then(|fields| fields.get(field));
                known.cloned().unwrap_or(Shape::Unknown)
            }
            (index, Shape::Tuple(shapes)) => {
                let shape = index.parse::<usize>().ok().and_then(|at| shapes.get(at));
                shape.cloned().unwrap_or(Shape::Unknown)
            }
            _ => Shape::Unknown,
        }
    }
}

/// `name(arguments)` as a name and its arguments.
pub(super) fn call(written: &str) -> Option<(&str, &str)> {
    let (name, rest) = written.trim().split_once('(')?;
    Some((name.trim(), rest.trim_end().strip_suffix(')')?))
}

/// The text of a string literal, if nothing else is written.
pub(super) fn literal(written: &str) -> Option<&str> {
    let inside = written.trim().strip_prefix('"')?.strip_suffix('"')?;
    (!inside.contains(['"', '\\'])).then_some(inside)
}

pub(super) fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_lowercase() || c == '_')
        && text.chars().all(|c| c.is_alphanumeric() || c == '_')
}

/// The parts of a string between marks outside of quotes and brackets; `||` and `&&` are not marks.
pub(super) fn split(text: &str, mark: char) -> Vec<&str> {
    let mut parts = Vec::new();
    let (mut start, mut depth, mut quote, mut escaped) = (0_usize, 0_usize, None, false);
    let mut before = ' ';
    for (at, c) in text.char_indices() {
        let next = text.get(at..).and_then(|rest| rest.chars().nth(1));
        match (quote, c) {
            (Some(_), _) if escaped => escaped = false,
            (Some(_), '\\') => escaped = true,
            (Some(open), c) if c == open => quote = None,
            (Some(_), _) => {}
            (None, '"') => quote = Some('"'),
            (None, '(' | '[' | '{') => depth = depth.saturating_add(1),
            (None, ')' | ']' | '}') => depth = depth.saturating_sub(1),
            (None, c) if c == mark && depth == 0 => {
                let doubled = matches!(mark, '|' | '&') && (before == mark || next == Some(mark));
                if !doubled {
                    parts.push(text.get(start..at).unwrap_or_default().trim());
                    start = at.saturating_add(c.len_utf8());
                }
            }
            _ => {}
        }
        before = c;
    }
    parts.push(text.get(start..).unwrap_or_default().trim());
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_what_its_type_its_binding_and_its_filters_make_of_it() {
        let note: BTreeMap<String, Shape> =
            [("id".to_owned(), Shape::Plain), ("text".to_owned(), Shape::Unknown)].into();
        let item = vec!["crate".to_owned(), "Note".to_owned()];
        let types: Types = [(item.clone(), note)].into();
        let fields: BTreeMap<String, Shape> = [
            ("id".to_owned(), Shape::Plain),
            ("note".to_owned(), Shape::Item(item.clone())),
            ("notes".to_owned(), Shape::Many(Box::new(Shape::Item(item)))),
            ("q".to_owned(), Shape::Unknown),
        ]
        .into();
        let mut names = Names::new(&types, &fields);
        let each = names.each("notes.iter()");
        names.bind("one", &each);
        let each = names.each("notes.iter().enumerate()");
        names.bind("(at, other)", &each);
        names.bind("Some(first)", &Shape::Many(Box::new(Shape::Plain)));
        names.bind("home", &names.value("\"/x\"").shape);
        let plain =
            |written: &str| matches!(names.value(written).shape, Shape::Plain | Shape::Literal(_));
        for yes in [
            "id",
            "self.id",
            "note.id",
            "one.id",
            "other.id",
            "at",
            "first",
            "home",
            "12",
            "\"x\"",
            "q.len()",
            "notes|length",
            "loop.index",
            "id|fmt(\"{:x}\")",
            "note.id.to_string()",
        ] {
            assert!(plain(yes), "{yes}");
        }
        for no in [
            "q",
            "note.text",
            "one.text",
            "note",
            "notes",
            "\"x\" ~ q",
            "\"{}\"|format(q)",
            "id.q",
            "id|default(q)",
            "other",
            "missing",
            "a || b",
            "q(1)",
            "\"x\" ~ \"y\"",
            "id ~ q",
            "note.text ~ q.len()",
            "one.id ~ q",
            "id|default(value = q)",
            "\"a\\\"b\"",
        ] {
            assert!(!plain(no), "{no}");
        }
        names.bind("Shown { id, .. }", &Shape::Plain);
        assert_eq!(names.value("id").shape, Shape::Unknown);
        assert_eq!(names.value("self.id").shape, Shape::Plain);
    }
}
