//! The positions of values in the markup of maud's `html!`.
//!
//! maud escapes every value and quotes every attribute. What is left are places where that changes
//! nothing: scripts, styles, and the whole of an address.

use proc_macro2::{Delimiter, Group, Span, TokenStream, TokenTree};
use syn::ext::IdentExt as _;
use syn::{Expr, Lit};

use super::address::{ADDRESSES, settles};

/// What is wrong with the values of an `html!`. `plain` is whether a variable cannot hold a string
/// from a caller.
pub(super) fn flaws(tokens: &TokenStream, plain: &dyn Fn(&str) -> bool) -> Vec<(Span, String)> {
    let mut reader = Reader { plain, found: Vec::new() };
    reader.markup(tokens.clone(), "");
    reader.found
}

struct Reader<'a> {
    plain: &'a dyn Fn(&str) -> bool,
    found: Vec<(Span, String)>,
}

/// Where in the markup the reader is.
enum Place {
    /// Between elements.
    Between,
    /// After `@`, up to the block or the semicolon.
    Control,
    /// In an element, up to its body or the semicolon.
    Element(String),
}

impl Reader<'_> {
    /// Reads the content of an element, `inside`.
    fn markup(&mut self, tokens: TokenStream, inside: &str) {
        let mut place = Place::Between;
        let mut attribute = String::new();
        let (mut joined, mut value) = (false, false);
        for token in tokens {
            let joins = std::mem::take(&mut joined);
            let is_value = std::mem::take(&mut value);
            match token {
                TokenTree::Ident(name) => {
                    let name = name.unraw().to_string();
                    match &place {
                        Place::Between => {
                            place = Place::Element(name.to_ascii_lowercase());
                            attribute.clear();
                        }
                        Place::Element(_) if joins => attribute.push_str(&name),
                        Place::Element(_) => attribute = name.to_ascii_lowercase(),
                        Place::Control => {}
                    }
                }
                TokenTree::Punct(punct) => match (punct.as_char(), &place) {
                    (';', _) => place = Place::Between,
                    ('@', Place::Between) => place = Place::Control,
                    ('=', Place::Element(_)) => value = true,
                    (mark @ ('-' | ':'), Place::Element(_)) => {
                        attribute.push(mark);
                        joined = true;
                    }
                    _ => {}
                },
                TokenTree::Group(group) => match &place {
                    Place::Element(_) if is_value => self.attribute(&attribute, &group),
                    Place::Element(name) => {
                        if group.delimiter() == Delimiter::Brace {
                            let name = name.clone();
                            self.markup(group.stream(), &name);
                            place = Place::Between;
                        }
                    }
                    Place::Control => {
                        if group.delimiter() == Delimiter::Brace {
                            self.markup(group.stream(), inside);
                            place = Place::Between;
                        }
                    }
                    Place::Between => match group.delimiter() {
                        Delimiter::Brace => self.markup(group.stream(), inside),
                        Delimiter::Parenthesis => self.content(inside, &group),
                        Delimiter::Bracket | Delimiter::None => {}
                    },
                },
                TokenTree::Literal(_) => {}
            }
        }
    }

    /// `(value)` among the content of an element.
    fn content(&mut self, inside: &str, group: &Group) {
        if !matches!(inside, "script" | "style") || self.is_plain(group, false) {
            return;
        }
        let message = format!("this stands in a {inside}, where HTML's escaping changes nothing");
        self.found.push((group.span(), message));
    }

    /// `name=(value)`, `name=[value]` and `name={ "text" (value) }`.
    fn attribute(&mut self, name: &str, group: &Group) {
        let value = if group.delimiter() == Delimiter::Brace {
            let mut before = String::new();
            let mut first = None;
            for token in group.stream() {
                match token {
                    TokenTree::Literal(literal) => {
                        if let Lit::Str(text) = Lit::new(literal) {
                            before.push_str(&text.value());
                        }
                    }
                    TokenTree::Group(value) => {
                        first = Some(value);
                        break;
                    }
                    TokenTree::Ident(_) | TokenTree::Punct(_) => {}
                }
            }
            first.filter(|_| !ADDRESSES.contains(&name) || !settles(&before.to_ascii_lowercase()))
        } else {
            Some(group.clone())
        };
        let Some(value) = value else { return };
        let address = ADDRESSES.contains(&name);
        if self.is_plain(&value, address) {
            return;
        }
        let message = if name.starts_with("on") && name.len() > 2 && !name.contains(['-', ':']) {
            format!("this is in `{name}`, which is run as a script")
        } else if name == "style" {
            "this stands in a style, where HTML's escaping changes nothing".to_owned()
        } else if name == "srcdoc" {
            "this is markup once more in `srcdoc`".to_owned()
        } else if address {
            format!("this decides the whole address in `{name}`")
        } else {
            return;
        };
        self.found.push((value.span(), message));
    }

    fn is_plain(&self, group: &Group, address: bool) -> bool {
        // What is not an expression cannot be judged.
        syn::parse2::<Expr>(group.stream()).is_ok_and(|value| self.holds_no_text(&value, address))
    }

    #[expect(clippy::wildcard_enum_match_arm, reason = "any other value may be a string")]
    fn holds_no_text(&self, value: &Expr, address: bool) -> bool {
        match value {
            Expr::Lit(_) => true,
            Expr::Paren(inner) => self.holds_no_text(&inner.expr, address),
            Expr::Group(inner) => self.holds_no_text(&inner.expr, address),
            Expr::Reference(inner) => self.holds_no_text(&inner.expr, address),
            Expr::Path(path) => path.path.segments.last().is_some_and(|last| {
                let name = last.ident.unraw().to_string();
                let constant = !name.chars().any(char::is_lowercase);
                constant || path.path.get_ident().is_some() && (self.plain)(&name)
            }),
            Expr::MethodCall(call) => {
                call.method == "len" || call.method == "count" && call.args.is_empty()
            }
            // Markup that is made by hand is judged where it is made.
            Expr::Call(call) => matches!(&*call.func, Expr::Path(path)
                if path.path.segments.last().is_some_and(|last| last.ident == "PreEscaped")),
            Expr::Macro(made) => {
                let last = made.mac.path.segments.last().map(|last| last.ident.to_string());
                match last.as_deref() {
                    Some("concat" | "include_str" | "stringify" | "env") => true,
                    Some("format") if address => {
                        let text = made.mac.tokens.clone().into_iter().next();
                        let Some(TokenTree::Literal(text)) = text else { return false };
                        let Lit::Str(text) = Lit::new(text) else { return false };
                        let text = text.value();
                        settles(&text.split('{').next().unwrap_or_default().to_ascii_lowercase())
                    }
                    _ => false,
                }
            }
            Expr::If(branch) => {
                let last = |block: &syn::Block| match block.stmts.last() {
                    Some(syn::Stmt::Expr(value, None)) => self.holds_no_text(value, address),
                    _ => false,
                };
                let other = branch.else_branch.as_ref();
                last(&branch.then_branch)
                    && other.is_some_and(|(_, other)| self.holds_no_text(other, address))
            }
            Expr::Block(inner) => match inner.block.stmts.as_slice() {
                [syn::Stmt::Expr(value, None)] => self.holds_no_text(value, address),
                _ => false,
            },
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::flaws;

    fn messages(text: &str) -> Vec<String> {
        let tokens = text.parse().unwrap();
        flaws(&tokens, &|name| name == "id").into_iter().map(|(_, message)| message).collect()
    }

    #[test]
    fn values_are_judged_by_where_they_stand() {
        for (text, why) in [
            ("a href=(q) { \"x\" }", "whole address in `href`"),
            ("p { a class=\"x\" href=(q.link()) { (q) } }", "whole address in `href`"),
            ("a href={ (q) \"/x\" } {}", "whole address in `href`"),
            ("a href={ \"https://\" (q) } {}", "whole address in `href`"),
            ("img src=[q] alt=\"x\";", "whole address in `src`"),
            ("a href=(format!(\"{q}/x\")) {}", "whole address"),
            ("button onclick=(q) {}", "`onclick`"),
            ("p style={ \"color: \" (q) } {}", "style"),
            ("iframe srcdoc=(q) {}", "srcdoc"),
            ("script nonce=(n) { \"let x = \" (q) }", "script"),
            ("style { @if a { (q) } }", "style"),
            ("@for x in xs { li { a href=(x) {} } }", "whole address"),
        ] {
            let found = messages(text);
            assert_eq!(found.len(), 1, "{text}: {found:?}");
            assert!(found.iter().all(|message| message.contains(why)), "{text}: {found:?}");
        }
    }

    #[test]
    fn values_that_escaping_keeps_in_their_place_are_right() {
        for text in [
            "p title=(q) .card #main { (q) }",
            "a href={ \"/notes/\" (q) } { (q) }",
            "a href=(format!(\"/notes/{q}\")) {}",
            "a href=\"/x\" {} a href=(HOME) {} a href=(routes::HOME) {} a href=(id) {}",
            "script nonce=(n) { (PreEscaped(include_str!(\"a.js\"))) } p { (q) }",
            "script src=\"/a.js\" {} p { (q) }",
            "p data-on=(q) data-href=(q) aria-label=(q) {}",
            "@let href = q; p { (href) }",
            "@match q { Some(x) => { p { (x) } } None => {} }",
            "input type=\"text\" value=(q) required[a];",
        ] {
            assert!(messages(text).is_empty(), "{text}: {:?}", messages(text));
        }
    }
}
