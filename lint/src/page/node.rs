//! The parts of a template as a tree: branches, loops, macros and their calls.

use std::collections::BTreeMap;

use super::known::{call, is_name, split};
use super::source::{Kind, Piece};

/// Tags that are nested deeper are not read.
const MAX_DEPTH: usize = 64;

/// A part of a template.
#[derive(Debug)]
pub(super) enum Node {
    Text(String),
    /// `{{ value }}`
    Value(Piece, String),
    /// `{% let pattern = value %}`; without a value where that is not known here.
    Let {
        pattern: String,
        value: Option<String>,
    },
    /// One of some parts, or none of them unless they are `complete`.
    Choice {
        branches: Vec<Branch>,
        complete: bool,
    },
    /// Any number of times.
    Loop {
        pattern: String,
        list: String,
        body: Vec<Node>,
        otherwise: Vec<Node>,
    },
    /// A macro call, with its content.
    Call {
        at: Piece,
        name: String,
        arguments: String,
        content: Vec<Node>,
    },
    /// Content that is sent unchanged.
    Group(Vec<Node>),
    /// What becomes the value of a name.
    Captured {
        pattern: String,
        body: Vec<Node>,
    },
    /// What is declared around the blocks of a template that extends another one.
    Declarations(Vec<Node>),
    /// Tags that are nested too deep to be read.
    Deep(Piece),
}

/// A branch, with the patterns that it binds.
#[derive(Debug)]
pub(super) struct Branch {
    pub(super) bound: Vec<(String, String)>,
    pub(super) body: Vec<Node>,
}

/// `{% macro name(parameters) %}`
#[derive(Debug)]
pub(super) struct Macro {
    /// The names, with their default values.
    pub(super) parameters: Vec<(String, Option<String>)>,
    pub(super) body: Vec<Node>,
}

/// A template, read.
#[derive(Debug, Default)]
pub(super) struct Tree {
    pub(super) nodes: Vec<Node>,
    /// By name; imported ones too, under the names that they have in their files.
    pub(super) macros: BTreeMap<String, Vec<Macro>>,
}

impl Tree {
    pub(super) fn of(pieces: &[Piece]) -> Self {
        let tags = |word: &str| pieces.iter().filter(|piece| starts(piece, word)).count();
        let mut reader = Reader {
            pieces,
            at: 0,
            depth: 0,
            calls_end: tags("call") == tags("endcall"),
            macros: BTreeMap::new(),
        };
        let mut nodes = Vec::new();
        while reader.at < pieces.len() {
            // An end that ends nothing is passed over.
            nodes.append(&mut reader.nodes().0);
        }
        Self { nodes, macros: reader.macros }
    }
}

struct Reader<'p> {
    pieces: &'p [Piece],
    at: usize,
    depth: usize,
    /// Whether each `call` has an end.
    calls_end: bool,
    macros: BTreeMap<String, Vec<Macro>>,
}

fn starts(piece: &Piece, word: &str) -> bool {
    matches!(&piece.kind, Kind::Tag(tag) if first_word(tag).0 == word)
}

/// `("if", "a == b")` of `if a == b`; a bracket may follow a word.
fn first_word(tag: &str) -> (&str, &str) {
    let end = tag.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(tag.len());
    let (word, rest) = tag.split_at(end);
    (word, rest.trim())
}

