//! The arguments of one attribute: words, values and spans, without meaning.

use proc_macro2::{Group, Span, TokenStream, TokenTree};
use quote::ToTokens;
use syn::{
    Attribute, Ident, Lit, LitStr, Meta, Path, PathSegment, Token,
    ext::IdentExt,
    parse::{Parse, ParseStream, Parser},
    punctuated::Punctuated,
    token::Paren,
};

use crate::diagnostic::{Code, Diagnostics, did_you_mean};

/// The arguments of one attribute.
#[derive(Clone, Debug)]
pub struct Args {
    /// The attribute's name, for messages.
    pub word: &'static str,
    /// The span of the attribute, for arguments without a token of their own.
    pub span: Span,
    /// The arguments, in source order.
    pub list: Vec<Arg>,
}

/// One argument.
#[derive(Clone, Debug)]
pub enum Arg {
    /// `value`
    Value(Value),
    /// `name = value`
    Named(Ident, Value),
}

/// A value.
#[derive(Clone, Debug)]
pub enum Value {
    /// `"text"`, `5`
    Literal(Lit),
    /// `word`, `Scope::ItemsWrite`
    Path(Path),
    /// `all("a", "b")`
    Call(Call),
    /// `(ip, subject)`
    Tuple(Tuple),
}

/// A word with arguments in parentheses.
#[derive(Clone, Debug)]
pub struct Call {
    /// The word.
    pub path: Path,
    /// The arguments.
    pub list: Vec<Value>,
    /// `name = value`: of `function(..)` alone, so that no other call drops one unread.
    pub named: Vec<(Ident, Value)>,
}

/// Values in parentheses.
#[derive(Clone, Debug)]
pub struct Tuple {
    /// The values.
    pub list: Vec<Value>,
    /// The parentheses and what is in them, to point at.
    group: Group,
}

impl Args {
    /// Reads the tokens between an attribute's parentheses; `None` when they cannot be read.
    pub fn read(
        word: &'static str,
        span: Span,
        tokens: TokenStream,
        d: &mut Diagnostics,
    ) -> Option<Self> {
        match Punctuated::<Arg, Token![,]>::parse_terminated.parse2(tokens) {
            Ok(list) => Some(Self { word, span, list: list.into_iter().collect() }),
            Err(error) => {
                // `syn` points at the macro's call where tokens are missing: say the attribute.
                d.unreadable(&error).help(format!("arguments of `{word}` are separated by commas"));
                None
            }
        }
    }

    /// Reads the one attribute of the name `word`: `Some(None)` where there is none, `None` where it cannot
    /// be read. `example` is the attribute as it should be written.
    pub fn of_attribute(
        word: &'static str,
        attributes: &[Attribute],
        example: &str,
        d: &mut Diagnostics,
    ) -> Option<Option<Self>> {
        let mut own = attributes.iter().filter(|attribute| attribute.path().is_ident(word));
        let Some(first) = own.next() else { return Some(None) };
        let mut is_repeated = false;
        for again in own {
            is_repeated = true;
            d.on(Code::RepeatedAttribute, again.path(), format!("duplicate attribute `{word}`"))
                .help("keep one of them");
        }
        let span = first.path().get_ident().map_or_else(Span::call_site, Ident::span);
        let args = match &first.meta {
            Meta::List(list) => Self::read(word, span, list.tokens.clone(), d),
            Meta::Path(_) | Meta::NameValue(_) => {
                let message = format!("`{word}` takes its arguments in parentheses");
                d.at(Code::UnreadableSyntax, span, message).help(format!("write `{example}`"));
                None
            }
        };
        if is_repeated { None } else { args.map(Some) }
    }

    /// Takes the option `name`, refusing a second one.
    pub fn take(&mut self, name: &str, d: &mut Diagnostics) -> Option<(Ident, Value)> {
        let mut all = self.take_all(name).into_iter();
        let first = all.next();
        for (again, _) in all {
            d.at(
                Code::RepeatedWord,
                again.span(),
                format!("duplicate `{name}` in `{}`", self.word),
            )
            .help("keep one of them");
        }
        first
    }

    /// Takes every option `name`.
    pub fn take_all(&mut self, name: &str) -> Vec<(Ident, Value)> {
        let mut taken = Vec::new();
        self.list = std::mem::take(&mut self.list)
            .into_iter()
            .filter_map(|arg| match arg {
                Arg::Named(ident, value) if ident == name => {
                    taken.push((ident, value));
                    None
                }
                Arg::Named(..) | Arg::Value(_) => Some(arg),
            })
            .collect();
        taken
    }

