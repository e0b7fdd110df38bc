//! The expansions of `csp!` and `permissions!`.

use palisade_lint::{
    Code, Diagnostics,
    attribute::Arg,
    endpoint::Written,
    literal::{self, CspText, Flaw, PermissionsText},
};
use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::{Ident, LitStr};

use super::{Given, hash::Hash};
use crate::{
    emit::option,
    finish::finish,
    paths::{PrivatePath, WebPaths},
};

const CSP_EXAMPLE: &str = "\"default-src 'self'\"";
const PERMISSIONS_EXAMPLE: &str = "\"geolocation=(self)\"";

/// Expands `csp!(".." , name = inline(".."), reason = "..")`.
pub(crate) fn csp(tokens: TokenStream) -> TokenStream {
    let mut d = Diagnostics::new();
    let given = Given::read("csp", CSP_EXAMPLE, tokens, &mut d);
    let paths = WebPaths::new(given.as_ref().and_then(|given| given.krate.as_ref()));
    let checked = &paths.checked_csp;
    let policy = given.and_then(|given| CheckedCsp::read(given, &mut d));
    finish(
        d,
        policy,
        |CheckedCsp { text, reason, watch }| {
            let value = csp_value(&text, reason.as_ref(), checked);
            quote!({ #watch #value })
        },
        |errors| {
            // A policy that allows nothing.
            let none = quote!(::core::option::Option::None);
            quote!({ #errors #checked("default-src 'none'", #none, #none) })
        },
    )
}

/// Expands `permissions!("..", reason = "..")`.
pub(crate) fn permissions(tokens: TokenStream) -> TokenStream {
    let mut d = Diagnostics::new();
    let given = Given::read("permissions", PERMISSIONS_EXAMPLE, tokens, &mut d);
    let paths = WebPaths::new(given.as_ref().and_then(|given| given.krate.as_ref()));
    let checked = &paths.checked_permissions;
    let policy = given.and_then(|given| read_permissions(given, &mut d));
    finish(
        d,
        policy,
        |(text, reason)| permissions_value(&text, reason.as_ref(), checked),
        |errors| quote!({ #errors #checked("camera=()", ::core::option::Option::None) }),
    )
}

/// What `csp!` was given, checked.
struct CheckedCsp {
    text: CspText,
    reason: Option<LitStr>,
    /// Makes the compiler look again when a file changes whose hash is in the policy.
    watch: TokenStream,
}

impl CheckedCsp {
    fn read(mut given: Given, d: &mut Diagnostics) -> Option<Self> {
        let reason = given.reason(d);
        let text = given.text(CSP_EXAMPLE, d);
        let mut hashes = Vec::new();
        let mut watch = TokenStream::new();
        for arg in given.args.list {
            // What has no name was taken or reported.
            let Arg::Named(name, value) = arg else { continue };
            if let Some(hash) = Hash::read(&value, d) {
                watch.extend(hash.watch);
                hashes.push((name, format!("'{}'", hash.text)));
            }
        }
        let checked = text.and_then(|text| check_csp(&text, &hashes, reason.is_some(), d));
        let weakens = checked.as_ref().is_none_or(|checked| checked.weakens);
        needless(reason.as_ref(), weakens, d);
        checked.map(|text| Self { text, reason, watch })
    }
}

fn check_csp(
    text: &LitStr,
    hashes: &[(Ident, String)],
    excused: bool,
    d: &mut Diagnostics,
) -> Option<CspText> {
    let named: Vec<_> =
        hashes.iter().map(|(name, hash)| (name.to_string(), hash.as_str())).collect();
    let sources: Vec<_> = named.iter().map(|(name, hash)| (name.as_str(), *hash)).collect();
    let written = text.value();
    for (name, _) in hashes {
        if !written.contains(&format!("{{{name}}}")) {
            d.at(Code::UnknownWord, name.span(), format!("the policy has no `{{{name}}}`"))
                .help("write the name in braces where the hash goes, or leave it out");
        }
    }
    checked(literal::csp(&written, &sources, excused), text, d)
}

fn read_permissions(
    mut given: Given,
    d: &mut Diagnostics,
) -> Option<(PermissionsText, Option<LitStr>)> {
    let reason = given.reason(d);
    let text = given
        .text(PERMISSIONS_EXAMPLE, d)
        .and_then(|text| checked(literal::permissions(&text.value(), reason.is_some()), &text, d));
    given.args.finish(&["reason"], d);
    let weakens = text.as_ref().is_none_or(|text| text.weakens);
    needless(reason.as_ref(), weakens, d);
    text.map(|text| (text, reason))
}

/// The policy, or what is wrong with its text.
fn checked<T>(read: Result<T, Vec<Flaw>>, text: &LitStr, d: &mut Diagnostics) -> Option<T> {
    match read {
        Ok(policy) => Some(policy),
        Err(flaws) => {
            for flaw in flaws {
                d.flaw(text.span(), flaw);
            }
            None
        }
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
    let nonced = option(nonced.as_ref());
    let reason = option(reason);
    quote!(#checked(#bare, #nonced, #reason))
}

fn permissions_value(
    text: &PermissionsText,
    reason: Option<&LitStr>,
    checked: &PrivatePath,
) -> TokenStream {
    let text = &text.text;
    let reason = option(reason);
    quote!(#checked(#text, #reason))
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
