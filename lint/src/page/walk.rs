//! Walks every path through a template: its branches, its loops and the macros that it calls.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use super::Flaw;
use super::known::{Names, Shape, Types, Value, call, is_name, split};
use super::markup::Reader;
use super::node::{Macro, Node, Tree};
use super::source::Piece;
use crate::finding::Place;

/// Macros that call macros, so many times over.
const MAX_CALLS: usize = 16;
/// The most positions in the markup that one value may have at once.
const MAX_STATES: usize = 128;
/// Parts of a template that are read, those of macros and loops each time.
const MAX_STEPS: usize = 200_000;

/// What is wrong with the values of a template.
pub(super) fn flaws(
    pieces: &[Piece],
    fields: &BTreeMap<String, Shape>,
    types: &Types,
) -> Vec<Flaw> {
    let tree = Tree::of(pieces);
    let mut walk = Walk {
        macros: &tree.macros,
        last: pieces.first(),
        calls: 0,
        steps: 0,
        seen: BTreeSet::new(),
        found: Vec::new(),
    };
    let mut names = Names::new(types, fields);
    walk.run(&tree.nodes, [Reader::default()].into(), &mut names, None);
    walk.found
}

type States = BTreeSet<Reader>;

/// The content of a macro call, with the names in its scope.
struct Content<'a> {
    nodes: &'a [Node],
    names: Names<'a>,
    /// The content of the macro that contains the call.
    outer: Option<Rc<Content<'a>>>,
}

struct Walk<'a> {
    macros: &'a BTreeMap<String, Vec<Macro>>,
    last: Option<&'a Piece>,
    calls: usize,
    steps: usize,
    /// One finding for each place.
    seen: BTreeSet<(String, usize, usize, usize)>,
    found: Vec<Flaw>,
}

impl<'a> Walk<'a> {
    fn run(
        &mut self,
        nodes: &'a [Node],
        mut states: States,
        names: &mut Names<'a>,
        content: Option<&Rc<Content<'a>>>,
    ) -> States {
        for node in nodes {
            self.steps = self.steps.saturating_add(1);
            if self.steps > MAX_STEPS {
                self.unread("the template is too long to be judged");
                return states;
            }
            if states.len() > MAX_STATES {
                self.unread("the template has too many branches to be judged");
                states = states.into_iter().take(1).collect();
            }
            states = self.node(node, states, names, content);
        }
        states
    }

    fn node(
        &mut self,
        node: &'a Node,
        states: States,
        names: &mut Names<'a>,
        content: Option<&Rc<Content<'a>>>,
    ) -> States {
        let depth = names.depth();
        match node {
            Node::Text(text) => states
                .into_iter()
                .map(|mut reader| {
                    text.chars().for_each(|c| reader.read(c));
                    reader
                })
                .collect(),
            Node::Value(piece, written) => {
                self.last = Some(piece);
                self.written(piece, written, states, names, content)
            }
            Node::Let { pattern, value } => {
                let shape = value.as_ref().map_or(Shape::Unknown, |value| names.value(value).shape);
                names.bind(pattern, &shape);
                states
            }
            Node::Captured { pattern, body } => {
                self.run(body, [Reader::default()].into(), names, content);
                names.leave(depth);
                names.bind(pattern, &Shape::Unknown);
                states
            }
            Node::Choice { branches, complete } => {
                let mut after = if *complete { States::new() } else { states.clone() };
                for branch in branches {
                    for (pattern, value) in &branch.bound {
                        let shape = names.value(value).shape;
                        names.bind(pattern, &shape);
                    }
                    after.extend(self.run(&branch.body, states.clone(), names, content));
                    names.leave(depth);
                }
                after
            }
            Node::Loop { pattern, list, body, otherwise } => {
                let mut after = self.run(otherwise, states.clone(), names, content);
                names.leave(depth);
                after.extend(states.iter().cloned());
                let mut next = states;
                // After some rounds a place in the markup is one that was seen before.
                for _ in 0..3 {
                    let each = names.each(list);
                    names.bind(pattern, &each);
                    next = self.run(body, next, names, content);
                    names.leave(depth);
                    let known = after.len();
                    after.extend(next.iter().cloned());
                    if after.len() == known {
                        break;
                    }
                }
                after
            }
            Node::Call { at, name, arguments, content: inside } => {
                self.last = Some(at);
                let (names, outer) = (names.clone(), content.cloned());
                let own = Rc::new(Content { nodes: inside, names, outer });
                self.called(at, name, arguments, states, &own)
            }
            Node::Group(nodes) => {
                let states = self.run(nodes, states, names, content);
                names.leave(depth);
                states
            }
            Node::Declarations(nodes) => {
                for node in nodes {
                    if matches!(node, Node::Let { .. } | Node::Captured { .. }) {
                        self.node(node, states.clone(), names, content);
                    }
                }
                states
            }
            Node::Deep(piece) => {
                self.last = Some(piece);
                self.unread("tags are nested too deep to be judged");
                states
            }
        }
    }