    /// Takes the option `name` as a string literal.
    pub fn take_text(&mut self, name: &str, d: &mut Diagnostics) -> Option<LitStr> {
        let (ident, value) = self.take(name, d)?;
        value.text(&ident, d)
    }

    /// Takes `crate = path`: where palisade is found.
    pub fn take_crate(&mut self, d: &mut Diagnostics) -> Option<Path> {
        self.take_named_crate(d).map(|(_, path)| path)
    }

    /// The same, with the word `crate` to point at.
    pub(super) fn take_named_crate(&mut self, d: &mut Diagnostics) -> Option<(Ident, Path)> {
        let (name, value) = self.take("crate", d)?;
        let Value::Path(path) = value else {
            d.on(Code::WrongValue, &value, "`crate` takes a path")
                .help("write `crate = my::palisade`");
            return None;
        };
        refuse_local_crate(&path, d);
        Some((name, path))
    }

    /// Takes every argument that has no name.
    pub fn take_values(&mut self) -> Vec<Value> {
        let mut taken = Vec::new();
        self.list = std::mem::take(&mut self.list)
            .into_iter()
            .filter_map(|arg| match arg {
                Arg::Value(value) => {
                    taken.push(value);
                    None
                }
                Arg::Named(..) => Some(arg),
            })
            .collect();
        taken
    }

    /// Takes the one text that the attribute is about: `rate_limit("10/minute")`.
    pub fn take_one_text(&mut self, example: &str, d: &mut Diagnostics) -> Option<LitStr> {
        let word = self.word;
        let value = self.take_one(example, d)?;
        if let Value::Literal(Lit::Str(text)) = value {
            return Some(text);
        }
        d.on(Code::WrongValue, &value, format!("`{word}` takes a string"))
            .help(format!("write `{word}({example})`"));
        None
    }

    /// Takes the one value that the attribute is about.
    pub fn take_one(&mut self, example: &str, d: &mut Diagnostics) -> Option<Value> {
        let word = self.word;
        let mut values = self.take_values().into_iter();
        let Some(first) = values.next() else {
            d.at(Code::MissingArgument, self.span, format!("`{word}` needs arguments"))
                .help(format!("write `{word}({example})`"));
            return None;
        };
        for value in values {
            d.on(Code::UnexpectedArgument, &value, format!("`{word}` takes one value"))
                .help(format!("write `{word}({example})`"));
        }
        Some(first)
    }

    /// Refuses options that no caller has taken. `known` are the options that the attribute has.
    pub fn finish(self, known: &[&str], d: &mut Diagnostics) {
        let Self { word, list, .. } = self;
        for arg in list {
            match arg {
                Arg::Named(name, _) => {
                    let text = name.to_string();
                    d.at(
                        Code::UnknownWord,
                        name.span(),
                        format!("`{word}` has no option `{text}`"),
                    );
                    match (did_you_mean(&text, known.iter().copied()), known) {
                        (Some(near), _) => d.help(format!("did you mean `{near}`?")),
                        (None, []) => d.help(format!("write `{word}` without it")),
                        (None, known) => d.help(format!("it has `{}`", known.join("`, `"))),
                    };
                }
                Arg::Value(value) => {
                    d.on(
                        Code::UnexpectedArgument,
                        &value,
                        format!("`{word}` does not take this value"),
                    );
                    match known {
                        [] => d.help(format!("write `#[{word}]`")),
                        known => d.help(format!("it has `{} = ..`", known.join(" = ..`, `"))),
                    };
                }
            }
        }
    }
}

/// Reads `crate = path,` where a macro's tokens begin with it.
///
/// # Errors
///
/// What follows `crate =` is not a path, or nothing separates it from the rest.
pub fn take_crate(input: ParseStream<'_>, d: &mut Diagnostics) -> syn::Result<Option<Path>> {
    if !(input.peek(Token![crate]) && input.peek2(Token![=])) {
        return Ok(None);
    }
    input.parse::<Token![crate]>()?;
    input.parse::<Token![=]>()?;
    let path = input.call(Path::parse_mod_style)?;
    if !input.is_empty() {
        input.parse::<Token![,]>()?;
    }
    refuse_local_crate(&path, d);
    Ok(Some(path))
}

