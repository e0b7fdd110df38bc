//! The expansion of `sql!`.

use palisade_lint::Diagnostics;
use palisade_sql::{
    Chosen, Column, Dialect, Fault, Part, Prepared, Request, Role, Template, prepare,
    template::{Hole, HoleKind, Piece},
};
use proc_macro2::{Ident, Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::{LitStr, Type, spanned::Spanned as _};

use super::{
    args::QueryArgs,
    beside, code,
    expr::{Inside, inside},
    folder,
    paths::SqlPaths,
};
use crate::{finish::finish, paths::root, place::call_at};

/// Whether a database's feature is on.
fn is_enabled(dialect: Dialect) -> bool {
    match dialect {
        Dialect::Sqlite => cfg!(feature = "sqlite"),
        Dialect::Postgres => cfg!(feature = "postgres"),
        Dialect::MySql => cfg!(feature = "mysql"),
    }
}

/// Expands `sql!`.
pub(crate) fn query(tokens: TokenStream) -> TokenStream {
    let mut d = Diagnostics::new();
    let args = QueryArgs::read(tokens, &mut d);
    let paths = SqlPaths::new(args.as_ref().and_then(|args| args.krate.as_ref()));
    let checked = args.as_ref().and_then(|args| Some((args, Checked::new(args, &mut d)?)));
    finish(
        d,
        checked,
        |(args, checked)| checked.expand(args, &paths),
        |errors| {
            let fallback = fallback(args.as_ref().and_then(|args| args.output.as_ref()), &paths);
            quote!({ #errors #fallback })
        },
    )
}

impl SqlPaths {
    /// The paths under `krate`; `::palisade` where none is given.
    pub(super) fn new(krate: Option<&syn::Path>) -> Self {
        let root = root(krate);
        Self::under(quote!(#root::sql), Span::call_site())
    }
}

/// A query that never runs.
fn fallback(output: Option<&Type>, paths: &SqlPaths) -> TokenStream {
    let SqlPaths { query, statement, statement_kind, .. } = paths;
    let output = output.map_or_else(|| quote!(()), |output| quote!(#output));
    quote! {
        static STATEMENT: #statement = #statement {
            texts: [
                ::core::option::Option::None,
                ::core::option::Option::None,
                ::core::option::Option::None,
            ],
            columns: &[],
            schema: ::core::option::Option::None,
            file: ::core::file!(),
            line: ::core::line!(),
            kind: #statement_kind::Other,
            weakened: &[],
        };
        #query::<#output, _>(&STATEMENT, |_| ::core::result::Result::Ok(()))
    }
}

/// A query without mistakes.
struct Checked {
    prepared: Prepared,
    template: Template,
    inside: Vec<Inside>,
    schema: Option<u64>,
    watch: TokenStream,
}

impl Checked {
    fn new(args: &QueryArgs, d: &mut Diagnostics) -> Option<Self> {
        let found = folder::find(args.migrations.as_ref(), args.text.span(), d);
        let mut report = |text: &LitStr, faults: Vec<Fault>| {
            let source = text.value();
            for fault in faults {
                let told = d.at(code(fault.kind), text.span(), fault.describe(&source));
                if let Some(help) = fault.help {
                    told.help(help);
                }
            }
        };
        let mut templates = [const { None }; 3];
        for dialect in Dialect::ALL.into_iter().filter(|dialect| is_enabled(*dialect)) {
            let text = args.text_for(dialect);
            match Template::parse(&text.value()) {
                Ok(template) => {
                    if let Some(own) = templates.get_mut(dialect.index()) {
                        *own = Some(template);
                    }
                }
                Err(faults) => {
                    report(text, faults);
                    return None;
                }
            }
        }
        let first = Dialect::ALL.into_iter().find(|dialect| is_enabled(*dialect));
        let text = first.map_or(&args.text, |dialect| args.text_for(dialect));
        let template = templates.iter().flatten().next().cloned();
        let request = Request {
            templates: templates.each_ref().map(Option::as_ref),
            schemas: found.as_ref().map(|found| &found.folder.schemas),
            allow: args.allow,
        };
        let prepared = match prepare(&request) {
            Ok(prepared) => prepared,
            Err((dialect, faults)) => {
                report(args.text_for(dialect), faults);
                return None;
            }
        };
        let template = template?;
        let mut read = Vec::new();
        for hole in template.holes() {
            match inside(hole, text) {
                Ok(inside) => read.push(inside),
                Err(fault) => {
                    report(text, vec![fault]);
                    return None;
                }
            }
        }
        output(args, &prepared, d);
        let (schema, watch) = match found {
            Some(found) => (Some(found.folder.hash), found.watch),
            None => (None, TokenStream::new()),
        };
        let schema = schema.filter(|_| !args.allow.raw);
        Some(Self { prepared, template, inside: read, schema, watch })
    }
}

/// Rows are read where there are some, and only there.
fn output(args: &QueryArgs, prepared: &Prepared, d: &mut Diagnostics) {
    let code = palisade_lint::Code::SqlOutput;
    match (&args.output, prepared.rows) {
        (Some(output), Some(false)) => {
            d.on(code, output, "this query gives no rows")
                .help("leave `as` out and call `execute`, or add RETURNING to the query");
        }
        (None, Some(true)) => {
            d.at(code, args.text.span(), "this query returns rows, but no row type is given")
                .help("say what a row is: `as Item`, `as (i64, String)`, `as i64`");
        }
        _ => {}
    }
}

impl Checked {
    fn expand(&self, args: &QueryArgs, paths: &SqlPaths) -> TokenStream {
        let SqlPaths { query, statement, statement_kind, column, known, .. } = paths;
        let Self { prepared, schema, watch, .. } = self;
        let texts = prepared.texts.iter().map(|text| match text {
            Some(parts) => {
                let parts = self::parts(parts, paths);
                quote!(::core::option::Option::Some(&[#parts]))
            }
            None => quote!(::core::option::Option::None),
        });
        let columns = prepared.columns.as_deref().unwrap_or_default();
        let listed = columns.iter().map(|Column { name, kind, nullable, .. }| {
            let (name, kind) = (name.as_deref().unwrap_or_default(), kind.word());
            let nullable = nullable.unwrap_or(true);
            quote!(#column { name: #name, kind: #kind, nullable: #nullable })
        });
        let schema = match schema {
            Some(hash) => quote!(::core::option::Option::Some(#hash)),
            None => quote!(::core::option::Option::None),
        };
        let kind = Ident::new(
            match prepared.verb {
                "SELECT" => "Select",
                "INSERT" => "Insert",
                "UPDATE" => "Update",
                "DELETE" => "Delete",
                _ => "Other",
            },
            Span::call_site(),
        );
        let weakened = args.weakened.iter().map(|(word, reason)| quote!((#word, #reason)));
        let known = prepared.columns.is_some().then(|| {
            let known_columns = columns.iter().map(|Column { name, kind, nullable, .. }| {
                let (name, kind) = (name.as_deref().unwrap_or_default(), kind.word());
                let nullable = match nullable {
                    Some(nullable) => quote!(::core::option::Option::Some(#nullable)),
                    None => quote!(::core::option::Option::None),
                };
                quote!(#known { name: #name, kind: #kind, nullable: #nullable })
            });
            quote!(const KNOWN: &[#known] = &[#(#known_columns),*];)
        });
        let checks = match (&known, &args.output) {
            (Some(_), Some(output)) => check_output(output, paths),
            _ => TokenStream::new(),
        };
        let names = self.check_names(paths);
        let output = args.output.as_ref().map_or_else(|| quote!(()), |output| quote!(#output));
        let binds = Ident::new("binds", Span::mixed_site());
        let beside = beside::Besides::new(&self.prepared.compared, args.text.span());
        let beside_imports = beside.imports(paths);
        let mut next = 0_usize;
        let body = self.binds(&self.template.pieces, &binds, &beside, &mut next, paths);
        quote! {{
            #watch
            #known
            #checks
            #names
            #beside_imports
            static STATEMENT: #statement = #statement {
                texts: [#(#texts),*],
                columns: &[#(#listed),*],
                schema: #schema,
                file: ::core::file!(),
                line: ::core::line!(),
                kind: #statement_kind::#kind,
                weakened: &[#(#weakened),*],
            };
            #query::<#output, _>(&STATEMENT, |#binds| {
                #body
                ::core::result::Result::Ok(())
            })
        }}
    }

    /// The values in order of appearance, by reference, each evaluated once.
    fn binds(
        &self,
        pieces: &[Piece],
        binds: &Ident,
        beside: &beside::Besides<'_>,
        next: &mut usize,
        paths: &SqlPaths,
    ) -> TokenStream {
        let SqlPaths { sql_name, .. } = paths;
        let mut body = TokenStream::new();
        for piece in pieces {
            let Piece::Hole(Hole { kind, .. }) = piece else { continue };
            let number = *next;
            *next = next.saturating_add(1);
            let role = self.prepared.roles.get(number).copied().unwrap_or(Role::Bind);
            let Some(inside) = self.inside.get(number) else { continue };
            body.extend(match (inside, role, kind) {
                (Inside::Name(expr, ty), ..) => {
                    quote_spanned!(ty.span()=>
                        #binds.sort_among(
                            <#ty as #sql_name>::NAMES,
                            <#ty as #sql_name>::name(&(#expr)),
                        );
                    )
                }
                (
                    Inside::Expr(condition) | Inside::Let(condition),
                    Role::Choice(_, Chosen::Fragment),
                    HoleKind::Fragment { pieces, .. },
                ) => {
                    let inner = self.binds(pieces, binds, beside, next, paths);
                    let condition = match inside {
                        Inside::Let(_) => condition.clone(),
                        Inside::Expr(_) | Inside::Name(..) => quote!((#condition)),
                    };
                    quote!(if #condition { #binds.on(); #inner } else { #binds.off(); })
                }
                (Inside::Expr(expr), Role::List, _) => beside.list(number, binds, expr, paths),
                (Inside::Expr(expr), Role::Pattern, _) => quote!(#binds.add_pattern(&(#expr))?;),
                (Inside::Expr(expr) | Inside::Let(expr), ..) => {
                    beside.value(number, binds, expr, paths)
                }
            });
        }
        body
    }

    /// Every name that can be chosen is a column, or a direction.
    fn check_names(&self, paths: &SqlPaths) -> TokenStream {
        let SqlPaths { sql_name, check_names, check_directions, .. } = paths;
        let chosen = self.inside.iter().zip(&self.prepared.roles).enumerate();
        let checks = chosen.filter_map(|(number, (inside, role))| {
            let (Inside::Name(_, ty), Role::Choice(_, chosen)) = (inside, role) else {
                return None;
            };
            let names = quote!(<#ty as #sql_name>::NAMES);
            let check = match chosen {
                Chosen::Direction => call_at(ty, check_directions, &TokenStream::new(), names),
                Chosen::Name | Chosen::Fragment => {
                    let used = self.prepared.names.iter().find(|used| used.hole == number)?;
                    let columns = used.columns.as_ref()?;
                    call_at(ty, check_names, &TokenStream::new(), quote!(#names, &[#(#columns),*]))
                }
            };
            Some(quote!(const _: () = #check;))
        });
        checks.collect()
    }
}

/// The type of the rows reads what the query gives. A tuple's elements are columns by their place;
/// of any other type the compiler knows whether it reads rows by name, one column, or neither.
fn check_output(output: &Type, paths: &SqlPaths) -> TokenStream {
    let SqlPaths { row_probe, no_row, column_probe, no_column, check_output, check_tuple, .. } =
        paths;
    let none = TokenStream::new();
    let (check, traits) = if let Type::Tuple(tuple) = output
        && !tuple.elems.is_empty()
    {
        let elements = tuple.elems.iter().map(|element| quote!(#column_probe::<#element>::SHAPE));
        let arguments = quote!(&[#(#elements),*], KNOWN);
        (call_at(output, check_tuple, &none, arguments), quote!(#no_column as _))
    } else {
        let arguments = quote! {
            #row_probe::<#output>::SHAPE, #column_probe::<#output>::SHAPE, KNOWN
        };
        let check = call_at(output, check_output, &none, arguments);
        (check, quote!(#no_column as _, #no_row as _))
    };
    // Traits come in by `use`, each under no name.
    let traits = imports(&traits);
    quote! {
        const _: () = {
            #traits
            #check
        };
    }
}

fn imports(traits: &TokenStream) -> TokenStream {
    quote!(#[allow(unused_imports)] use {#traits};)
}

fn parts(parts: &[Part], paths: &SqlPaths) -> TokenStream {
    let SqlPaths { part, .. } = paths;
    let parts = parts.iter().map(|one| match one {
        Part::Text(text) => quote!(#part::Text(#text)),
        Part::Bind => quote!(#part::Bind),
        Part::List => quote!(#part::List),
        Part::Choice(number) => quote!(#part::Sort(#number)),
        Part::Fragment(number, parts) => {
            let parts = self::parts(parts, paths);
            quote!(#part::Fragment(#number, &[#parts]))
        }
    });
    quote!(#(#parts),*)
}
