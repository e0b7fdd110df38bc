//! The access rule of an endpoint.

use std::fmt;

use proc_macro2::Span;
use quote::ToTokens;

use super::{
    Part, reason,
    reason::Reason,
    scope::{self, Scope},
};
use crate::{
    attribute::Word,
    diagnostic::{Code, Diagnostics, did_you_mean},
    handler::Handler,
};

/// The access rule of an endpoint.
#[derive(Clone, Debug)]
pub enum Access {
    /// Every caller, without credentials.
    Public(Span),
    /// Any valid identity.
    Authenticated(Span),
    /// A valid identity with these scopes.
    Scoped(Scope),
}

impl Access {
    /// Whether every caller has access.
    pub const fn is_public(&self) -> bool {
        matches!(self, Self::Public(_))
    }
}

/// Reads the attributes about access, of which there must be exactly one kind.
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
            format!("`{}` contradicts `{}`", other.word, first.word),
        )
        .help("keep the one that is meant; `require_scope` implies an identity");
    }
    let word = first.word;
    // A second `public` or `authenticated` has been refused as repeated.
    let access = if word == Word::RequireScope {
        scope::read(handler, d).map(Access::Scoped)
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

/// Reports a missing access rule, at the attribute that looks like a misspelt one.
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
