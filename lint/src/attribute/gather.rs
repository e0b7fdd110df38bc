//! Groups a handler's attributes: palisade's own, those that are copied to all items, and the
//! others.

use proc_macro2::{Span, TokenStream, TokenTree};
use quote::ToTokens;
use syn::{
    Attribute, Meta, Path, Token, ext::IdentExt as _, parse::Parser, punctuated::Punctuated,
    spanned::Spanned,
};

use super::{
    args::{Args, Value},
    word::Word,
};
use crate::diagnostic::{Code, Diagnostics};

/// The attribute that the compiler is expanding; it is no longer among the item's attributes.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Which one.
    pub word: Word,
    /// The span of the attribute.
    pub span: Span,
    /// What is between its parentheses.
    pub tokens: TokenStream,
}

/// One of our attributes, read.
#[derive(Clone, Debug)]
pub struct Given {
    /// Which one.
    pub word: Word,
    /// Whether it was written as another crate's: `#[actix_web::post]`.
    pub foreign: bool,
    /// The span of the attribute.
    pub span: Span,
    /// The arguments; `None` when they could not be read, which has been reported.
    pub args: Option<Args>,
}

/// The attributes of one handler.
#[derive(Clone, Debug, Default)]
pub struct Attributes {
    /// Ours, in source order.
    pub given: Vec<Given>,
    /// `#[cfg(..)]`: belongs on every item that comes out.
    pub cfg: Vec<Attribute>,
    /// Documentation: belongs on what the user's code names.
    pub docs: Vec<Attribute>,
    /// Everything else: stays on the function.
    pub kept: Vec<Attribute>,
    /// The path to the crate where `crate = path` was given.
    pub krate: Option<Path>,
}

impl Attributes {
    /// Sorts the attributes of a handler. `entry` is `None` when reading a source file, where all
    /// of them are still there.
    pub fn gather(entry: Option<Entry>, attributes: &[Attribute], d: &mut Diagnostics) -> Self {
        let mut gathered = Self::default();
        // `crate = path` on any one of them makes `path::word` ours on all of them.
        let declared = declared_crates(entry.as_ref(), attributes);
        if let Some(Entry { word, span, tokens }) = entry {
            let args = Args::read(word.name(), span, tokens, d);
            gathered.given.push(Given { word, foreign: false, span, args });
        }
        for attribute in attributes {
            gathered.sort(attribute, &declared, d);
        }
        gathered.settle_crate(d);
        gathered.refuse_repeated(d);
        gathered
    }

    /// Those that say one of `words`.
    pub fn of(&self, pick: impl Fn(Word) -> bool) -> impl Iterator<Item = &Given> {
        self.given.iter().filter(move |given| pick(given.word))
    }

    /// The first that says `word`.
    pub fn first(&self, word: Word) -> Option<&Given> {
        self.given.iter().find(|given| given.word == word)
    }

    /// The first of our words that a `cfg_attr` may turn into an attribute.
    ///
    /// The compiler resolves those on the handler itself before any macro sees them, so there only
    /// the readers of source files find one.
    pub fn conditional(attribute: &Attribute) -> Option<Word> {
        if attribute.path().is_ident("cfg_attr") { conditional_word(&attribute.meta) } else { None }
    }

    fn sort(&mut self, attribute: &Attribute, declared: &[Path], d: &mut Diagnostics) {
        let path = attribute.path();
        if path.is_ident("cfg") {
            self.cfg.push(attribute.clone());
        } else if path.is_ident("doc") {
            self.docs.push(attribute.clone());
        } else if path.is_ident("cfg_attr") {
            if let Some(word) = Self::conditional(attribute) {
                d.on(
                    Code::ConditionalAttribute,
                    attribute.path(),
                    format!("`{word}` under `cfg_attr` would guard only some builds"),
                )
                .help("write two handlers, each under its own `#[cfg(..)]`");
                self.broken(word, attribute);
            } else {
                self.kept.push(attribute.clone());
            }
        } else if is_absorbed_marker(path) {
            // The marker of an earlier expansion is here, so the attribute that expands now was not
            // recognised by it.
            let span = self.given.first().map_or_else(Span::call_site, |given| given.span);
            let word = self.given.first().map_or("attribute", |given| given.word.name());
            d.at(
                Code::LeftOverAttribute,
                span,
                format!("`{word}` was imported under another name, so the other palisade attributes cannot see it"),
            )
            .help(format!("write `#[{word}]` or `#[palisade::{word}]`, without `use .. as ..`"));
        } else {
            self.sort_ours(attribute, declared, d);
        }
    }

