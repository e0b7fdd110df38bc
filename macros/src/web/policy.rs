//! The expansions of `csp!` and `permissions!`.

use palisade_lint::{
    Code, Diagnostics,
    attribute::Arg,
    endpoint::Written,
    literal::{self, CspText, PermissionsText},
};
use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::LitStr;

use super::{Given, hash::Hash, refused};
use crate::expand::{PrivatePath, WebPaths, option};

/// Expands `csp!(".." , name = inline(".."), reason = "..")`.
pub(crate) fn csp(tokens: TokenStream) -> TokenStream {
    let mut d = Diagnostics::new();
    let example = "\"default-src 'self'\"";
    let Some(mut given) = Given::read("csp", example, tokens, &mut d) else {
        return refused(d, &csp_stand_in(&WebPaths::new(None).checked_csp));
    };
    let paths = WebPaths::new(given.krate.as_ref());
    let reason = given.reason(&mut d);
    let text = given.text(example, &mut d);
    let mut hashes = Vec::new();
    let mut watch = TokenStream::new();
    for arg in given.args.list {
        // An argument without a name was used, or reported.
        let Arg::Named(name, value) = arg else { continue };
        if let Some(hash) = Hash::read(&value, &mut d) {
            watch.extend(hash.watch);
            hashes.push((name, format!("'{}'", hash.text)));
        }
    }
    let checked = text.and_then(|text| {
        let named: Vec<_> =
            hashes.iter().map(|(name, hash)| (name.to_string(), hash.as_str())).collect();
        let sources: Vec<_> = named.iter().map(|(name, hash)| (name.as_str(), *hash)).collect();
        let written = text.value();
        for (name, _) in &hashes {
            if !written.contains(&format!("{{{name}}}")) {
                d.at(Code::UnknownWord, name.span(), format!("the policy has no `{{{name}}}`"))
                    .help("write the name in braces where the hash goes, or leave it out");
            }
        }
        match literal::csp(&written, &sources, reason.is_some()) {
            Ok(checked) => Some((text, checked)),
            Err(flaws) => {
                for flaw in flaws {
                    d.flaw(text.span(), flaw);
                }
                None
            }
        }
    });
    let weakens = checked.as_ref().is_none_or(|(_, checked)| checked.weakens);
    needless(reason.as_ref(), weakens, &mut d);
    match checked {
        Some((_, checked)) if d.is_empty() => {
            let value = csp_value(&checked, reason.as_ref(), &paths.checked_csp);
            match d.check() {
                Ok(()) => quote!({ #watch #value }),
                Err(_) => TokenStream::new(),
            }
        }
        _ => refused(d, &csp_stand_in(&paths.checked_csp)),
    }
}

/// Expands `permissions!("..", reason = "..")`.
pub(crate) fn permissions(tokens: TokenStream) -> TokenStream {
    let mut d = Diagnostics::new();
    let example = "\"geolocation=(self)\"";
    let Some(mut given) = Given::read("permissions", example, tokens, &mut d) else {
        return refused(d, &permissions_stand_in(&WebPaths::new(None).checked_permissions));
    };
    let paths = WebPaths::new(given.krate.as_ref());
    let reason = given.reason(&mut d);
    let checked = given.text(example, &mut d).and_then(|text| {
        literal::permissions(&text.value(), reason.is_some())
            .map_err(|flaws| {
                for flaw in flaws {
                    d.flaw(text.span(), flaw);
                }
            })
            .ok()
    });
    given.args.finish(&["reason"], &mut d);
    let weakens = checked.as_ref().is_none_or(|checked| checked.weakens);
    needless(reason.as_ref(), weakens, &mut d);
    match checked {
        Some(checked) if d.is_empty() => {
            let value = permissions_value(&checked, reason.as_ref(), &paths.checked_permissions);
            match d.check() {
                Ok(()) => value,
                Err(_) => TokenStream::new(),
            }
        }
        _ => refused(d, &permissions_stand_in(&paths.checked_permissions)),
    }
}

/// A policy of `#[headers(..)]`: a reference to a `static` of its own.
pub(crate) fn csp_reference(
    written: &Written<CspText>,
    ty: &PrivatePath,
    checked: &PrivatePath,
) -> TokenStream {
    reference(written, ty, |text| csp_value(text, None, checked))
}

/// Permissions of `#[headers(..)]`.
pub(crate) fn permissions_reference(
    written: &Written<PermissionsText>,
    ty: &PrivatePath,
    checked: &PrivatePath,
) -> TokenStream {
    reference(written, ty, |text| permissions_value(text, None, checked))
}

fn reference<T>(
    written: &Written<T>,
    ty: &PrivatePath,
    value: impl FnOnce(&T) -> TokenStream,
) -> TokenStream {
    let value = match written {
        Written::Text(_, checked) => value(checked),
        Written::Path(path) => path.to_token_stream(),
    };
    quote!({ static POLICY: #ty = #value; &POLICY })
}

fn csp_value(text: &CspText, reason: Option<&LitStr>, checked: &PrivatePath) -> TokenStream {
    let CspText { bare, nonced, .. } = text;
    let nonced = option(nonced.as_ref().map(ToTokens::to_token_stream));
    let reason = option(reason.map(ToTokens::to_token_stream));
    quote!(#checked(#bare, #nonced, #reason))
}

fn permissions_value(
    text: &PermissionsText,
    reason: Option<&LitStr>,
    checked: &PrivatePath,
) -> TokenStream {
    let text = &text.text;
    let reason = option(reason.map(ToTokens::to_token_stream));
    quote!(#checked(#text, #reason))
}

/// Replaces a policy that is refused: it allows nothing.
fn csp_stand_in(checked: &PrivatePath) -> TokenStream {
    let none = quote!(::core::option::Option::None);
    quote!(#checked("default-src 'none'", #none, #none))
}

fn permissions_stand_in(checked: &PrivatePath) -> TokenStream {
    quote!(#checked("camera=()", ::core::option::Option::None))
}

/// A reason for something that needs none.
fn needless(reason: Option<&LitStr>, weakens: bool, d: &mut Diagnostics) {
    if let Some(reason) = reason
        && !weakens
        && d.is_empty()
    {
        d.at(
            Code::UnexpectedArgument,
            reason.span(),
            "`reason` has no effect: the policy weakens nothing",
        )
        .help("leave the reason out");
    }
}
