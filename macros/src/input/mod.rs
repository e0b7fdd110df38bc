//! The expansion of `#[derive(Input)]`.
//!
//! One constant per type lists its fields, and each entry asks the field's type for its bound: an
//! unbounded type is one error, at that type. Every rule is emitted too, so that none of them depends
//! on what another derive or an `impl` beside it does.

mod description;
mod newtype;
mod parts;
mod rules;
mod target;

use palisade_lint::{
    Diagnostics,
    input::{
        Bound, Content, Field, InputType, ListStyle, Tagging, Variant, VariantKind, crate_path,
    },
};
use proc_macro2::{Span, TokenStream};
use quote::{format_ident, quote, quote_spanned};
use syn::{DeriveInput, spanned::Spanned as _};

use self::target::Target;
use crate::{finish::finish, paths::InputPaths};

/// The impls of a type that derives `Input`, or its mistakes and impls that admit nothing.
pub(crate) fn derive(input: &DeriveInput) -> TokenStream {
    let mut d = Diagnostics::new();
    let model = InputType::new(input, &mut d);
    finish(
        d,
        model,
        |model| expand(&model),
        |errors| {
            let fallback = fallback(input);
            quote!(#errors #fallback)
        },
    )
}

fn expand(model: &InputType) -> TokenStream {
    let krate = model.krate.as_ref();
    let paths = InputPaths::new(krate, Span::call_site());
    let InputPaths {
        field_type,
        input_trait,
        input_seal,
        make_seal,
        input_field,
        input_layout,
        input_methods,
        input_wire,
        ..
    } = &paths;
    let fields = match &model.content {
        Content::Newtype { field, is_transparent } => {
            return newtype::expand(model, field, *is_transparent, &paths);
        }
        Content::Struct(fields) | Content::Enum { fields, .. } => fields,
    };
    let plain = matches!(model.content, Content::Enum { plain: true, .. });
    let entries = fields.iter().map(|field| entry(field, krate));
    let target = Target::new(model, &paths);
    let checks = Checks::of(fields, &target, model);
    let Checks { stack, after } = &checks;
    // Each constant is a body for the compiler: one that says what the trait says is left out.
    let unknown_fields = model.unknown_fields.then(|| {
        quote!(
            const UNKNOWN_FIELDS: ::core::primitive::bool = true;
        )
    });
    let reasons = reasons(model, &paths);
    let merges = matches!(model.content, Content::Struct(_)).then(|| {
        quote! {
            const MERGES: ::core::primitive::bool =
                #input_field::any_patch(<Self as #input_trait>::FIELDS);
        }
    });
    let path_safe = plain.then(|| {
        quote!(
            const PATH_SAFE: ::core::primitive::bool = true;
        )
    });
    let layout = layout(model, &paths);
    let conditions = conditions(model, &paths);
    let own = own_items(model, &paths);
    let docs = description::of_type(&model.docs);
    let kinds = kinds(model, &target, &paths);
    let implements_input = target.implements(input_trait, None);
    let implements_field = target.implements(field_type, None);
    quote! {
        const _: () = {
            #[allow(unused_imports)]
            use #input_methods::*;
            #implements_input {
                const SEAL: #input_seal = #make_seal();
                const FIELDS: &'static [#input_field] = &[#(#entries),*];
                #unknown_fields
                #reasons
                const LAYOUT: #input_layout = #layout;
                #docs
                #own
            }
            #implements_field {
                const FIELD_SEAL: #input_seal = #make_seal();
                #path_safe
                #merges
                const STACK: ::core::primitive::usize = #stack;
                fn wire() -> #input_wire {
                    #input_wire::of::<Self>()
                }
                #conditions
            }
            #kinds
            #after
        };
    }
}

/// What is checked when the service is compiled.
struct Checks {
    /// The check of the type's size on the stack. A generic type is checked where it is used: once
    /// for each type argument.
    stack: TokenStream,
    /// Behind the impls.
    after: TokenStream,
}

