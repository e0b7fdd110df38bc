//! `csp!`, `permissions!` and `csp_hash!`.

mod hash;
mod policy;

use palisade_lint::{
    Code, Diagnostics,
    attribute::{Args, Value},
    endpoint::take_reason,
};
use proc_macro2::{Span, TokenStream};
use syn::{Lit, LitStr, Path};

pub(crate) use hash::csp_hash;
pub(crate) use policy::{csp, csp_reference, permissions, permissions_reference};

/// What all three take: a first value, options, and where `palisade` is.
struct Given {
    value: Value,
    args: Args,
    krate: Option<Path>,
}

impl Given {
    fn read(
        word: &'static str,
        example: &str,
        tokens: TokenStream,
        d: &mut Diagnostics,
    ) -> Option<Self> {
        let mut args = Args::read(word, Span::call_site(), tokens, d)?;
        let krate = args.take_crate(d);
        let value = args.take_one(example, d)?;
        Some(Self { value, args, krate })
    }

    /// The first value if it is a string literal.
    fn text(&self, example: &str, d: &mut Diagnostics) -> Option<LitStr> {
        if let Value::Literal(Lit::Str(text)) = &self.value {
            return Some(text.clone());
        }
        let word = self.args.word;
        d.on(Code::WrongValue, &self.value, format!("`{word}!` takes a string"))
            .help(format!("write `{word}!({example})`"));
        None
    }

    /// `reason = ".."`
    fn reason(&mut self, d: &mut Diagnostics) -> Option<LitStr> {
        let word = format!("{}!", self.args.word);
        take_reason("reason", &word, &mut self.args, d).flatten()
    }
}