    fn sort_ours(&mut self, attribute: &Attribute, declared: &[Path], d: &mut Diagnostics) {
        let path = attribute.path();
        let Some((prefix, last)) = split_last(path) else {
            self.kept.push(attribute.clone());
            return;
        };
        let word = Word::named(&last);
        let ours = prefix.is_empty()
            || prefix == ["palisade"]
            || declared.iter().any(|krate| segments(krate) == prefix);
        let actix = prefix == ["actix_web"];
        match word {
            Some(word) if ours || (actix && word.is_route()) => {
                let args = read_sibling(word, attribute, d);
                self.given.push(Given { word, foreign: actix, span: path.span(), args });
            }
            Some(word) if word.is_route() && is_route_like(attribute) => {
                foreign_route(path, &last, d);
                self.broken(Word::Route, attribute);
            }
            None if (prefix.is_empty() && last == "routes")
                || (actix && matches!(last.as_str(), "routes" | "connect" | "trace" | "query")) =>
            {
                foreign_route(path, &last, d);
                self.broken(Word::Route, attribute);
            }
            _ => self.kept.push(attribute.clone()),
        }
    }

    /// Records that `word` is present although its arguments cannot be read, so that no error is
    /// reported for its absence.
    fn broken(&mut self, word: Word, attribute: &Attribute) {
        let span = attribute.path().span();
        self.given.push(Given { word, foreign: true, span, args: None });
    }

    /// Takes `crate = path` out of all arguments; they must agree.
    fn settle_crate(&mut self, d: &mut Diagnostics) {
        for given in &mut self.given {
            let Some(args) = &mut given.args else { continue };
            let Some((name, path)) = args.take_named_crate(d) else { continue };
            match &self.krate {
                Some(known) if text(known) != text(&path) => {
                    d.at(
                        Code::CratePathsDisagree,
                        name.span(),
                        format!("`crate` is `{}` here and `{}` above", text(&path), text(known)),
                    )
                    .help("one handler uses one path to palisade");
                }
                Some(_) => {}
                None => self.krate = Some(path),
            }
        }
    }

    fn refuse_repeated(&self, d: &mut Diagnostics) {
        let mut seen: Vec<Word> = Vec::new();
        let mut has_route = false;
        for given in &self.given {
            let word = given.word;
            if given.foreign && given.args.is_none() {
                continue;
            }
            if word.is_route() {
                if has_route {
                    d.at(Code::TwoRoutes, given.span, format!("`{word}` is a second route")).help(
                        "write `route(\"..\", method = \"..\", method = \"..\")`, or two handlers",
                    );
                }
                has_route = true;
            } else if seen.contains(&word) && !word.may_repeat() {
                d.at(Code::RepeatedAttribute, given.span, format!("duplicate `{word}`"))
                    .help("keep one of them");
            }
            seen.push(word);
        }
    }
}

/// The text of a path, without the spaces that tokens are printed with.
fn text(path: &Path) -> String {
    path.to_token_stream().to_string().replace(' ', "")
}

fn segments(path: &Path) -> Vec<String> {
    // `#[r#public]` is the same attribute.
    path.segments.iter().map(|segment| segment.ident.unraw().to_string()).collect()
}

fn split_last(path: &Path) -> Option<(Vec<String>, String)> {
    let mut segments = segments(path);
    let last = segments.pop()?;
    Some((segments, last))
}

