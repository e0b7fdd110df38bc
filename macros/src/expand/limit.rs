//! The limits of an endpoint, and what they take out of its body.

use palisade_lint::endpoint::{
    BodyKey, Count, Limit, LimitKey, LimitOutage, LimitStore, Source, Unit, written,
};
use proc_macro2::{Ident, TokenStream};
use quote::{quote, quote_spanned};

use super::{paths::Paths, policy::option};

/// One limit, as the policy holds it.
pub(super) fn limit(limit: &Limit, paths: &Paths) -> TokenStream {
    let Paths { rate_limit, limit_outage, limit_store, unit, count, duration, ban, .. } = paths;
    let Limit { name, quota, window, burst, cost, track, .. } = limit;
    let counted_in = match limit.unit {
        Unit::Requests => quote!(#unit::Requests),
        Unit::Kibibytes => quote!(#unit::Kibibytes),
        Unit::InFlight => quote!(#unit::InFlight),
    };
    let counted = match limit.count {
        Count::All => quote!(#count::All),
        Count::Failures => quote!(#count::Failures),
    };
    let parts = limit.key.iter().map(|part| key(&part.value, paths));
    let store = match limit.store {
        LimitStore::Service => quote!(#limit_store::Service),
        LimitStore::Local => quote!(#limit_store::Local),
        LimitStore::Shared => quote!(#limit_store::Shared),
    };
    let outage = match limit.outage {
        LimitOutage::Local => quote!(#limit_outage::Local),
        LimitOutage::Closed => quote!(#limit_outage::Closed),
        LimitOutage::Open => quote!(#limit_outage::Open),
    };
    let ban = option(limit.ban.map(|given| {
        let palisade_lint::literal::Ban { refusals, within, lasts } = given.value;
        quote! {
            #ban {
                refusals: #refusals,
                within: #duration::from_secs(#within),
                lasts: #duration::from_secs(#lasts),
            }
        }
    }));
    quote! {
        #rate_limit {
            name: #name,
            unit: #counted_in,
            quota: #quota,
            window: #duration::from_secs(#window),
            burst: #burst,
            cost: #cost,
            count: #counted,
            key: &[#(#parts),*],
            store: #store,
            outage: #outage,
            ban: #ban,
            track: #track,
        }
    }
}

fn key(key: &LimitKey, paths: &Paths) -> TokenStream {
    let Paths { limit_key, .. } = paths;
    match key {
        LimitKey::Global => quote!(#limit_key::Global),
        LimitKey::Address => quote!(#limit_key::Address),
        LimitKey::Header(name) => quote!(#limit_key::Header(#name)),
        LimitKey::Path(name) => quote!(#limit_key::Path(#name)),
        LimitKey::Subject => quote!(#limit_key::Subject),
        LimitKey::Client => quote!(#limit_key::Client),
        LimitKey::Function(path, of) if of.is_empty() => {
            let name = written(path);
            quote!(#limit_key::Function(#name, #path))
        }
        LimitKey::Function(path, of) => {
            let name = written(path);
            let of = of.iter().map(|source| match source {
                Source::Address => quote!(#limit_key::Address),
                Source::Subject => quote!(#limit_key::Subject),
                Source::Client => quote!(#limit_key::Client),
            });
            quote!(#limit_key::FunctionOf(#name, #path, &[#(#of),*]))
        }
        LimitKey::Body(field) => quote!(#limit_key::Body(#field)),
    }
}

/// The fields that limits count by, each with a function that reads it out of the argument.
///
/// A field that is not there, and one of a type that cannot be counted by, are errors at its name
/// in the attribute.
pub(super) fn fields(body: &BodyKey, paths: &Paths) -> TokenStream {
    let Paths { body_field, .. } = paths;
    let fields = body.fields.iter().map(|field| {
        let (text, path) = (&field.text, &field.path);
        let at = text.span();
        // All at one place: where two meet, the compiler would point at the whole expansion.
        let body = Ident::new("__palisade_body", at);
        let key = Ident::new("__palisade_key", at);
        let write = quote_spanned!(at=> |#body, #key| #key.write(&#body #(.#path)*));
        quote!(#body_field { name: #text, write: #write })
    });
    quote!(&[#(#fields),*])
}
