//! Which elements are HTML and which are SVG or `MathML`: their text is parsed by different rules.
//!
//! In HTML the text of `script` and `style` is raw. In foreign content character references are
//! decoded, CDATA sections are unwrapped and a tag may end itself (HTML standard, 13.2.5 and
//! 13.2.6.5). A tokenizer alone does not know where it is; this follows the open foreign elements, as
//! far as that takes.

use std::{cell::Cell, rc::Rc};

use html5gum::{DefaultEmitter, ForwardingEmitter, State, Token, naive_next_state};

/// Whether the browser runs scripts: the content of `noscript` is text then, and parsed as elements
/// otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scripting {
    On,
    Off,
}

/// Tokens of a page.
#[derive(Debug)]
pub(super) struct TreeEmitter {
    inner: DefaultEmitter,
    scripting: Scripting,
    /// The open foreign elements, the innermost last.
    open: Vec<Foreign>,
    tag: Tag,
    is_foreign: Rc<Cell<bool>>,
}

/// The current tag.
#[derive(Debug, Default)]
struct Tag {
    name: Vec<u8>,
    is_end: bool,
    is_self_closing: bool,
}

#[derive(Debug)]
struct Foreign {
    name: Vec<u8>,
    /// Whether its content is HTML again.
    holds_html: bool,
}

impl TreeEmitter {
    pub(super) fn new(scripting: Scripting) -> Self {
        let inner = DefaultEmitter::default();
        let is_foreign = Rc::default();
        Self { inner, scripting, open: Vec::new(), tag: Tag::default(), is_foreign }
    }

    /// Whether the element of the last start tag is of SVG or `MathML`.
    pub(super) fn is_foreign(&self) -> Rc<Cell<bool>> {
        Rc::clone(&self.is_foreign)
    }

    fn is_in_foreign(&self) -> bool {
        self.open.last().is_some_and(|element| !element.holds_html)
    }

    /// Handles a start tag; returns the tokenizer's state for its content.
    fn begin(&mut self) -> Option<State> {
        let name = self.tag.name.as_slice();
        if self.is_in_foreign() && LEAVES_FOREIGN.contains(&name) {
            while self.is_in_foreign() {
                self.open.pop();
            }
        }
        let is_foreign = self.is_in_foreign() || matches!(name, b"svg" | b"math");
        self.is_foreign.set(is_foreign);
        if !is_foreign {
            let is_text = name != b"noscript" || self.scripting == Scripting::On;
            return naive_next_state(name).filter(|_| is_text);
        }
        if !self.tag.is_self_closing {
            let holds_html = HOLDS_HTML.contains(&name);
            self.open.push(Foreign { name: name.to_vec(), holds_html });
        }
        None
    }

    /// Handles an end tag.
    fn end(&mut self) {
        let name = self.tag.name.as_slice();
        if self.is_in_foreign() && matches!(name, b"p" | b"br") {
            while self.is_in_foreign() {
                self.open.pop();
            }
            return;
        }
        // An element of HTML in foreign content ends none around it.
        let reach = self.open.iter().rposition(|element| element.holds_html).unwrap_or(0);
        let found = self.open.iter().rposition(|element| element.name == name);
        if let Some(found) = found.filter(|found| *found >= reach) {
            self.open.truncate(found);
        }
    }
}

/// Elements of SVG and `MathML` whose content is HTML (HTML standard, 13.2.6: integration points).
const HOLDS_HTML: [&[u8]; 9] =
    [b"foreignobject", b"desc", b"title", b"mi", b"mo", b"mn", b"ms", b"mtext", b"annotation-xml"];

/// Elements of HTML that end the foreign content around them (HTML standard, 13.2.6.5).
const LEAVES_FOREIGN: [&[u8]; 44] = [
    b"b",
    b"big",
    b"blockquote",
    b"body",
    b"br",
    b"center",
    b"code",
    b"dd",
    b"div",
    b"dl",
    b"dt",
    b"em",
    b"embed",
    b"h1",
    b"h2",
    b"h3",
    b"h4",
    b"h5",
    b"h6",
    b"head",
    b"hr",
    b"i",
    b"img",
    b"li",
    b"listing",
    b"menu",
    b"meta",
    b"nobr",
    b"ol",
    b"p",
    b"pre",
    b"ruby",
    b"s",
    b"small",
    b"span",
    b"strong",
    b"strike",
    b"sub",
    b"sup",
    b"table",
    b"tt",
    b"u",
    b"ul",
    b"var",
];

impl ForwardingEmitter for TreeEmitter {
    type Token = Token;

    fn inner(&mut self) -> &mut impl html5gum::Emitter<Token = Token> {
        &mut self.inner
    }

    fn init_start_tag(&mut self) {
        self.tag.name.clear();
        (self.tag.is_end, self.tag.is_self_closing) = (false, false);
        self.inner.init_start_tag();
    }

    fn init_end_tag(&mut self) {
        self.tag.name.clear();
        (self.tag.is_end, self.tag.is_self_closing) = (true, false);
        self.inner.init_end_tag();
    }

    fn push_tag_name(&mut self, name: &[u8]) {
        self.tag.name.extend_from_slice(name);
        self.inner.push_tag_name(name);
    }

    fn set_self_closing(&mut self) {
        self.tag.is_self_closing = true;
        self.inner.set_self_closing();
    }

    fn emit_current_tag(&mut self) -> Option<State> {
        let _data = self.inner.emit_current_tag();
        if self.tag.is_end {
            self.end();
            return None;
        }
        self.begin()
    }

    fn adjusted_current_node_present_but_not_in_html_namespace(&mut self) -> bool {
        self.is_in_foreign()
    }
}
