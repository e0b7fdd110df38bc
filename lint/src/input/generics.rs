//! The parameters of an input type.
//!
//! The type argument is judged where a handler takes the type, so the parameter has the bound
//! `Input`. The trait decides whether that bound is palisade's.

use syn::{DeriveInput, GenericParam, TypeParam, TypeParamBound, WherePredicate};

use crate::diagnostic::{Code, Diagnostics};

/// Notes each lifetime, and each type parameter that nothing bounds.
pub(super) fn check(input: &DeriveInput, d: &mut Diagnostics) {
    let owner = &input.ident;
    for parameter in &input.generics.params {
        match parameter {
            GenericParam::Lifetime(lifetime) => {
                d.on(
                    Code::GenericInput,
                    lifetime,
                    format!("`{owner}` borrows for `{}` from the request", lifetime.lifetime),
                )
                .help("own the data: `String`, `Text<64>` or `Vec<..>` in place of a reference");
            }
            GenericParam::Type(parameter) if !is_input(input, parameter) => {
                let name = &parameter.ident;
                d.on(
                    Code::UnboundedParameter,
                    parameter,
                    format!("the type parameter `{name}` has no `Input` bound"),
                )
                .help(format!("write `{name}: Input`"));
            }
            GenericParam::Type(_) | GenericParam::Const(_) => {}
        }
    }
}

/// Whether the parameter says so, where it is declared or in the `where` clause.
fn is_input(input: &DeriveInput, parameter: &TypeParam) -> bool {
    let clause = input.generics.where_clause.iter().flat_map(|clause| &clause.predicates);
    let in_clause = clause.filter_map(|predicate| {
        let WherePredicate::Type(one) = predicate else { return None };
        let syn::Type::Path(path) = &one.bounded_ty else { return None };
        path.path.is_ident(&parameter.ident).then_some(&one.bounds)
    });
    parameter.bounds.iter().chain(in_clause.flatten()).any(names_input)
}

fn names_input(bound: &TypeParamBound) -> bool {
    let TypeParamBound::Trait(bound) = bound else { return false };
    bound.path.segments.last().is_some_and(|last| last.ident == "Input")
}
