//! The type that impls are written for, with its parameters and what they have to be.

use palisade_lint::input::{Bound, Content, Field, InputType};
use proc_macro2::TokenStream;
use quote::{ToTokens, quote, quote_spanned};
use syn::{GenericParam, Ident, spanned::Spanned as _, visit::Visit};

use crate::paths::{InputPaths, PrivatePath};

/// The type that impls are written for.
pub(super) struct Target<'a> {
    model: &'a InputType,
    paths: &'a InputPaths,
}

impl<'a> Target<'a> {
    pub(super) fn new(model: &'a InputType, paths: &'a InputPaths) -> Self {
        Self { model, paths }
    }

    /// Whether it has parameters: then its sizes and bounds are unknown at its definition.
    pub(super) fn is_generic(&self) -> bool {
        !self.model.generics.params.is_empty()
    }

    /// `impl Trait for Type`, with these conditions besides those of the parameters.
    pub(super) fn implements(&self, one: &PrivatePath, more: Option<&TokenStream>) -> TokenStream {
        let name = &self.model.name;
        if !self.is_generic() {
            let clause = more.map(|more| quote!(where #more));
            return quote!(impl #one for #name #clause);
        }
        let (parameters, arguments, clause) = self.model.generics.split_for_impl();
        let own = clause.into_iter().flat_map(|clause| &clause.predicates);
        let own = own.map(ToTokens::to_token_stream);
        let predicates = own.chain(self.predicates()).chain(more.cloned());
        quote!(impl #parameters #one for #name #arguments where #(#predicates),*)
    }

    /// What the fields ask of the parameters, and what reads and checks the type.
    fn predicates(&self) -> Vec<TokenStream> {
        let InputPaths { ruled_by_derive, deserialize_owned, .. } = self.paths;
        let (fields, is_ruled) = match &self.model.content {
            Content::Struct(fields) => (fields.as_slice(), true),
            Content::Newtype { field, .. } => {
                (std::slice::from_ref(&**field), self.is_ruled(field))
            }
            Content::Enum { fields, .. } => (fields.as_slice(), false),
        };
        let mut predicates: Vec<_> =
            fields.iter().filter_map(|field| self.predicate(field)).collect();
        let read = if is_ruled { ruled_by_derive } else { deserialize_owned };
        predicates.push(quote!(Self: #read));
        predicates
    }

    /// Whether `Validate` is derived beside a newtype: it has rules, or is nested.
    pub(super) fn is_ruled(&self, field: &Field) -> bool {
        !field.rules.is_empty()
            || !self.model.schemas.is_empty()
            || matches!(field.bound, Bound::Nested | Bound::NestedLength(_))
    }

    /// What a field asks of the type in it, where a parameter decides.
    fn predicate(&self, field: &Field) -> Option<TokenStream> {
        let ty = &field.ty;
        let mut names = Names { model: self.model, has_parameter: false, has_self: false };
        names.visit_type(ty);
        // What a type asks of itself holds where it is written, and would have no end here.
        if !names.has_parameter || names.has_self {
            return None;
        }
        let paths = InputPaths::new(self.model.krate.as_ref(), ty.span());
        let wanted = match field.bound {
            Bound::OwnType => paths.bounded,
            Bound::Length(_) => paths.bounded_by_length,
            Bound::Nested => paths.nested,
            Bound::NestedLength(_) => paths.nested_by_length,
            // Its form counts.
            Bound::Vouched => paths.field_type,
        };
        Some(quote_spanned!(ty.span()=> #ty: #wanted))
    }
}

/// Looks for names in a type.
struct Names<'a> {
    model: &'a InputType,
    has_parameter: bool,
    has_self: bool,
}

impl<'ast> Visit<'ast> for Names<'_> {
    fn visit_ident(&mut self, ident: &'ast Ident) {
        self.has_self |= ident == "Self" || *ident == self.model.name;
        self.has_parameter |= self.model.generics.params.iter().any(|own| match own {
            GenericParam::Type(own) => own.ident == *ident,
            GenericParam::Const(own) => own.ident == *ident,
            GenericParam::Lifetime(_) => false,
        });
    }
}