fn is_absorbed_marker(path: &Path) -> bool {
    let segments = segments(path);
    matches!(segments.as_slice(), [.., private, last] if private == "__private" && last == "absorbed")
}

fn foreign_route(path: &Path, last: &str, d: &mut Diagnostics) {
    d.on(
        Code::ForeignRoute,
        path,
        format!("`{}` is a route attribute that palisade cannot take over", text(path)),
    );
    match Word::named(last) {
        Some(word) => d.help(format!("write `#[{word}(..)]` or `#[palisade::{word}(..)]`")),
        None => d.help("write one `#[get(..)]`, `#[route(..)]`, .. per handler"),
    };
}

/// Whether an attribute has a path to route as its first argument; `mock::get(count)` has none.
fn is_route_like(attribute: &Attribute) -> bool {
    matches!(&attribute.meta, Meta::List(list)
        if matches!(list.tokens.clone().into_iter().next(), Some(TokenTree::Literal(_))))
}

fn read_sibling(word: Word, attribute: &Attribute, d: &mut Diagnostics) -> Option<Args> {
    let span = attribute.path().span();
    match &attribute.meta {
        Meta::Path(_) => Args::read(word.name(), span, TokenStream::new(), d),
        Meta::List(list) => Args::read(word.name(), span, list.tokens.clone(), d),
        Meta::NameValue(pair) => {
            d.at(
                Code::UnreadableSyntax,
                pair.eq_token.span(),
                format!("`{word}` takes its arguments in parentheses"),
            )
            .help(format!("write `{word}(..)`"));
            None
        }
    }
}

fn names_crate(tokens: &TokenStream) -> bool {
    tokens
        .clone()
        .into_iter()
        .any(|token| matches!(token, TokenTree::Ident(ident) if ident == "crate"))
}

/// Every path that some attribute names by `crate = path`.
fn declared_crates(entry: Option<&Entry>, attributes: &[Attribute]) -> Vec<Path> {
    let siblings = attributes.iter().filter_map(|attribute| match &attribute.meta {
        Meta::List(list) => {
            let (_, last) = split_last(&list.path)?;
            Word::named(&last).map(|word| (word, list.tokens.clone()))
        }
        Meta::Path(_) | Meta::NameValue(_) => None,
    });
    entry
        .map(|entry| (entry.word, entry.tokens.clone()))
        .into_iter()
        .chain(siblings)
        // Few packages rename the crate: parse arguments twice only where they name it.
        .filter(|(_, tokens)| names_crate(tokens))
        .filter_map(|(word, tokens)| {
            // A preview only: the actual parse of the arguments reports what is wrong.
            let mut ahead = Diagnostics::new();
            let args = Args::read(word.name(), Span::call_site(), tokens, &mut ahead);
            let _reported_later = ahead.check();
            args?.take_all("crate").into_iter().find_map(|(_, value)| match value {
                Value::Path(path) => Some(path),
                Value::Literal(_) | Value::Call(_) | Value::Tuple(_) => None,
            })
        })
        .collect()
}

fn conditional_word(meta: &Meta) -> Option<Word> {
    let Meta::List(list) = meta else { return None };
    let Ok(parts) = Punctuated::<Meta, Token![,]>::parse_terminated.parse2(list.tokens.clone())
    else {
        // These are not plain attributes: search all of the tokens for our words.
        return any_word(list.tokens.clone());
    };
    parts.iter().skip(1).find_map(|part| {
        if part.path().is_ident("cfg_attr") {
            return conditional_word(part);
        }
        let (_, last) = split_last(part.path())?;
        Word::named(&last)
    })
}

fn any_word(tokens: TokenStream) -> Option<Word> {
    tokens.into_iter().find_map(|token| match token {
        TokenTree::Ident(ident) => Word::named(&ident.unraw().to_string()),
        TokenTree::Group(group) => any_word(group.stream()),
        TokenTree::Punct(_) | TokenTree::Literal(_) => None,
    })
}
