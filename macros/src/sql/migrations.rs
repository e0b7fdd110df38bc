//! The expansion of `migrations!()`.

use palisade_lint::{
    Code, Diagnostic, Diagnostics,
    attribute::{Args, Value},
};
use palisade_sql::{Dialect, Migration};
use proc_macro2::{Span, TokenStream};
use quote::quote;

use super::{folder, paths::SqlPaths};

/// Expands `migrations!()` or `migrations!("folder")`.
pub(crate) fn migrations(tokens: TokenStream) -> TokenStream {
    let mut d = Diagnostics::new();
    let Some(mut args) = Args::read("migrations", Span::call_site(), tokens, &mut d) else {
        return refused(d);
    };
    let krate = args.take_crate(&mut d).map(|(_, path)| path);
    let mut named = None;
    for value in args.take_values() {
        if let Value::Literal(syn::Lit::Str(text)) = &value
            && named.is_none()
        {
            named = Some(text.clone());
        } else {
            d.on(Code::WrongValue, &value, "`migrations!` takes the name of one folder")
                .help("write `migrations!()` for the folder `migrations`");
        }
    }
    args.finish(&["crate"], &mut d);
    let found = folder::find(named.as_ref(), Span::call_site(), &mut d);
    if found.is_none() && d.is_empty() {
        d.at(
            Code::SqlMigrations,
            Span::call_site(),
            "the folder `migrations` does not exist beside the Cargo.toml",
        )
        .help(
            "make it, and put `0001_first.sql` into it; or name another: `migrations!(\"folder\")`",
        );
    }
    let Some(found) = found.filter(|_| d.is_empty()) else { return refused(d) };
    match d.check() {
        Ok(()) => {}
        Err(_) => return TokenStream::new(),
    }
    let paths = SqlPaths::new(krate.as_ref());
    let SqlPaths { migrations, migration, .. } = &paths;
    let folder::Found { folder, watch } = found;
    let sets = Dialect::ALL.map(|dialect| {
        let set = folder.sets.get(dialect.index()).map_or(&[][..], Vec::as_slice);
        let set = set.iter().map(|Migration { version, description, sql, file }| {
            let file = file.display().to_string();
            quote!(#migration { version: #version, description: #description, sql: #sql, file: #file })
        });
        quote!(&[#(#set),*])
    });
    let (hash, path) = (folder.hash, folder::shown(&folder.path));
    quote! {{
        #watch
        static MIGRATIONS: #migrations = #migrations {
            hash: #hash,
            folder: ::core::option::Option::Some(#path),
            sets: [#(#sets),*],
        };
        &MIGRATIONS
    }}
}

fn refused(d: Diagnostics) -> TokenStream {
    let found = d.check().err().unwrap_or_default();
    let errors = found.iter().map(Diagnostic::to_compile_error);
    quote!({ #(#errors;)* ::core::unreachable!() })
}
