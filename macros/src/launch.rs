//! `#[palisade::main]`: the runtime around an `async fn main`.

use palisade_lint::{
    Code, Diagnostics,
    attribute::{Args, Value},
};
use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote};
use syn::{ItemFn, Path, Safety, spanned::Spanned as _};

use crate::{emit::option, finish::finish, paths::Paths};

/// Expands the attribute.
pub(crate) fn main(args: TokenStream, item: TokenStream) -> TokenStream {
    let mut d = Diagnostics::new();
    let (krate, openapi) = read_arguments(args, &mut d);
    let Ok(function) = syn::parse2::<ItemFn>(item.clone()) else {
        d.at(Code::MainSignature, Span::call_site(), "`main` is not on a function")
            .help("write `async fn main()`");
        return finish(
            d,
            None::<TokenStream>,
            |read| read,
            |mut replacement| {
                replacement.extend(item);
                replacement
            },
        );
    };
    check_signature(&function, &mut d);
    if let Some((name, _)) = &openapi
        && !cfg!(feature = "openapi")
    {
        d.at(
            Code::MissingFeature,
            name.span(),
            "`openapi` needs the feature `openapi` of `palisade`",
        )
        .help("write `palisade = { .., features = [\"openapi\"] }` in `Cargo.toml`");
    }
    finish(
        d,
        Some(&function),
        |function| expand(function, openapi, &Paths::new(krate.as_ref())),
        |errors| {
            let fallback = fallback(&function);
            quote!(#errors #fallback)
        },
    )
}

fn expand(function: &ItemFn, openapi: Option<(syn::Ident, Path)>, paths: &Paths) -> TokenStream {
    let Paths { block_on, .. } = paths;
    let ItemFn { attrs, vis, sig, block, .. } = function;
    let (name, output) = (&sig.ident, &sig.output);
    let launch = cfg!(feature = "openapi").then(|| launch(openapi, paths));
    // An inner function keeps `return` and `?` as they are; wrapping the body would not.
    quote! {
        #(#attrs)*
        #vis fn #name() #output {
            async fn __palisade_main() #output #block
            #launch
            #block_on(__palisade_main())
        }
    }
}

/// A `main` that never runs.
fn fallback(function: &ItemFn) -> TokenStream {
    let sig = &function.sig;
    let inputs = if sig.receiver().is_none() { Some(&sig.inputs) } else { None };
    let (generics, output, body) = (&sig.generics, &sig.output, &function.block);
    quote! {
        #[allow(unused, clippy::all)]
        fn main() {
            async fn main #generics (#inputs) #output #body
        }
    }
}

fn check_signature(function: &ItemFn, d: &mut Diagnostics) {
    let sig = &function.sig;
    if sig.asyncness.is_none() {
        d.at(Code::MainSignature, sig.fn_token.span(), "`main` is not `async`")
            .help("write `async fn main()`");
    }
    if let Some(input) = sig.inputs.first() {
        d.on(Code::MainSignature, input, "`main` takes no arguments")
            .help("write `async fn main()`");
    }
    if !sig.generics.params.is_empty() {
        d.on(Code::MainSignature, &sig.generics.params, "`main` is not generic")
            .help("write `async fn main()`");
    }
    refuse_qualifiers(function, d);
}

/// What the `main` that comes out would not have.
fn refuse_qualifiers(function: &ItemFn, d: &mut Diagnostics) {
    let sig = &function.sig;
    let mut refuse = |what: &dyn ToTokens| {
        d.on(
            Code::MainSignature,
            &what.to_token_stream(),
            "`main` has a qualifier that would be lost",
        )
        .help("write `async fn main()`");
    };
    if let Some(constness) = &sig.constness {
        refuse(constness);
    }
    if !matches!(sig.safety, Safety::Default) {
        refuse(&sig.safety);
    }
    if let Some(abi) = &sig.abi {
        refuse(abi);
    }
    if let Some(clause) = &sig.generics.where_clause {
        refuse(clause);
    }
    if let Some(variadic) = &sig.variadic {
        refuse(variadic);
    }
}

