//! Who may call.

use std::fmt;

use proc_macro2::Span;
use quote::ToTokens;
use syn::{Lit, LitStr, Path};

use super::{Part, reason, reason::Reason};
use crate::{
    attribute::{Args, Value, Word},
    diagnostic::{Code, Diagnostics, did_you_mean},
    handler::Handler,
    literal,
};

/// Who may call an endpoint.
#[derive(Clone, Debug)]
pub enum Access {
    /// Anybody.
    Public(Span),
    /// Any valid identity.
    Authenticated(Span),
    /// A valid identity with these scopes.
    Scoped(Scope),
}

/// A condition on scopes.
#[derive(Clone, Debug)]
pub enum Scope {
    /// One scope, by its text.
    Name(LitStr),
    /// One scope, by a value of the service's own type.
    Typed(Path),
    /// All of these; never empty.
    All(Vec<Scope>),
    /// At least one of these; never empty.
    Any(Vec<Scope>),
}

impl Access {
    /// Whether there is an identity.
    pub const fn is_public(&self) -> bool {
        matches!(self, Self::Public(_))
    }
}

/// Reads what the attributes say about access; they must say one thing.
pub(super) fn read(
    handler: &Handler,
    reasons: &mut Vec<Reason>,
    d: &mut Diagnostics,
) -> Part<Access> {
    let attributes = &handler.attributes;
    // The strictest, so that the order of the attributes does not change what is said.
    let Some(first) = attributes.of(Word::is_access).min_by_key(|given| given.word) else {
        refuse_open(handler, d);
        return Part::Absent;
    };
    let mut disagrees = false;
    for other in attributes.of(|word| word.is_access() && word != first.word) {
        disagrees = true;
        d.at(
            Code::TwoAccesses,
            other.span,
            format!("`{}` disagrees with `{}`", other.word, first.word),
        )
        .help("keep the one that is meant; `require_scope` implies an identity");
    }
    let word = first.word;
    // A second `public` or `authenticated` has been refused as repeated.
    let access = if word == Word::RequireScope {
        read_scopes(handler, d).map(Access::Scoped)
    } else {
        first.args.clone().map(|mut args| {
            if word == Word::Public {
                reason::optional("public", &mut args, reasons, d);
                args.finish(&["reason"], d);
                Access::Public(first.span)
            } else {
                args.finish(&[], d);
                Access::Authenticated(first.span)
            }
        })
    };
    if disagrees { Part::Broken } else { access.into() }
}

/// Nothing says who may call: at the attribute that was meant to, where one looks like it.
fn refuse_open(handler: &Handler, d: &mut Diagnostics) {
    let open = format!("nothing says who may call `{}`", handler.name());
    for attribute in &handler.attributes.kept {
        let path = attribute.path();
        let written = path.to_token_stream().to_string().replace(' ', "");
        let (prefix, last) = written.rsplit_once("::").unwrap_or(("", &written));
        if let Some(word) = Word::named(last).filter(|word| word.is_access()) {
            let arguments = if word == Word::RequireScope { "(..)" } else { "" };
            d.on(Code::NoAccess, path, format!("`{written}` is not recognised"))
                .help(format!("write `#[{word}{arguments}]`, or say `crate = {prefix}` in it"));
            return;
        }
        let words = Word::ALL.iter().filter(|word| word.is_access()).map(|word| word.name());
        if matches!(prefix, "" | "palisade" | "::palisade")
            && let Some(near) = did_you_mean(last, words)
        {
            d.on(Code::NoAccess, path, open).help(format!("did you mean `{near}`?"));
            return;
        }
    }
    d.at(Code::NoAccess, handler.name().span(), open)
        .help("add `#[require_scope(\"..\")]`, `#[authenticated]` or `#[public(reason = \"..\")]`");
}

/// Reads every `require_scope` of the handler; all of them are required.
fn read_scopes(handler: &Handler, d: &mut Diagnostics) -> Option<Scope> {
    let given: Vec<_> = handler.attributes.of(|word| word == Word::RequireScope).collect();
    let mut scopes = Vec::new();
    for attribute in &given {
        scopes.push(attribute.args.clone().and_then(|args| read_one(args, d)));
    }
    let mut scopes = scopes.into_iter().collect::<Option<Vec<_>>>()?;
    if let [_] = scopes.as_slice() {
        return scopes.pop();
    }
    // Sorted, so that the order of the attributes leaves no trace.
    scopes.sort_by_key(ToString::to_string);
    refuse_duplicates(&scopes, d).then_some(Scope::All(scopes))
}

fn read_one(mut args: Args, d: &mut Diagnostics) -> Option<Scope> {
    let span = args.span;
    let values = args.take_values();
    let no_leftovers = args.list.is_empty();
    args.finish(&[], d);
    let mut values = values.into_iter();
    let Some(first) = values.next() else {
        if no_leftovers {
            d.at(Code::MissingArgument, span, "`require_scope` names no scope")
                .help("name one, or write `#[authenticated]`");
        }
        return None;
    };
    if let Some(second) = values.next() {
        d.on(
            Code::UngroupedScopes,
            &second,
            "two scopes that are joined neither by `all` nor `any`",
        )
        .help("write `all(\"a\", \"b\")` or `any(\"a\", \"b\")`");
        return None;
    }
    scope(first, d)
}