/// Refuses a path to palisade that begins in the crate that is being compiled: what an expansion
/// calls belongs to palisade, and a module of one's own could put something else in its place.
pub(crate) fn refuse_local_crate(path: &Path, d: &mut Diagnostics) {
    let first = path.segments.first().filter(|_| path.leading_colon.is_none());
    let is_local = |first: &PathSegment| {
        ["crate", "self", "super"].iter().any(|keyword| first.ident == keyword)
    };
    if first.is_some_and(is_local) {
        d.on(
            Code::LocalCratePath,
            path,
            "`crate` names a path of this crate, and palisade is a dependency",
        )
        .help("begin with the dependency: `crate = my::palisade`");
    }
}

impl Value {
    /// The value as a string literal; `name` is the option that it belongs to.
    pub fn text(self, name: &Ident, d: &mut Diagnostics) -> Option<LitStr> {
        if let Self::Literal(Lit::Str(text)) = self {
            return Some(text);
        }
        d.on(Code::WrongValue, &self, format!("`{name}` takes a string"))
            .help(format!("write `{name} = \"..\"`"));
        None
    }

    /// The value as a whole number.
    pub fn number(self, name: &Ident, d: &mut Diagnostics) -> Option<(u32, Span)> {
        if let Self::Literal(Lit::Int(number)) = &self
            && number.suffix().is_empty()
            && let Ok(value) = number.base10_parse::<u32>()
        {
            return Some((value, number.span()));
        }
        d.on(Code::WrongValue, &self, format!("`{name}` takes a whole number below 2^32"))
            .help(format!("write `{name} = 5`"));
        None
    }

    /// The value where it is a single word.
    pub fn word(&self) -> Option<&Ident> {
        match self {
            Self::Path(path) => path.get_ident(),
            Self::Literal(_) | Self::Call(_) | Self::Tuple(_) => None,
        }
    }
}

impl Parse for Arg {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        if input.peek(Ident::peek_any) && input.peek2(Token![=]) && !input.peek2(Token![==]) {
            let name = input.call(Ident::parse_any)?;
            input.parse::<Token![=]>()?;
            return Ok(Self::Named(name, input.parse()?));
        }
        Ok(Self::Value(input.parse()?))
    }
}

impl Parse for Value {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        if input.peek(Lit) {
            let literal: Lit = input.parse()?;
            if let Lit::Verbatim(_) = literal {
                return Err(syn::Error::new(literal.span(), "unknown kind of literal"));
            }
            if let Lit::Str(text) = &literal
                && !text.suffix().is_empty()
            {
                return Err(syn::Error::new(literal.span(), "a string literal with a suffix"));
            }
            return Ok(Self::Literal(literal));
        }
        if input.peek(Paren) {
            let tree: TokenTree = input.parse()?;
            let TokenTree::Group(group) = tree else {
                return Err(syn::Error::new(tree.span(), "expected values in parentheses"));
            };
            let list = Punctuated::<Self, Token![,]>::parse_terminated.parse2(group.stream())?;
            return Ok(Self::Tuple(Tuple { list: list.into_iter().collect(), group }));
        }
        if input.peek(Token![|]) || input.peek(Token![move]) {
            return Err(input.error("expected the name of a function, not a closure"));
        }
        if !input.peek(Ident::peek_any) && !input.peek(Token![::]) {
            return Err(input.error("expected a string, a number or a word"));
        }
        let path = input.call(Path::parse_mod_style)?;
        if !input.peek(Paren) {
            return Ok(Self::Path(path));
        }
        let inside;
        syn::parenthesized!(inside in input);
        if !path.is_ident("function") {
            let list = Punctuated::<Self, Token![,]>::parse_terminated(&inside)?;
            return Ok(Self::Call(Call {
                path,
                list: list.into_iter().collect(),
                named: Vec::new(),
            }));
        }
        let (mut list, mut named) = (Vec::new(), Vec::new());
        for arg in Punctuated::<Arg, Token![,]>::parse_terminated(&inside)? {
            match arg {
                Arg::Value(value) => list.push(value),
                Arg::Named(name, value) => named.push((name, value)),
            }
        }
        Ok(Self::Call(Call { path, list, named }))
    }
}

impl ToTokens for Value {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        match self {
            Self::Literal(literal) => literal.to_tokens(tokens),
            Self::Path(path) => path.to_tokens(tokens),
            // The word is enough to point at, and the group cannot be rebuilt with its span.
            Self::Call(call) => call.path.to_tokens(tokens),
            Self::Tuple(tuple) => tuple.group.to_tokens(tokens),
        }
    }
}
