//! The functions for a tool that reads source files, for use before it makes an
//! [`Endpoint`](crate::Endpoint).

use syn::ItemFn;

use crate::{attribute::Attributes, diagnostic::Diagnostics};

/// What the attributes of a function make of it, before any of them is checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Claim {
    /// None of our words: not an endpoint of ours.
    None,
    /// A route word and nothing else: an endpoint without access if `get`, `post`, .. are
    /// palisade's in this file, and none of ours if they are Actix's.
    RouteOnly,
    /// Guarded by us, at a route that is in its attributes.
    Routed,
    /// Guarded by us, mounted somewhere else.
    Plain,
}

/// What the attributes of `item` make of it.
pub fn claim(item: &ItemFn) -> Claim {
    // A preview only: the reader of the endpoint reports what is wrong.
    let mut unread = Diagnostics::new();
    let attributes = Attributes::gather(None, &item.attrs, &mut unread);
    let _reported_later = unread.check();
    let routed = attributes.given.iter().any(|given| given.word.is_route());
    let guarded = attributes.given.iter().any(|given| !given.word.is_route());
    match (routed, guarded) {
        (false, false) => Claim::None,
        (true, false) => Claim::RouteOnly,
        (true, true) => Claim::Routed,
        (false, true) => Claim::Plain,
    }
}

#[cfg(test)]
mod tests {
    use syn::parse_quote;

    use super::{Claim, claim};

    #[test]
    fn words_claim_a_function() {
        assert_eq!(
            claim(&parse_quote!(
                fn f() {}
            )),
            Claim::None
        );
        assert_eq!(
            claim(&parse_quote!(
                #[inline]
                fn f() {}
            )),
            Claim::None
        );
        assert_eq!(
            claim(&parse_quote!(
                #[post("/")]
                fn f() {}
            )),
            Claim::RouteOnly
        );
        assert_eq!(
            claim(&parse_quote!(
                #[post("/")]
                #[palisade::authenticated]
                fn f() {}
            )),
            Claim::Routed
        );
        assert_eq!(
            claim(&parse_quote!(
                #[public]
                fn f() {}
            )),
            Claim::Plain
        );
        assert_eq!(
            claim(&parse_quote!(
                #[my::palisade::public(crate = my::palisade)]
                fn f() {}
            )),
            Claim::Plain
        );
        assert_eq!(
            claim(&parse_quote!(
                #[r#get("/")]
                #[palisade::r#public]
                fn f() {}
            )),
            Claim::Routed
        );
        assert_eq!(
            claim(&parse_quote!(
                #[other::public]
                fn f() {}
            )),
            Claim::None
        );
    }
}