fn scope(value: Value, d: &mut Diagnostics) -> Option<Scope> {
    match value {
        Value::Literal(Lit::Str(text)) => match literal::scope(&text.value()) {
            Ok(()) => Some(Scope::Name(text)),
            Err(flaw) => {
                d.flaw(text.span(), flaw);
                None
            }
        },
        Value::Literal(other) => {
            d.on(Code::WrongValue, &other, "a scope is a text or a typed value")
                .help("write `\"items:write\"` or `Scope::ItemsWrite`");
            None
        }
        Value::Path(path) => match path.get_ident() {
            Some(word) if word == "all" || word == "any" => {
                d.at(Code::EmptyGroup, word.span(), format!("`{word}` of no scopes"))
                    .help(format!("write `{word}(\"a\", \"b\")`"));
                None
            }
            _ => Some(Scope::Typed(path)),
        },
        Value::Call(call) => {
            let word = call.path.get_ident().map(ToString::to_string).unwrap_or_default();
            if !matches!(word.as_str(), "all" | "any") {
                let written = call.path.to_token_stream().to_string().replace(' ', "");
                d.on(Code::UnknownWord, &call.path, format!("`{written}` does not join scopes"));
                match did_you_mean(&word, ["all", "any"]) {
                    Some(near) => d.help(format!("did you mean `{near}`?")),
                    None => d.help("write `all(..)` or `any(..)`"),
                };
                return None;
            }
            if call.list.is_empty() {
                d.on(Code::EmptyGroup, &call.path, format!("`{word}` of no scopes"))
                    .help("an empty group would admit everybody or nobody: name the scopes");
                return None;
            }
            let scopes: Vec<_> = call.list.into_iter().map(|value| scope(value, d)).collect();
            let scopes = scopes.into_iter().collect::<Option<Vec<_>>>()?;
            if !refuse_duplicates(&scopes, d) {
                return None;
            }
            Some(if word == "all" { Scope::All(scopes) } else { Scope::Any(scopes) })
        }
    }
}

fn refuse_duplicates(scopes: &[Scope], d: &mut Diagnostics) -> bool {
    let mut seen: Vec<String> = Vec::new();
    let mut unique = true;
    for scope in scopes {
        let text = scope.to_string();
        if seen.contains(&text) {
            unique = false;
            d.at(Code::DuplicateScope, scope.span(), format!("scope `{text}` stands twice"))
                .help("one of them was probably meant to be another scope");
        }
        seen.push(text);
    }
    unique
}

impl Scope {
    /// The first token of the condition that has a span of its own.
    fn span(&self) -> Span {
        match self {
            Self::Name(text) => text.span(),
            Self::Typed(path) => syn::spanned::Spanned::span(path),
            Self::All(scopes) | Self::Any(scopes) => {
                scopes.first().map_or_else(Span::call_site, Self::span)
            }
        }
    }
}

/// `items:write`, `all(a, b)`, `any(a, all(b, c))`: the form of the inventory.
impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (word, scopes) = match self {
            Self::Name(name) => return f.write_str(&name.value()),
            Self::Typed(path) => {
                return f.write_str(&path.to_token_stream().to_string().replace(' ', ""));
            }
            Self::All(scopes) => ("all", scopes),
            Self::Any(scopes) => ("any", scopes),
        };
        let scopes: Vec<_> = scopes.iter().map(ToString::to_string).collect();
        write!(f, "{word}({})", scopes.join(", "))
    }
}

impl fmt::Display for Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Public(_) => f.write_str("public"),
            Self::Authenticated(_) => f.write_str("authenticated"),
            Self::Scoped(scope) => scope.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use syn::parse_quote;

    use crate::{Code, Diagnostics, endpoint::Endpoint};

    fn refused(item: &syn::ItemFn) -> String {
        let mut d = Diagnostics::new();
        assert!(Endpoint::from_item(item, &mut d).is_none());
        let found = d.check().unwrap_err();
        let [one] = found.as_slice() else { panic!("{found:?}") };
        assert_eq!(one.code, Code::NoAccess);
        one.to_string()
    }

    #[test]
    fn a_slip_is_named_where_it_stands() {
        let misspelt = parse_quote!(
            #[get("/a")]
            #[instrument]
            #[authentcated]
            async fn a() {}
        );
        assert!(refused(&misspelt).ends_with("did you mean `authenticated`?"));
        let elsewhere = parse_quote!(
            #[get("/a")]
            #[my::guards::require_scope("a:read")]
            async fn a() {}
        );
        assert_eq!(
            refused(&elsewhere),
            "`my::guards::require_scope` is not recognised\n\
             help: write `#[require_scope(..)]`, or say `crate = my::guards` in it"
        );
        let others = parse_quote!(
            #[get("/a")]
            #[deprecated]
            #[tracing::publc]
            async fn a() {}
        );
        assert!(refused(&others).contains("add `#[require_scope"));
    }
}
