//! The arguments of `sql!`.

use palisade_lint::{Diagnostics, attribute::Args, endpoint::take_reason};
use palisade_sql::{Allow, Dialect};
use proc_macro2::{Span, TokenStream};
use syn::{
    LitStr, Path, Token, Type,
    parse::{ParseStream, Parser},
};

/// What `sql!` is given.
pub(super) struct QueryArgs {
    /// `crate = path`.
    pub(super) krate: Option<Path>,
    /// The text.
    pub(super) text: LitStr,
    /// Texts that take its place for single databases.
    pub(super) own: [Option<LitStr>; 3],
    /// `as Type`.
    pub(super) output: Option<Type>,
    /// What is let through.
    pub(super) allow: Allow,
    /// The words that let it through, with their reasons.
    pub(super) weakened: Vec<(&'static str, LitStr)>,
    /// `migrations = "folder"`.
    pub(super) migrations: Option<LitStr>,
}

const OPTIONS: [&str; 9] = [
    "crate",
    "migrations",
    "sqlite",
    "postgres",
    "mysql",
    "dangerous_ddl",
    "dangerous_no_where",
    "dangerous_pattern",
    "dangerous_raw",
];

impl QueryArgs {
    /// Reads them; `None` where there is no query to speak of.
    pub(super) fn read(tokens: TokenStream, d: &mut Diagnostics) -> Option<Self> {
        let parser = |input: ParseStream<'_>| -> syn::Result<_> {
            let text = text(input)?;
            let output = if input.peek(Token![as]) {
                input.parse::<Token![as]>()?;
                Some(input.parse::<Type>()?)
            } else {
                None
            };
            if !input.is_empty() {
                input.parse::<Token![,]>()?;
            }
            Ok((text, output, input.parse::<TokenStream>()?))
        };
        let (text, output, rest) = match parser.parse2(tokens) {
            Ok(read) => read,
            Err(error) => {
                d.unreadable(&error).help(
                    "write `sql!(\"SELECT ..\" as Item)`: one literal, and the type of its rows",
                );
                return None;
            }
        };
        let mut args = Args::read("sql", text.span(), rest, d)?;
        let krate = args.take_crate(d);
        let migrations = args.take_text("migrations", d);
        let own = Dialect::ALL.map(|dialect| args.take_text(dialect.word(), d));
        let mut weakened = Vec::new();
        let mut reason = |word: &'static str| -> bool {
            let Some(text) = take_reason(word, word, &mut args, d) else { return false };
            weakened.extend(text.map(|text| (word, text)));
            true
        };
        let allow = Allow {
            ddl: reason("dangerous_ddl"),
            no_where: reason("dangerous_no_where"),
            pattern: reason("dangerous_pattern"),
            raw: reason("dangerous_raw"),
        };
        args.finish(&OPTIONS, d);
        Some(Self { krate, text, own, output, allow, weakened, migrations })
    }

    /// The text for a database.
    pub(super) fn text_for(&self, dialect: Dialect) -> &LitStr {
        self.own.get(dialect.index()).and_then(Option::as_ref).unwrap_or(&self.text)
    }
}

/// The literal, also where a `macro_rules!` hands it on.
fn text(input: ParseStream<'_>) -> syn::Result<LitStr> {
    if input.is_empty() {
        return Err(syn::Error::new(Span::call_site(), "there is no query"));
    }
    let text: LitStr = input.parse()?;
    if !text.suffix().is_empty() {
        return Err(syn::Error::new(text.span(), "a string literal with a suffix"));
    }
    Ok(text)
}
