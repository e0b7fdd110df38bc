//! Digests of scripts and styles.

use palisade_lint::{
    Code, Diagnostics,
    attribute::{Call, Value},
};
use proc_macro2::TokenStream;
use quote::quote;
use sha2::{Digest as _, Sha256};
use syn::{Lit, LitStr};

use super::Given;
use crate::{finish::finish, package};

/// A digest, and what makes the compiler look again when the file changes.
pub(super) struct Hash {
    /// `sha256-..`
    pub(super) text: String,
    pub(super) watch: TokenStream,
}

impl Hash {
    /// Reads `inline("..")`, `file("..")` or a string literal.
    pub(super) fn read(value: &Value, d: &mut Diagnostics) -> Option<Self> {
        match value {
            Value::Literal(Lit::Str(text)) => Some(Self::of_text(text)),
            Value::Call(Call { path, list, .. }) => {
                if let [Value::Literal(Lit::Str(text))] = list.as_slice() {
                    if path.is_ident("inline") {
                        return Some(Self::of_text(text));
                    }
                    if path.is_ident("file") {
                        return Self::of_file(text, d);
                    }
                }
                wrong(value, d)
            }
            Value::Literal(_) | Value::Path(_) | Value::Tuple(_) => wrong(value, d),
        }
    }

    fn of_text(text: &LitStr) -> Self {
        Self { text: digest(text.value().as_bytes()), watch: TokenStream::new() }
    }

    /// Of a file, from the folder of the `Cargo.toml`.
    fn of_file(name: &LitStr, d: &mut Diagnostics) -> Option<Self> {
        let root = package::root().unwrap_or_default();
        let path = root.join(name.value());
        match std::fs::read(&path) {
            Ok(bytes) => {
                let path = path.display().to_string();
                let watch = quote!(
                    const _: &[u8] = ::core::include_bytes!(#path);
                );
                Some(Self { text: digest(&bytes), watch })
            }
            Err(error) => {
                d.at(Code::MalformedPolicy, name.span(), format!("`{}`: {error}", name.value()))
                    .help("paths start at the folder of the Cargo.toml");
                None
            }
        }
    }
}

fn wrong(value: &Value, d: &mut Diagnostics) -> Option<Hash> {
    d.on(Code::WrongValue, value, "a hash takes inline text or a file")
        .help("write `inline(\"..\")` or `file(\"static/app.js\")`");
    None
}

/// Base64 of the SHA-256, with the algorithm's name.
fn digest(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = "sha256-".to_owned();
    for chunk in Sha256::digest(bytes).chunks(3) {
        let byte = |index: usize| chunk.get(index).copied().map_or(0, u32::from);
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for index in 0..4_usize {
            let shift = 18_usize.saturating_sub(index.saturating_mul(6));
            let digit = usize::try_from((bits >> shift) & 63).unwrap_or_default();
            let digit = DIGITS.get(digit).copied().map_or('=', char::from);
            text.push(if index > chunk.len() { '=' } else { digit });
        }
    }
    text
}

/// Expands `csp_hash!(..)`.
pub(crate) fn csp_hash(tokens: TokenStream) -> TokenStream {
    let mut d = Diagnostics::new();
    let given = Given::read("csp_hash", "\"start()\"", tokens, &mut d);
    let hash = given.and_then(|given| {
        let hash = Hash::read(&given.value, &mut d);
        given.args.finish(&[], &mut d);
        hash
    });
    finish(
        d,
        hash,
        |Hash { text, watch }| quote!({ #watch #text }),
        |errors| quote!({ #errors "" }),
    )
}

#[cfg(test)]
mod tests {
    use super::digest;

    #[test]
    fn digests_are_those_of_browsers() {
        // The example of Content Security Policy Level 3, section 8.3.
        assert_eq!(
            digest(b"alert('Hello, world.');"),
            "sha256-qznLcsROx4GACP2dm0UCKCzCG+HiZ1guq6ZZDob/Tng="
        );
        assert_eq!(digest(b""), "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
    }
}