impl Checks {
    fn of(fields: &[Field], target: &Target<'_>, model: &InputType) -> Self {
        let (name, krate) = (&model.name, model.krate.as_ref());
        let InputPaths { input_trait, .. } = InputPaths::new(krate, Span::call_site());
        let InputPaths { input_form, .. } = InputPaths::new(krate, name.span());
        let sizes = fields.iter().map(|field| check_size(field, krate));
        if target.is_generic() {
            let lengths = fields.iter().filter_map(|field| check_length(field, krate));
            let stack = quote_spanned!(name.span()=> {
                let stack = #input_form::stack_of::<Self>();
                #(#lengths)*
                #(#sizes)*
                #input_form::check_stack_of::<Self>(stack);
                stack
            });
            return Self { stack, after: TokenStream::new() };
        }
        // The fields of an enum have no rules, and the conditions of their types.
        let asks = match &model.content {
            Content::Struct(_) => quote!(asks_rules),
            Content::Newtype { field, .. } if target.is_ruled(field) => quote!(asks_rules),
            Content::Enum { .. } | Content::Newtype { .. } => quote!(asks_form),
        };
        let lengths = fields.iter().filter_map(|field| length(field, krate));
        let size = quote_spanned!(name.span()=> #input_form::check_stack::<#name>(););
        let after = quote! {
            #(#lengths)*
            // Asked for here, so that a bound that does not hold is found in every build.
            const _: () = {
                let _fields = <#name as #input_trait>::FIELDS;
                #input_form::#asks::<#name>();
                #(#sizes)*
                #size
            };
        };
        let InputPaths { input_form, .. } = InputPaths::new(krate, Span::call_site());
        Self { stack: quote!(#input_form::stack_of::<#name>()), after }
    }

    /// What a newtype with parameters takes of the stack, which is what its field says of itself.
    fn of_newtype(field: &Field, model: &InputType, stack: &TokenStream) -> TokenStream {
        let krate = model.krate.as_ref();
        let InputPaths { input_form, .. } = InputPaths::new(krate, model.name.span());
        let (size, length) = (check_size(field, krate), check_length(field, krate));
        quote_spanned!(model.name.span()=> {
            let stack = #stack;
            #length
            #size
            #input_form::check_stack_of::<Self>(stack);
            stack
        })
    }
}

/// What the type weakens, and why.
fn reasons(model: &InputType, paths: &InputPaths) -> Option<TokenStream> {
    let InputPaths { reason_type, .. } = paths;
    (!model.reasons.is_empty()).then(|| {
        let reasons = model.reasons.iter().map(|reason| {
            let (word, reason) = (&reason.word, &reason.reason);
            quote!(#reason_type { word: #word, reason: #reason })
        });
        quote!(const REASONS: &'static [#reason_type] = &[#(#reasons),*];)
    })
}

/// The check of what a field's type takes in memory.
fn check_size(field: &Field, krate: Option<&syn::Path>) -> TokenStream {
    let span = field.ty.span();
    let InputPaths { input_field, .. } = InputPaths::new(krate, span);
    let size = size(field, krate);
    quote_spanned!(span=> #input_field::check_size(#size);)
}

/// What a field's type takes. Where no trait answers for it, its name does.
fn size(field: &Field, krate: Option<&syn::Path>) -> TokenStream {
    let (ty, span) = (&field.ty, field.ty.span());
    let InputPaths { input_held, .. } = InputPaths::new(krate, span);
    let parts = matches!(field.bound, Bound::Vouched).then(|| {
        let parts = parts::of_type(ty, krate);
        quote_spanned!(span=> .with(#parts))
    });
    quote_spanned!(span=> #input_held::<#ty>::SIZE #parts)
}

/// The shape of the type in a path.
fn own_items(model: &InputType, paths: &InputPaths) -> TokenStream {
    let InputPaths { path_shape, .. } = paths;
    match &model.content {
        Content::Struct(fields) => {
            let names = fields.iter().map(|field| &field.name);
            quote!(const PATH: #path_shape = #path_shape::Fields(&[#(#names),*]);)
        }
        Content::Newtype { .. } => TokenStream::new(),
        Content::Enum { plain, .. } => quote! {
            const PATH_SAFE: ::core::primitive::bool = #plain;
        },
    }
}

/// The kinds of the type: the positions in which its values are allowed.
fn kinds(model: &InputType, target: &Target<'_>, paths: &InputPaths) -> TokenStream {
    let InputPaths {
        bounded,
        fits_path,
        input_seal,
        input_trait,
        make_seal,
        map_key,
        named_fields,
        nested,
        path_fit,
        path_input,
        ..
    } = paths;
    let name = &model.name;
    match &model.content {
        // A constant of a type with parameters is not allowed in a bound, so none comes from a
        // path.
        Content::Struct(_) if target.is_generic() => {
            let nested = target.implements(nested, None);
            let named_fields = target.implements(named_fields, None);
            quote! {
                #nested { const NESTED_SEAL: #input_seal = #make_seal(); }
                #named_fields { const NAMED_SEAL: #input_seal = #make_seal(); }
            }
        }
        Content::Struct(_) => quote! {
            impl #nested for #name { const NESTED_SEAL: #input_seal = #make_seal(); }
            impl #named_fields for #name { const NAMED_SEAL: #input_seal = #make_seal(); }
            // The lifetime defers the bound until a handler takes this type from a path.
            impl #path_input for #name
            where
                for<'a> #path_fit<'a, { <#name as #input_trait>::PATH_SAFE }>: #fits_path,
            {
                const PATH_SEAL: #input_seal = #make_seal();
            }
        },
        Content::Newtype { .. } => TokenStream::new(),
        Content::Enum { plain, .. } => {
            let bounded = target.implements(bounded, None);
            let as_text = plain.then(|| {
                let map_key = target.implements(map_key, None);
                let path_input = target.implements(path_input, None);
                quote! {
                    #map_key { const KEY_SEAL: #input_seal = #make_seal(); }
                    #path_input { const PATH_SEAL: #input_seal = #make_seal(); }
                }
            });
            quote! {
                #bounded { const BOUNDED_SEAL: #input_seal = #make_seal(); }
                #as_text
            }
        }
    }
}

/// What the values are on the wire.
fn layout(model: &InputType, paths: &InputPaths) -> TokenStream {
    let InputPaths { input_layout, input_tagging, input_variant, input_variant_kind, .. } = paths;
    let (variants, tagging) = match &model.content {
        _ if model.opaque => return quote!(#input_layout::Opaque),
        Content::Struct(_) => return quote!(#input_layout::Struct),
        Content::Newtype { .. } => return quote!(#input_layout::Opaque),
        Content::Enum { variants, tagging, .. } => (variants, tagging),
    };
    let tagging = match tagging {
        Tagging::External => quote!(External),
        Tagging::Internal(tag) => quote!(Internal(#tag)),
        Tagging::Adjacent(tag, content) => quote!(Adjacent(#tag, #content)),
        Tagging::Untagged => quote!(Untagged),
    };
    let mut first: usize = 0;
    let variants = variants.iter().map(|variant| {
        let kind = match variant.kind {
            _ if variant.opaque => quote!(Opaque),
            VariantKind::Unit => quote!(Unit),
            VariantKind::Newtype => quote!(Newtype),
            VariantKind::Tuple => quote!(Tuple),
            VariantKind::Named => quote!(Named),
        };
        let (names, count, begin) = (&variant.wire_names, variant.fields, first);
        first = first.saturating_add(count);
        quote! {
            #input_variant {
                names: &[#(#names),*],
                kind: #input_variant_kind::#kind,
                first: #begin,
                count: #count,
            }
        }
    });
    quote!(#input_layout::Enum(#input_tagging::#tagging, &[#(#variants),*]))
}

/// What a value has to be: the rules of a struct's fields, and what the types of all fields ask.
fn conditions(model: &InputType, paths: &InputPaths) -> Option<TokenStream> {
    let krate = model.krate.as_ref();
    let InputPaths { input_at, input_report, .. } = paths;
    let each = match &model.content {
        Content::Struct(fields) => rules::of_struct(fields, model, paths),
        Content::Newtype { field, .. } => rules::of_newtype(field, model, paths),
        // A type without a field has none.
        Content::Enum { fields, .. } if fields.is_empty() => return None,
        Content::Enum { fields, variants, tagging, .. } => {
            conditions_of_variants(fields, variants, tagging, krate)
        }
    };
    Some(quote! {
        fn conditions(
            &self,
            __palisade_at: &#input_at<'_>,
            __palisade_report: &mut #input_report,
        ) {
            #each
        }
    })
}

/// One entry of the list, with the span of the type that it is about.
fn entry(field: &Field, krate: Option<&syn::Path>) -> TokenStream {
    let Field { ty, name, rust_name, .. } = field;
    let span = ty.span();
    let InputPaths { input_field, input_unbounded, .. } = InputPaths::new(krate, span);
    let constructor = match &field.bound {
        Bound::OwnType => Some(quote_spanned!(span=> bounded::<#ty>)),
        Bound::Length(_) => Some(quote_spanned!(span=> by_length::<#ty>)),
        Bound::Nested => Some(quote_spanned!(span=> nested::<#ty>)),
        Bound::NestedLength(_) => Some(quote_spanned!(span=> nested_by_length::<#ty>)),
        Bound::Vouched => None,
    };
    let entry = match constructor {
        Some(constructor) => {
            quote_spanned!(span=> #input_field::#constructor(#name, #rust_name))
        }
        None => {
            let size = size(field, krate);
            quote_spanned! {span=>
                #input_unbounded::<#ty>::FIELD.holding(#size).named(#name, #rust_name)
            }
        }
    };
    let pattern = field.pattern.as_ref().map(|path| {
        let InputPaths { is_anchored, .. } = InputPaths::new(krate, path.span());
        let anchored = (!field.partial_pattern)
            .then(|| quote_spanned!(path.span()=> .anchored(|| #is_anchored(&#path))));
        quote!(.with_pattern() #anchored)
    });
    let list = field.list.map(|(_, style)| {
        let InputPaths { input_list_style, .. } = InputPaths::new(krate, span);
        let style = match style {
            ListStyle::Repeat => quote_spanned!(span=> Repeat),
            ListStyle::Comma => quote_spanned!(span=> Comma),
        };
        quote_spanned!(span=> .list(#input_list_style::#style))
    });
    let checkbox = field.checkbox.map(|_| quote_spanned!(span=> .checkbox()));
    let json = field.json.map(|_| quote_spanned!(span=> .json()));
    let default = field.default.then(|| quote!(.with_default()));
    let flatten = field.flatten.then(|| quote!(.flattened()));
    // At the type: what is wrong is that it is not optional.
    let empty = field.empty_is_absent.then(|| quote_spanned!(span=> .empty_is_absent()));
    let aliases = (!field.aliases.is_empty()).then(|| {
        let aliases = &field.aliases;
        quote!(.with_aliases(&[#(#aliases),*]))
    });
    let opaque = field.opaque.then(|| quote!(.opaque()));
    let described = description::of_field(field, krate);
    quote! {
        #entry #pattern #list #checkbox #json #default #flatten #empty #aliases #opaque #described
    }
}

/// What the fields of an enum have to be: what their types say, at the place where the tagging puts
/// them.
fn conditions_of_variants(
    fields: &[Field],
    variants: &[Variant],
    tagging: &Tagging,
    krate: Option<&syn::Path>,
) -> TokenStream {
    let InputPaths { input_inner, .. } = InputPaths::new(krate, Span::call_site());
    let mut fields = fields.iter();
    let arms = variants.iter().filter(|variant| variant.fields > 0).map(|variant| {
        let name = &variant.name;
        let own = fields.by_ref().take(variant.fields).enumerate();
        let content = match (tagging, variant.wire_names.first()) {
            _ if variant.opaque => None,
            (Tagging::External, Some(name)) | (Tagging::Adjacent(_, name), _) => Some(name),
            (Tagging::External | Tagging::Internal(_) | Tagging::Untagged, _) => None,
        };
        let content = content.map(|name| quote!(let __palisade_at = &__palisade_at.name(#name);));
        let (patterns, checks): (Vec<_>, Vec<_>) = own
            .map(|(number, field)| {
                let member = match field.rust_name.parse::<usize>() {
                    Ok(index) => syn::Member::from(index),
                    Err(_) => syn::Member::from(format_ident!("{}", field.rust_name)),
                };
                let value = format_ident!("__palisade_field_{number}");
                let place = match variant.kind {
                    _ if variant.opaque || field.flatten => quote!(__palisade_at),
                    VariantKind::Named => {
                        let name = &field.name;
                        quote!(&__palisade_at.name(#name))
                    }
                    VariantKind::Tuple => quote!(&__palisade_at.index(#number)),
                    VariantKind::Newtype | VariantKind::Unit => quote!(__palisade_at),
                };
                let ty = &field.ty;
                let check = quote! {
                    #input_inner::<#ty>::conditions_of(#value, #place, __palisade_report);
                };
                (quote!(#member: #value), check)
            })
            .unzip();
        quote!(Self::#name { #(#patterns,)* .. } => { #content #(#checks)* })
    });
    quote! {
        match self {
            #(#arms)*
            #[allow(unreachable_patterns)]
            _ => {}
        }
    }
}

/// The check of a length that the source does not spell out, outside of the list: there the
/// compiler would report it at the derive.
fn length(field: &Field, krate: Option<&syn::Path>) -> Option<TokenStream> {
    let (Bound::Length(max) | Bound::NestedLength(max)) = &field.bound else { return None };
    if matches!(max, syn::Expr::Lit(_)) {
        return None;
    }
    let InputPaths { input_field, .. } = InputPaths::new(krate, max.span());
    Some(quote_spanned!(max.span()=> const _: () = #input_field::check_length(#max);))
}

/// The same check, as a statement.
fn check_length(field: &Field, krate: Option<&syn::Path>) -> Option<TokenStream> {
    let (Bound::Length(max) | Bound::NestedLength(max)) = &field.bound else { return None };
    let InputPaths { input_field, .. } = InputPaths::new(krate, max.span());
    Some(quote_spanned!(max.span()=> #input_field::check_length(#max);))
}

/// Impls that admit nothing, so that a mistake in the type is not repeated at each of its uses.
fn fallback(input: &DeriveInput) -> TokenStream {
    // With parameters the impls would need bounds of their own and fail for other reasons.
    if !input.generics.params.is_empty() {
        return TokenStream::new();
    }
    let InputPaths {
        bounded,
        field_type,
        input_trait,
        map_key,
        named_fields,
        nested,
        path_input,
        input_seal,
        make_seal,
        checked,
        input_report,
        ..
    } = InputPaths::new(crate_path(input).as_ref(), Span::call_site());
    let name = &input.ident;
    quote! {
        const _: () = {
            impl #input_trait for #name {
                const SEAL: #input_seal = #make_seal();
                fn check(&self, __palisade_report: &mut #input_report) -> #checked {
                    __palisade_report.check_nothing()
                }
            }
            impl #field_type for #name {
                const FIELD_SEAL: #input_seal = #make_seal();
            }
            impl #bounded for #name { const BOUNDED_SEAL: #input_seal = #make_seal(); }
            impl #map_key for #name { const KEY_SEAL: #input_seal = #make_seal(); }
            impl #nested for #name { const NESTED_SEAL: #input_seal = #make_seal(); }
            impl #named_fields for #name { const NAMED_SEAL: #input_seal = #make_seal(); }
            impl #path_input for #name { const PATH_SEAL: #input_seal = #make_seal(); }
        };
    }
}

#[cfg(test)]
mod tests {
    use syn::parse_quote;

    use super::derive;

    #[test]
    fn every_mistake_is_an_error_of_its_own() {
        let tokens = derive(&parse_quote! {
            #[serde(deny_unknown_fields)]
            struct Link {
                #[validate(url, length(max = 200))]
                #[input(schemes("javascript", "HTTPS"))]
                link: String,
                #[validate(length(max = 200))]
                #[input(schemes("https"))]
                text: String,
            }
        });
        let text = tokens.to_string();
        assert_eq!(text.matches("compile_error").count(), 3, "{text}");
        assert!(syn::parse2::<syn::File>(tokens).is_ok(), "{text}");
    }
}
