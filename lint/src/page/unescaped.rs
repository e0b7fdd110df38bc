//! Values that code marks as markup, which pages contain unescaped.

use proc_macro2::{Delimiter, Span, TokenStream, TokenTree};
use syn::ext::IdentExt as _;
use syn::punctuated::Punctuated;
use syn::{Block, Expr, ExprCall, Path, Stmt, Token};

use super::declared::Reader;
use crate::krate::tree::{Origin, parts};
use crate::taint::class::Class;
use crate::taint::sanitizer::sanitizer;

const MARKUP: &str = "this goes into the page as markup";
const ESCAPER: &str = "this escaper changes nothing";

/// What askama takes for markup: tuple structs, a variant and a filter.
const OF_ASKAMA: [&str; 3] = ["HtmlSafeOutput", "Safe", "safe"];

/// What maud takes for markup: a tuple struct, and another name of it.
const OF_MAUD: [&str; 2] = ["Markup", "PreEscaped"];

impl Reader<'_> {
    /// Whether a path leads into a crate whose name begins so, to one of these names.
    pub(super) fn leads_to(&self, path: &[String], krate: &str, names: &[&str]) -> bool {
        let origins = self.tree.origins(&self.module, path);
        origins.iter().any(|origin| is_in(origin, krate, names))
    }

    pub(super) fn is_askama(&self, path: &Path, name: &str) -> bool {
        self.leads_to(&parts(path), "askama", &[name])
    }

    /// Whether a derive is askama's.
    pub(super) fn is_template(&self, path: &Path) -> bool {
        let origins = self.tree.macro_origins(&self.module, &parts(path));
        origins.iter().any(|origin| is_in(origin, "askama", &["Template"]))
    }

    /// Whether a path names what takes its value for markup.
    fn marks_markup(&self, path: &[String]) -> bool {
        self.leads_to(path, "askama", &OF_ASKAMA) || self.leads_to(path, "maud", &OF_MAUD)
    }

    pub(super) fn flaw(&mut self, span: Span, why: &'static str) {
        self.declared.flaws.push((span, why));
    }

    /// `Safe(value)`, `PreEscaped(value)`; whether the call is one of these.
    pub(super) fn marks(&mut self, call: &ExprCall) -> bool {
        let Expr::Path(function) = &*call.func else { return false };
        if !self.marks_markup(&parts(&function.path)) {
            return false;
        }
        if !call.args.first().is_some_and(|value| self.is_markup(value)) {
            self.flaw(last_span(&function.path), MARKUP);
        }
        true
    }

    /// `Safe { 0: value }`
    pub(super) fn marks_by_field(&mut self, made: &syn::ExprStruct) {
        if self.marks_markup(&parts(&made.path))
            && !(made.rest.is_none() && made.fields.iter().all(|field| self.is_markup(&field.expr)))
        {
            self.flaw(last_span(&made.path), MARKUP);
        }
    }

    /// `.map(Safe)`, `.map(PreEscaped)`, `Text`
    pub(super) fn names_markup(&mut self, path: &Path) {
        if self.is_askama(path, "Text") {
            self.flaw(last_span(path), ESCAPER);
        }
        // A variable may have the name of the filter.
        if !path.is_ident("safe") && self.marks_markup(&parts(path)) {
            self.flaw(last_span(path), MARKUP);
        }
    }

    /// Whether a value is certainly not a string from a caller, or is escaped in place.
    #[expect(clippy::wildcard_enum_match_arm, reason = "any other value may be a string")]
    pub(super) fn is_markup(&self, value: &Expr) -> bool {
        match value {
            Expr::Lit(_) => true,
            Expr::Paren(inner) => self.is_markup(&inner.expr),
            Expr::Group(inner) => self.is_markup(&inner.expr),
            Expr::Reference(inner) => self.is_markup(&inner.expr),
            Expr::Path(path) => path.path.segments.last().is_some_and(|last| {
                let name = last.ident.unraw().to_string();
                !name.chars().any(char::is_lowercase)
                    || path.path.get_ident().is_some() && self.is_plain(&name)
            }),
            Expr::Macro(made) => {
                let last = made.mac.path.segments.last().map(|last| last.ident.to_string());
                matches!(last.as_deref(), Some("concat" | "env" | "include_str" | "stringify"))
                    || self.is_maud(&made.mac.path)
            }
            Expr::Call(call) => {
                matches!(&*call.func, Expr::Path(function) if is_cleaning(&function.path))
            }
            // What escaped markup is turned into.
            Expr::MethodCall(call) => {
                call.args.is_empty()
                    && matches!(
                        call.method.to_string().as_str(),
                        "as_ref"
                            | "as_str"
                            | "clone"
                            | "into"
                            | "into_owned"
                            | "into_string"
                            | "to_owned"
                            | "to_string"
                            | "trim"
                    )
                    && self.is_markup(&call.receiver)
            }
            Expr::If(branch) => {
                self.ends_with_markup(&branch.then_branch)
                    && branch.else_branch.as_ref().is_some_and(|(_, other)| self.is_markup(other))
            }
            Expr::Block(inner) => self.ends_with_markup(&inner.block),
            Expr::Match(inner) => inner.arms.iter().all(|arm| self.is_markup(&arm.body)),
            _ => false,
        }
    }

    fn ends_with_markup(&self, block: &Block) -> bool {
        matches!(block.stmts.as_slice(), [Stmt::Expr(value, None)] if self.is_markup(value))
    }

    /// What is marked among tokens that are not expressions: the arguments of `html!` and of macros
    /// of the service, and what these make.
    pub(super) fn marked_among(&mut self, tokens: TokenStream) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        let mut at = 0_usize;
        while let Some(token) = tokens.get(at) {
            at = at.saturating_add(1);
            let first = match token {
                TokenTree::Group(group) => {
                    self.marked_among(group.stream());
                    continue;
                }
                TokenTree::Ident(word) if word == "use" => {
                    let rest = tokens.get(at..).unwrap_or_default();
                    let end = rest.iter().position(|token| is_punct(Some(token), ";"));
                    at = at.saturating_add(end.unwrap_or(rest.len()));
                    continue;
                }
                TokenTree::Ident(first) => first,
                TokenTree::Punct(_) | TokenTree::Literal(_) => continue,
            };
            let before = at.checked_sub(2).and_then(|before| tokens.get(before));
            let (mut path, mut span) = (vec![first.unraw().to_string()], first.span());
            while let [Some(one), Some(two), Some(TokenTree::Ident(next))] =
                [tokens.get(at), tokens.get(at.saturating_add(1)), tokens.get(at.saturating_add(2))]
                && is_punct(Some(one), ":")
                && is_punct(Some(two), ":")
            {
                path.push(next.unraw().to_string());
                span = next.span();
                at = at.saturating_add(3);
            }
            // A pattern takes markup apart.
            let is_pattern = matches!(before, Some(TokenTree::Ident(word)) if word == "let");
            if is_pattern || !self.marks_markup(&path) {
                continue;
            }
            let right = match tokens.get(at) {
                Some(TokenTree::Group(value)) if value.delimiter() == Delimiter::Parenthesis => {
                    let parser = Punctuated::<Expr, Token![,]>::parse_terminated;
                    let values = syn::parse::Parser::parse2(parser, value.stream());
                    values.is_ok_and(|values| values.iter().all(|value| self.is_markup(value)))
                }
                Some(TokenTree::Group(value)) if value.delimiter() == Delimiter::Brace => {
                    // A type in front of a body: `fn page() -> Markup { .. }`.
                    !value.stream().into_iter().next().is_some_and(
                        |first| matches!(first, TokenTree::Literal(index) if index.to_string() == "0"),
                    )
                }
                // A type (`PreEscaped<String>`, `-> Markup`), or a variable.
                _ => {
                    path.last().is_some_and(|last| last == "Markup")
                        || matches!(path.as_slice(), [name] if name == "safe")
                        || is_punct(tokens.get(at), "<>")
                }
            };
            if !right {
                self.flaw(span, MARKUP);
            }
        }
    }
}

/// Whether a path leads into a crate whose name begins so, to one of these names.
fn is_in(origin: &Origin, krate: &str, names: &[&str]) -> bool {
    let (Origin::External(path) | Origin::Perhaps(path)) = origin else { return false };
    path.last().is_some_and(|last| names.contains(&last.as_str()))
        && path.first().is_some_and(|first| first.starts_with(krate))
}

/// Whether a function of this name takes away what is dangerous in HTML.
fn is_cleaning(path: &Path) -> bool {
    let path = parts(path);
    let mut names = path.iter().rev().map(String::as_str);
    let (name, parent) = (names.next().unwrap_or_default(), names.next().unwrap_or_default());
    sanitizer(parent, name).is_some_and(|class| class.has(Class::HTML))
}

fn is_punct(token: Option<&TokenTree>, marks: &str) -> bool {
    matches!(token, Some(TokenTree::Punct(punct)) if marks.contains(punct.as_char()))
}

pub(super) fn last_span(path: &Path) -> Span {
    path.segments.last().map_or_else(Span::call_site, |last| last.ident.span())
}
