//! The attributes of `palisade`. Depend on `palisade`, which re-exports them; this crate has no
//! stable interface of its own.
//!
//! The attributes on one handler form a set: their order has no meaning. Each of them takes all its
//! siblings, and the result is one model, checked as a whole by `palisade-lint`.

mod cors;
mod emit;
mod expand;
mod finish;
#[cfg(test)]
mod fixtures;
mod input;
mod launch;
mod mount;
mod package;
mod paths;
mod place;
mod scope;
mod settings;
#[cfg(feature = "sql")]
mod sql;
mod web;

use palisade_lint::attribute::{Entry, Word};
use proc_macro::TokenStream;
use proc_macro2::Span;

/// Declares the attributes of handlers, each with its page in `docs/`.
macro_rules! attributes {
    ($($name:ident = $word:ident,)+) => {$(
        #[doc = include_str!(concat!("../docs/", stringify!($name), ".md"))]
        #[proc_macro_attribute]
        pub fn $name(args: TokenStream, item: TokenStream) -> TokenStream {
            let entry = Entry { word: Word::$word, span: Span::call_site(), tokens: args.into() };
            expand::attribute(entry, &item.into()).into()
        }
    )+};
}

attributes! {
    get = Get,
    post = Post,
    put = Put,
    patch = Patch,
    delete = Delete,
    head = Head,
    options = Options,
    route = Route,
    require_scope = RequireScope,
    authenticated = Authenticated,
    public = Public,
    credentials = Credentials,
    validated = Validated,
    rate_limit = RateLimit,
    concurrency_limit = ConcurrencyLimit,
    body_limit = BodyLimit,
    body_timeout = BodyTimeout,
    body_encoding = BodyEncoding,
    compress = Compress,
    upload = Upload,
    timeout = Timeout,
    conditional = Conditional,
    responds = Responds,
    headers = Headers,
    cross_site = CrossSite,
    cross_origin = CrossOrigin,
    allow_unsafe = AllowUnsafe,
}

#[doc = include_str!("../docs/cors.md")]
#[proc_macro]
pub fn cors(tokens: TokenStream) -> TokenStream {
    cors::cors(tokens.into()).into()
}

/// Marks a function whose attributes have been processed; has no effect.
#[doc(hidden)]
#[proc_macro_attribute]
pub fn absorbed(_args: TokenStream, item: TokenStream) -> TokenStream {
    item
}

#[doc = include_str!("../docs/endpoints.md")]
#[proc_macro]
pub fn endpoints(tokens: TokenStream) -> TokenStream {
    mount::endpoints(tokens.into()).into()
}

#[doc = include_str!("../docs/main.md")]
#[proc_macro_attribute]
pub fn main(args: TokenStream, item: TokenStream) -> TokenStream {
    launch::main(args.into(), item.into()).into()
}

#[doc = include_str!("../docs/derive_input.md")]
#[proc_macro_derive(Input, attributes(input))]
pub fn derive_input(tokens: TokenStream) -> TokenStream {
    let item = syn::parse_macro_input!(tokens as syn::DeriveInput);
    input::derive(&item).into()
}

#[doc = include_str!("../docs/derive_scope.md")]
#[proc_macro_derive(Scope, attributes(scope))]
pub fn derive_scope(tokens: TokenStream) -> TokenStream {
    let item = syn::parse_macro_input!(tokens as syn::DeriveInput);
    scope::derive(&item).into()
}

#[doc = include_str!("../docs/derive_settings.md")]
#[proc_macro_derive(Settings, attributes(settings, setting))]
pub fn derive_settings(tokens: TokenStream) -> TokenStream {
    let item = syn::parse_macro_input!(tokens as syn::DeriveInput);
    settings::derive(&item).into()
}

#[doc = include_str!("../docs/csp.md")]
#[proc_macro]
pub fn csp(tokens: TokenStream) -> TokenStream {
    web::csp(tokens.into()).into()
}

#[doc = include_str!("../docs/csp_hash.md")]
#[proc_macro]
pub fn csp_hash(tokens: TokenStream) -> TokenStream {
    web::csp_hash(tokens.into()).into()
}

#[doc = include_str!("../docs/permissions.md")]
#[proc_macro]
pub fn permissions(tokens: TokenStream) -> TokenStream {
    web::permissions(tokens.into()).into()
}

#[doc = include_str!("../docs/sql.md")]
#[cfg(feature = "sql")]
#[proc_macro]
pub fn sql(tokens: TokenStream) -> TokenStream {
    sql::query(tokens.into()).into()
}

#[doc = include_str!("../docs/migrations.md")]
#[cfg(feature = "sql")]
#[proc_macro]
pub fn migrations(tokens: TokenStream) -> TokenStream {
    sql::migrations(tokens.into()).into()
}

#[doc = include_str!("../docs/derive_sql_name.md")]
#[cfg(feature = "sql")]
#[proc_macro_derive(SqlName, attributes(sql))]
pub fn derive_sql_name(tokens: TokenStream) -> TokenStream {
    let item = syn::parse_macro_input!(tokens as syn::DeriveInput);
    sql::derive_name(&item).into()
}

#[doc = include_str!("../docs/derive_row.md")]
#[cfg(feature = "sql")]
#[proc_macro_derive(Row, attributes(sql))]
pub fn derive_row(tokens: TokenStream) -> TokenStream {
    let item = syn::parse_macro_input!(tokens as syn::DeriveInput);
    sql::derive_row(&item).into()
}