/// `crate = path` and `openapi = function`.
fn read_arguments(
    args: TokenStream,
    d: &mut Diagnostics,
) -> (Option<Path>, Option<(syn::Ident, Path)>) {
    let Some(mut args) = Args::read("main", Span::call_site(), args, d) else {
        return (None, None);
    };
    let krate = args.take_crate(d);
    let openapi = args.take("openapi", d).and_then(|(name, value)| match value {
        Value::Path(path) => Some((name, path)),
        Value::Literal(_) | Value::Call(_) | Value::Tuple(_) => {
            d.on(Code::WrongValue, &value, "`openapi` takes the name of a function").help(
                "write `openapi = endpoints`, where `fn endpoints() -> Endpoints` lists them",
            );
            None
        }
    });
    args.finish(&["crate", "openapi"], d);
    (krate, openapi)
}

/// What is known of the program before its own code runs: for the OpenAPI document, which the tool asks
/// for without a port, a database or settings.
fn launch(openapi: Option<(syn::Ident, Path)>, paths: &Paths) -> TokenStream {
    let Paths { launch, application, .. } = paths;
    let endpoints = option(openapi.map(|(_, function)| quote!(#function)));
    quote! {
        #launch(&#application {
            name: ::core::env!("CARGO_PKG_NAME"),
            version: ::core::env!("CARGO_PKG_VERSION"),
            description: ::core::env!("CARGO_PKG_DESCRIPTION"),
            endpoints: #endpoints,
        });
    }
}

#[cfg(test)]
mod tests {
    use proc_macro2::TokenStream;
    use quote::quote;

    use super::main;

    #[test]
    fn main_runs_on_the_runtime() {
        let text = main(
            TokenStream::new(),
            quote!(
                async fn main() -> Exit {
                    serve().await
                }
            ),
        )
        .to_string();
        assert!(text.contains("fn main () -> Exit"), "{text}");
        assert!(text.contains(":: palisade :: __private :: block_on"), "{text}");
        assert!(!text.contains("compile_error"), "{text}");
    }

    #[test]
    fn the_endpoints_are_known_before_main_runs() {
        let item = || {
            quote!(
                async fn main() -> Exit {
                    serve().await
                }
            )
        };
        let text = main(quote!(openapi = api::endpoints), item()).to_string();
        if cfg!(feature = "openapi") {
            assert!(text.contains("Some (api :: endpoints)"), "{text}");
            let (launch, run) = (text.find("__private :: launch"), text.find("block_on"));
            assert!(launch.is_some() && launch < run, "{text}");
        } else {
            assert!(text.contains("needs the feature `openapi`"), "{text}");
            let plain = main(TokenStream::new(), item()).to_string();
            assert!(!plain.contains("launch"), "nothing is paid without the feature: {plain}");
        }
        let text = main(quote!(openapi = "endpoints"), item()).to_string();
        assert!(text.contains("takes the name of a function"), "{text}");
    }

    #[test]
    fn each_mistake_is_one_error() {
        for (args, item, count) in [
            (
                quote!(),
                quote!(
                    fn main() {}
                ),
                1,
            ),
            (
                quote!(),
                quote!(
                    fn main(a: u8) {}
                ),
                2,
            ),
            (
                quote!(),
                quote!(
                    async fn main<T>() {}
                ),
                1,
            ),
            (
                quote!(),
                quote!(
                    struct S;
                ),
                1,
            ),
            (
                quote!(flavor = "x"),
                quote!(
                    async fn main() {}
                ),
                1,
            ),
            (
                quote!(),
                quote!(
                    async unsafe extern "C" fn main()
                    where
                        u8: Copy,
                    {
                    }
                ),
                3,
            ),
            (
                quote!(crate = crate::guards),
                quote!(
                    async fn main() {}
                ),
                1,
            ),
            (
                quote!(crate = "x"),
                quote!(
                    async fn main() {}
                ),
                1,
            ),
        ] {
            let text = main(args, item).to_string();
            assert_eq!(text.matches("compile_error").count(), count, "{text}");
        }
    }
}
