//! The expansion of `migrations!()`.

use palisade_lint::{
    Code, Diagnostics,
    attribute::{Args, Value},
};
use palisade_sql::{Dialect, Migration};
use proc_macro2::{Span, TokenStream};
use quote::quote;
use syn::Path;

use super::{folder, paths::SqlPaths};
use crate::finish::finish;

/// Expands `migrations!()` or `migrations!("folder")`.
pub(crate) fn migrations(tokens: TokenStream) -> TokenStream {
    let mut d = Diagnostics::new();
    let args = Args::read("migrations", Span::call_site(), tokens, &mut d);
    let read = args.and_then(|args| read(args, &mut d));
    finish(
        d,
        read,
        |(found, krate)| expand(&found, &SqlPaths::new(krate.as_ref())),
        |errors| quote!({ #errors ::core::unreachable!() }),
    )
}

/// The folder, and where palisade is found.
fn read(mut args: Args, d: &mut Diagnostics) -> Option<(folder::Found, Option<Path>)> {
    let krate = args.take_crate(d);
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
    args.finish(&["crate"], d);
    let found = folder::find(named.as_ref(), Span::call_site(), d);
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
    Some((found?, krate))
}

fn expand(found: &folder::Found, paths: &SqlPaths) -> TokenStream {
    let SqlPaths { migrations, migration, .. } = paths;
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