impl Reader<'_> {
    /// The parts up to the tag that ends them or begins the next branch, and that tag.
    fn nodes(&mut self) -> (Vec<Node>, String) {
        let mut nodes = Vec::new();
        while let Some(piece) = self.pieces.get(self.at) {
            self.at = self.at.saturating_add(1);
            match &piece.kind {
                Kind::Text(text) => nodes.push(Node::Text(text.clone())),
                Kind::Value(value) => nodes.push(Node::Value(piece.clone(), value.clone())),
                Kind::Tag(tag) => {
                    let (word, rest) = first_word(tag);
                    if matches!(word, "else" | "elif" | "when") || word.starts_with("end") {
                        return (nodes, tag.clone());
                    }
                    if self.depth >= MAX_DEPTH {
                        nodes.push(Node::Deep(piece.clone()));
                        continue;
                    }
                    self.depth = self.depth.saturating_add(1);
                    nodes.extend(self.tag(piece, word, rest));
                    self.depth = self.depth.saturating_sub(1);
                }
            }
        }
        (nodes, String::new())
    }

    /// The parts up to a certain end; ends of other things on the way end nothing.
    fn until(&mut self, end: &str) -> Vec<Node> {
        let mut all = Vec::new();
        loop {
            let (mut nodes, tag) = self.nodes();
            all.append(&mut nodes);
            if tag.is_empty() || first_word(&tag).0 == end {
                return all;
            }
        }
    }

    fn tag(&mut self, piece: &Piece, word: &str, rest: &str) -> Option<Node> {
        match word {
            "if" => Some(self.branches(rest)),
            "match" => Some(self.cases(rest)),
            "for" => {
                let (pattern, list) = rest.split_once(" in ").unwrap_or((rest, ""));
                let list = list.split(" if ").next().unwrap_or_default();
                let (body, end) = self.nodes();
                let otherwise =
                    if first_word(&end).0 == "else" { self.until("endfor") } else { Vec::new() };
                let (pattern, list) = (pattern.to_owned(), list.to_owned());
                Some(Node::Loop { pattern, list, body, otherwise })
            }
            "let" | "set" => Some(self.binding(rest, word)),
            // What is changed later has no value that is known here.
            "decl" | "declare" | "mut" => {
                let pattern = rest.split(['=', '+', '-', '*', '/', '%', '&', '|', '^', '<', '>']);
                let pattern = pattern.into_iter().next().unwrap_or_default();
                let pattern = pattern.trim().trim_start_matches("mut ").to_owned();
                Some(Node::Let { pattern, value: None })
            }
            "macro" => {
                let (name, parameters) = call(rest).unwrap_or((rest, ""));
                let parameters = split(parameters, ',').into_iter().filter(|one| !one.is_empty());
                let parameters = parameters
                    .map(|one| match one.split_once('=') {
                        Some((name, value)) => (name.trim().to_owned(), Some(value.to_owned())),
                        None => (one.to_owned(), None),
                    })
                    .collect();
                let body = self.until("endmacro");
                self.macros.entry(name.to_owned()).or_default().push(Macro { parameters, body });
                None
            }
            "call" => {
                // `call(item) name(..)` passes values to its content.
                let rest = match rest.strip_prefix('(').and_then(|rest| rest.split_once(')')) {
                    Some((_, rest)) => rest,
                    None => rest,
                };
                let (name, arguments) = call(rest).unwrap_or((rest, ""));
                let name = name.rsplit("::").next().unwrap_or_default().trim().to_owned();
                let content = if self.calls_end { self.until("endcall") } else { Vec::new() };
                let arguments = arguments.to_owned();
                Some(Node::Call { at: piece.clone(), name, arguments, content })
            }
            "block" | "filter" | "autoescape" => {
                Some(Node::Group(self.until(&format!("end{word}"))))
            }
            // Only the macros of a file that is imported are of use.
            "imports" => {
                let _ = self.until("endimports");
                None
            }
            "declarations" => Some(Node::Declarations(self.until("enddeclarations"))),
            _ => None,
        }
    }

    fn branches(&mut self, condition: &str) -> Node {
        let mut branches = Vec::new();
        let mut bound = conditions(condition);
        let mut complete = false;
        loop {
            let (body, end) = self.nodes();
            branches.push(Branch { bound, body });
            let (word, rest) = first_word(&end);
            match (word, rest.strip_prefix("if ")) {
                ("else", Some(condition)) => bound = conditions(condition),
                ("elif", _) => bound = conditions(rest),
                ("else", None) => {
                    complete = true;
                    bound = Vec::new();
                }
                _ => return Node::Choice { branches, complete },
            }
        }
    }

    /// What a `match` chooses from: one of them is always taken.
    fn cases(&mut self, value: &str) -> Node {
        let mut branches: Vec<Branch> = Vec::new();
        let mut bound = None;
        loop {
            let (body, end) = self.nodes();
            // The text before the first case is not sent.
            if let Some(bound) = bound.take() {
                branches.push(Branch { bound, body });
            }
            let (word, rest) = first_word(&end);
            match word {
                "when" => bound = Some(vec![(rest.to_owned(), value.to_owned())]),
                "else" => bound = Some(Vec::new()),
                "endwhen" => {}
                _ => return Node::Choice { branches, complete: true },
            }
        }
    }

    /// `let name = value`, or `let name` with the value up to its end.
    fn binding(&mut self, rest: &str, word: &str) -> Node {
        let (target, value) = match rest.split_once('=') {
            Some((target, value)) => (target, Some(value.trim().to_owned())),
            None => (rest, None),
        };
        let target = target.trim();
        let changed = target.starts_with("mut ");
        let target = target.trim_start_matches("mut ");
        let typed = target.split_once(':').filter(|(name, _)| is_name(name.trim()));
        let pattern = typed.map_or(target, |(name, _)| name.trim()).to_owned();
        if value.is_none() && self.has_end(word) {
            let body = self.until(&format!("end{word}"));
            return Node::Captured { pattern, body };
        }
        Node::Let { pattern, value: value.filter(|_| !changed) }
    }

    /// Whether the end of a `let` without a value follows before another one begins.
    fn has_end(&self, word: &str) -> bool {
        let end = format!("end{word}");
        let rest = self.pieces.get(self.at..).unwrap_or_default();
        rest.iter()
            .find(|piece| {
                starts(piece, &end)
                    || matches!(&piece.kind, Kind::Tag(tag)
                        if first_word(tag).0 == word && !tag.contains('='))
            })
            .is_some_and(|piece| starts(piece, &end))
    }
}

/// The patterns of a condition, with what they take apart.
fn conditions(condition: &str) -> Vec<(String, String)> {
    let mut bound = Vec::new();
    for part in condition.split("&&") {
        let (word, rest) = first_word(part.trim());
        if matches!(word, "let" | "set") {
            let (pattern, value) = rest.split_once('=').unwrap_or((rest, ""));
            bound.push((pattern.to_owned(), value.trim().to_owned()));
        }
    }
    bound
}
