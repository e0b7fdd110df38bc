//! From a handler's attributes to the items that replace it.

mod body_key;
mod description;
mod endpoint;
mod fallback;
mod feature;
mod policy;
#[cfg(test)]
mod tests;

use palisade_lint::{
    Code, Diagnostics, Endpoint, Handler,
    attribute::{Attributes, Entry, Word},
    denials,
    endpoint::check_silenced,
};
use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::{Attribute, Item, ItemFn, visit_mut::VisitMut};

use crate::{finish::finish, paths::Paths};

/// Expands one of our attributes: it takes all its siblings with it.
pub(crate) fn attribute(entry: Entry, item: &TokenStream) -> TokenStream {
    let function = match syn::parse2::<ItemFn>(item.clone()) {
        Ok(function) if is_silenced_function(&entry, &function) => {
            return silenced_item(&entry, item);
        }
        Ok(function) => function,
        Err(_) if is_silenced_item(&entry, item) => return silenced_item(&entry, item),
        Err(error) => return not_a_function(&entry, item, &error),
    };
    let denied = denials(&entry, &function);
    let mut d = Diagnostics::new();
    let handler = Handler::new(Some(entry), function, &mut d);
    let endpoint = Endpoint::new(&handler, &mut d);
    feature::check(&handler.attributes, endpoint.as_ref(), feature::BUILT, &mut d);
    let paths = Paths::new(handler.attributes.krate.as_ref());
    // An earlier expansion of ours has judged the body; unreadable syntax has been reported.
    if !d.has(Code::LeftOverAttribute) && !d.has(Code::UnreadableSyntax) {
        d.extend(denied);
    }
    let fallback = if d.has(Code::LeftOverAttribute) {
        fallback::untouched
    } else if d.has(Code::MissingFeature) {
        // The types of the signature are not there either.
        fallback::without_body
    } else {
        fallback::fallback
    };
    finish(
        d,
        endpoint,
        |endpoint| {
            let expand = if endpoint.route.is_some() { endpoint::routed } else { endpoint::plain };
            expand(&handler, &endpoint, &paths)
        },
        |errors| {
            let fallback = fallback(&handler, &paths);
            quote!(#errors #fallback)
        },
    )
}

/// Whether a rule is silenced on a type or an implementation, which the compiler hands over as it is.
fn is_silenced_item(entry: &Entry, item: &TokenStream) -> bool {
    entry.word == Word::AllowUnsafe
        && syn::parse2::<Item>(item.clone()).is_ok_and(|item| {
            matches!(item, Item::Struct(_) | Item::Enum(_) | Item::Union(_) | Item::Impl(_))
        })
}

/// Whether a rule is silenced on a function that nothing else of ours makes a handler: a helper, or a
/// handler without guards, which `cargo palisade check` reports.
fn is_silenced_function(entry: &Entry, function: &ItemFn) -> bool {
    let mut ignored = Diagnostics::new();
    let siblings = Attributes::gather(None, &function.attrs, &mut ignored).given;
    // What is wrong with a sibling is for its own expansion to say.
    let _ = ignored.check();
    let word = Word::AllowUnsafe;
    entry.word == word && siblings.iter().all(|sibling| sibling.word == word)
}

/// The item as it is. What the rule finds there is found by `cargo palisade check`, which also says
/// whether it finds anything.
fn silenced_item(entry: &Entry, item: &TokenStream) -> TokenStream {
    let mut d = Diagnostics::new();
    check_silenced(entry, &mut d);
    finish(d, Some(item), ToTokens::to_token_stream, |errors| quote!(#errors #item))
}

/// One of our attributes on something else: the item stays, without the siblings that would say
/// the same again.
fn not_a_function(entry: &Entry, item: &TokenStream, error: &syn::Error) -> TokenStream {
    let mut d = Diagnostics::new();
    let parsed =
        syn::parse2::<Item>(item.clone()).ok().filter(|item| !matches!(item, Item::Verbatim(_)));
    let item = match parsed {
        Some(mut other) => {
            let word = entry.word;
            d.at(Code::NotAFunction, entry.span, format!("`{word}` is not on a function"))
                .help("put it on an `async fn`");
            Stripper.visit_item_mut(&mut other);
            other.into_token_stream()
        }
        None => {
            d.unreadable(error);
            item.clone()
        }
    };
    finish(d, None::<TokenStream>, |item| item, |errors| quote!(#errors #item))
}

struct Stripper;

impl VisitMut for Stripper {
    fn visit_attributes_mut(&mut self, attributes: &mut Vec<Attribute>) {
        attributes.retain(|attribute| {
            let last = attribute.path().segments.last();
            last.is_none_or(|last| Word::named(&last.ident.to_string()).is_none())
        });
    }
}
