//! Rules that look beyond a function's body: at signatures, attributes, types and templates.

use std::rc::Rc;

use proc_macro2::Span;
use syn::ext::IdentExt as _;
use syn::visit::Visit;

use super::macro_internals::{self, Crates};
use super::{
    Rule, bare_handler, secret_in_query, template_context, template_safe_filter, unbounded_body,
    unbounded_input, unescaped_page,
};
use crate::attribute::Word;
use crate::finding::{Finding, Place};
use crate::krate::collect::{Module, Task, is_test};
use crate::krate::index::Index;
use crate::krate::load::SourceFile;
use crate::krate::route::Routes;
use crate::krate::tree::Tree;
use crate::krate::ty;
use crate::page::{self, Declared};
use crate::taint::value::FileId;
use crate::taint::walk::Hit;

fn hit(rule: &'static Rule, file: FileId, span: Span, message: &str, help: &str) -> Hit {
    Hit {
        rule,
        level: rule.level,
        file,
        span,
        message: Rc::from(message),
        help: Rc::from(help),
        link: None,
        fix: None,
    }
}

/// What the rules find that look at a function's signature and attributes.
pub(crate) fn function_hits(
    task: &Task<'_>,
    modules: &[Module],
    index: &Index,
    routes: &Routes,
    guarded: bool,
) -> Vec<Hit> {
    let mut hits = Vec::new();
    if task.in_test {
        return hits;
    }
    for span in unbounded_body::growing_loops(task.sig, task.block) {
        hits.push(hit(
            &unbounded_body::RULE,
            task.file,
            span,
            unbounded_body::MESSAGE,
            unbounded_body::HELP,
        ));
    }
    let Some(module) = modules.get(task.module) else { return hits };
    for arg in &task.sig.inputs {
        let syn::FnArg::Typed(arg) = arg else { continue };
        let Some(ty) = ty::read(&arg.ty, &module.names, None, 0) else { continue };
        let ty = index.unalias(&ty, 0);
        if !matches!(ty.last(), "Query" | "QsQuery") {
            continue;
        }
        if let Some(name) = index.secret_field(&ty.peeled()) {
            let message = format!("the secret `{name}` travels in the query string");
            hits.push(hit(
                &secret_in_query::RULE,
                task.file,
                syn::spanned::Spanned::span(&arg.pat),
                &message,
                secret_in_query::HELP,
            ));
        }
    }
    let name = task.sig.ident.to_string();
    let word = |attr: &syn::Attribute| {
        let last = attr.path().segments.last()?;
        Word::named(&last.ident.unraw().to_string())
    };
    let says = |pick: fn(Word) -> bool| task.attrs.iter().filter_map(word).any(pick);
    let owners = [task.owner.as_deref(), task.of_trait.as_deref()];
    let routed = routes.mounts(task.at, owners, &name) || says(Word::is_route);
    let declared = says(Word::is_access);
    // Ours without an access does not compile; what is left came from actix.
    if guarded && routed && !declared {
        hits.push(hit(
            &bare_handler::RULE,
            task.file,
            task.sig.ident.span(),
            bare_handler::MESSAGE,
            bare_handler::HELP,
        ));
    }
    hits
}

/// Closures that are mounted, which no attribute can guard, and what is mounted and not known.
pub(crate) fn closure_hits(routes: &Routes) -> impl Iterator<Item = Hit> {
    let rule = &bare_handler::RULE;
    let closures = routes.closures.iter().map(|(file, span)| {
        hit(rule, *file, *span, bare_handler::MESSAGE, bare_handler::CLOSURE_HELP)
    });
    closures.chain(routes.unknown.iter().map(|(file, span)| {
        hit(rule, *file, *span, bare_handler::UNKNOWN, bare_handler::UNKNOWN_HELP)
    }))
}

/// What a file says that only the macros may write.
pub(crate) fn internal_hits(
    tree: &Tree,
    module: &[String],
    file: &syn::File,
    id: FileId,
    crates: &Crates,
) -> Vec<Hit> {
    let rule = &macro_internals::RULE;
    macro_internals::internals(tree, module, file, crates)
        .into_iter()
        .map(|one| hit(rule, id, one.span, &one.message, &one.help))
        .collect()
}

/// What takes values past the escaping of pages, and values of `html!` where escaping does not help.
pub(crate) fn page_hits(declared: &Declared, id: FileId) -> impl Iterator<Item = Hit> {
    let rule = &unescaped_page::RULE;
    let help =
        "leave it to the template, or clean the markup where it is made and say why it is safe";
    let code =
        declared.flaws.iter().map(move |(span, message)| hit(rule, id, *span, message, help));
    let rule = &template_context::RULE;
    let markup = declared.markup.iter();
    code.chain(
        markup.map(move |(span, message)| hit(rule, id, *span, message, template_context::HELP)),
    )
}

/// Values of a handler's own `html!` where escaping does not help, as a macro sees them.
pub(crate) fn markup_hits(function: &syn::ItemFn) -> impl Iterator<Item = Hit> {
    let rule = &template_context::RULE;
    let help = template_context::HELP;
    let flaws = page::flaws_of_handler(function).into_iter();
    flaws.map(move |(span, message)| hit(rule, 0, span, &message, help))
}

/// What the rules find that look at a file's items.
pub(crate) fn file_hits(file: &syn::File, id: FileId, in_test: bool) -> Vec<Hit> {
    struct Types(Vec<Span>);
    impl<'ast> Visit<'ast> for Types {
        fn visit_item_mod(&mut self, module: &'ast syn::ItemMod) {
            if !is_test(&module.attrs) {
                syn::visit::visit_item_mod(self, module);
            }
        }
        fn visit_item_struct(&mut self, def: &'ast syn::ItemStruct) {
            self.0.extend(unbounded_input::unbounded(def));
        }
    }
    if in_test {
        return Vec::new();
    }
    let mut types = Types(Vec::new());
    types.visit_file(file);
    let rule = &unbounded_input::RULE;
    types
        .0
        .into_iter()
        .map(|span| hit(rule, id, span, unbounded_input::MESSAGE, unbounded_input::HELP))
        .collect()
}

/// What the rules find in templates.
pub(crate) fn template_findings(template: &SourceFile) -> Vec<Finding> {
    let rule = &template_safe_filter::RULE;
    let mustache = template.path.ends_with(".hbs");
    template_safe_filter::unescaped(&template.text, mustache)
        .into_iter()
        .map(|(line, end_column)| Finding {
            file: template.path.clone(),
            place: Place { line, column: 1, end_line: line, end_column },
            rule: rule.name,
            cwe: rule.cwe,
            level: rule.level,
            message: template_safe_filter::MESSAGE.to_owned(),
            help: template_safe_filter::HELP.to_owned(),
            trace: Vec::new(),
            fix: None,
        })
        .collect()
}