    /// `{{ value }}`
    fn written(
        &mut self,
        piece: &'a Piece,
        written: &str,
        states: States,
        names: &mut Names<'a>,
        content: Option<&Rc<Content<'a>>>,
    ) -> States {
        let base = split(written, '|').first().copied().unwrap_or_default();
        if let Some((name, arguments)) = call(base) {
            if name == "super" {
                return states;
            }
            if name == "caller"
                && let Some(own) = content
            {
                let mut names = own.names.clone();
                return self.run(own.nodes, states, &mut names, own.outer.as_ref());
            }
            let name = name.rsplit("::").next().unwrap_or_default();
            if self.macros.contains_key(name) {
                let (names, outer) = (names.clone(), content.cloned());
                let own = Rc::new(Content { nodes: &[], names, outer });
                return self.called(piece, name, arguments, states, &own);
            }
        }
        self.judge(piece, written, &names.value(written), states)
    }

    /// What a macro makes of its arguments, at the place where it is called.
    fn called(
        &mut self,
        at: &'a Piece,
        name: &str,
        arguments: &str,
        states: States,
        own: &Rc<Content<'a>>,
    ) -> States {
        let macros: &'a BTreeMap<String, Vec<Macro>> = self.macros;
        let Some(known) = macros.get(name) else {
            // What is not read may be anything.
            let value = Value { shape: Shape::Unknown, json: false, encoded: false };
            let states = self.judge(at, name, &value, states);
            let mut names = own.names.clone();
            return self.run(own.nodes, states, &mut names, own.outer.as_ref());
        };
        if self.calls >= MAX_CALLS {
            self.unread("macros call one another too often to be judged");
            return states;
        }
        self.calls = self.calls.saturating_add(1);
        let mut after = States::new();
        for one in known {
            let mut names = own.names.outermost();
            for (name, shape) in bound(one, arguments, &own.names) {
                names.bind(name, &shape);
            }
            after.extend(self.run(&one.body, states.clone(), &mut names, Some(own)));
        }
        self.calls = self.calls.saturating_sub(1);
        after
    }

    fn judge(&mut self, piece: &Piece, written: &str, value: &Value, states: States) -> States {
        let mut why = None;
        let mut after = States::new();
        for mut reader in states {
            let found = reader.judge(value);
            reader.value(value, found.is_some());
            after.insert(reader);
            why = why.or(found);
        }
        if let Some(why) = why {
            let width = written.chars().count().saturating_add(4);
            self.add(piece, width, format!("`{written}` {why}"));
        }
        after
    }

    /// Says that a part of the template was not judged.
    fn unread(&mut self, why: &str) {
        if let Some(piece) = self.last {
            self.add(piece, 1, why.to_owned());
        }
    }

    fn add(&mut self, piece: &Piece, width: usize, message: String) {
        let Piece { file, line, column, .. } = piece;
        if self.seen.insert((file.clone(), *line, *column, piece.at)) {
            let end_column = column.saturating_add(width);
            let place = Place { line: *line, column: *column, end_line: *line, end_column };
            self.found.push(Flaw { file: file.clone(), place, message });
        }
    }
}

/// The parameters of a macro with what a call gives them.
fn bound<'m>(one: &'m Macro, arguments: &str, names: &Names<'_>) -> Vec<(&'m str, Shape)> {
    let mut by_name: BTreeMap<&str, Shape> = BTreeMap::new();
    let mut in_order = Vec::new();
    for argument in split(arguments, ',') {
        match argument.split_once('=') {
            Some((name, value)) if is_name(name.trim()) && !value.starts_with('=') => {
                by_name.insert(name.trim(), names.value(value).shape);
            }
            _ if argument.is_empty() => {}
            _ => in_order.push(names.value(argument).shape),
        }
    }
    let mut in_order = in_order.into_iter();
    let parameters = one.parameters.iter().map(|(name, default)| {
        let given = by_name.remove(name.as_str()).or_else(|| in_order.next());
        let default = || default.as_ref().map(|value| names.outermost().value(value).shape);
        (name.as_str(), given.or_else(default).unwrap_or(Shape::Unknown))
    });
    parameters.collect()
}
