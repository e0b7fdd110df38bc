//! Values of the model as the tokens of an expansion.

use std::time::Duration;

use palisade_lint::endpoint::{
    Access, Ban, Compression, Conditions, ContentCoding, Cors, Count, CrossSite, Limit, LimitKey,
    LimitOutage, LimitStore, PolicyWord as _, ProfileKind, Reason, ResourcePolicy,
    RevocationOutage, Route, Scope, Source, Spanned, Unit, Upload, Validation, written,
};
use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::{LitStr, spanned::Spanned as _};

use crate::paths::Paths;

/// A value that the policy of an endpoint holds.
pub(crate) trait Emit {
    /// The expression for it.
    fn emit(&self, paths: &Paths) -> TokenStream;
}

/// The option of an expression.
pub(crate) fn option(value: Option<impl ToTokens>) -> TokenStream {
    match value {
        Some(value) => quote!(::core::option::Option::Some(#value)),
        None => quote!(::core::option::Option::None),
    }
}

impl<T: Emit> Emit for Option<T> {
    fn emit(&self, paths: &Paths) -> TokenStream {
        option(self.as_ref().map(|value| value.emit(paths)))
    }
}

impl<T: Emit> Emit for [T] {
    fn emit(&self, paths: &Paths) -> TokenStream {
        let values = self.iter().map(|value| value.emit(paths));
        quote!(&[#(#values),*])
    }
}

impl<T: Emit> Emit for Spanned<T> {
    fn emit(&self, paths: &Paths) -> TokenStream {
        self.value.emit(paths)
    }
}

/// A string, at its token.
impl Emit for Spanned<String> {
    fn emit(&self, _: &Paths) -> TokenStream {
        LitStr::new(&self.value, self.span).to_token_stream()
    }
}

/// Enums whose type has the same name under `palisade::__private`.
macro_rules! words {
    ($($word:ident),*) => {$(
        impl Emit for $word {
            fn emit(&self, paths: &Paths) -> TokenStream {
                let ty = paths.policy.sibling(stringify!($word));
                let variant = Ident::new(self.variant(), Span::call_site());
                quote!(#ty::#variant)
            }
        }
    )*};
}

words!(
    Compression,
    Conditions,
    ContentCoding,
    Count,
    CrossSite,
    LimitOutage,
    LimitStore,
    ProfileKind,
    ResourcePolicy,
    RevocationOutage,
    Unit,
    Validation
);

/// A deadline: an hour at most, as the grammar says.
impl Emit for Duration {
    fn emit(&self, Paths { duration, .. }: &Paths) -> TokenStream {
        let millis = u64::try_from(self.as_millis()).unwrap_or(u64::MAX);
        quote!(#duration::from_millis(#millis))
    }
}

impl Emit for Route {
    fn emit(&self, Paths { route: ty, .. }: &Paths) -> TokenStream {
        let Self { methods, path, parameters, name, .. } = self;
        let methods = methods.iter().map(|method| method.value);
        let name = option(name.as_ref());
        quote! {
            #ty {
                methods: &[#(#methods),*],
                path: #path,
                parameters: &[#(#parameters),*],
                name: #name
            }
        }
    }
}

impl Emit for Access {
    fn emit(&self, paths: &Paths) -> TokenStream {
        let Paths { access: ty, .. } = paths;
        match self {
            Self::Public(_) => quote!(#ty::Public),
            Self::Authenticated(_) => quote!(#ty::Authenticated),
            Self::Scoped(scope) => {
                let scope = scope.emit(paths);
                quote!(#ty::Scoped(&#scope))
            }
        }
    }
}

impl Emit for Scope {
    fn emit(&self, paths: &Paths) -> TokenStream {
        let Paths { scope: ty, .. } = paths;
        match self {
            Self::Name(name) => quote!(#ty::Name(#name)),
            Self::Typed(value) => {
                let reference = quote_spanned!(value.span()=> &);
                quote!(#ty::Typed(#reference #value))
            }
            Self::All(scopes) => {
                let scopes = scopes.emit(paths);
                quote!(#ty::All(#scopes))
            }
            Self::Any(scopes) => {
                let scopes = scopes.emit(paths);
                quote!(#ty::Any(#scopes))
            }
            Self::Not(scope) => {
                let scope = scope.emit(paths);
                quote!(#ty::Not(&#scope))
            }
        }
    }
}

impl Emit for Limit {
    fn emit(&self, paths: &Paths) -> TokenStream {
        let Paths { rate_limit, duration, .. } = paths;
        let Self { name, quota, window, burst, cost, track, .. } = self;
        let (unit, count) = (self.unit.emit(paths), self.count.emit(paths));
        let (store, outage) = (self.store.emit(paths), self.outage.emit(paths));
        let (key, ban) = (self.key.emit(paths), self.ban.emit(paths));
        quote! {
            #rate_limit {
                name: #name,
                unit: #unit,
                quota: #quota,
                window: #duration::from_secs(#window),
                burst: #burst,
                cost: #cost,
                count: #count,
                key: #key,
                store: #store,
                outage: #outage,
                ban: #ban,
                track: #track,
            }
        }
    }
}

impl Emit for Ban {
    fn emit(&self, Paths { ban, duration, .. }: &Paths) -> TokenStream {
        let Self { refusals, within, lasts } = self;
        let (within, lasts) = (within.as_secs(), lasts.as_secs());
        quote! {
            #ban {
                refusals: #refusals,
                within: #duration::from_secs(#within),
                lasts: #duration::from_secs(#lasts),
            }
        }
    }
}

impl Emit for LimitKey {
    fn emit(&self, paths: &Paths) -> TokenStream {
        let Paths { limit_key: ty, .. } = paths;
        match self {
            Self::Global => quote!(#ty::Global),
            Self::Address => quote!(#ty::Address),
            Self::Header(name) => quote!(#ty::Header(#name)),
            Self::Path(name) => quote!(#ty::Path(#name)),
            Self::Subject => quote!(#ty::Subject),
            Self::Client => quote!(#ty::Client),
            Self::Function(path, of) if of.is_empty() => {
                let name = written(path);
                quote!(#ty::Function(#name, #path))
            }
            Self::Function(path, of) => {
                let (name, of) = (written(path), of.emit(paths));
                quote!(#ty::FunctionOf(#name, #path, #of))
            }
            Self::Body(field) => quote!(#ty::Body(#field)),
        }
    }
}

/// The key that it is.
impl Emit for Source {
    fn emit(&self, paths: &Paths) -> TokenStream {
        match self {
            Self::Address => LimitKey::Address.emit(paths),
            Self::Subject => LimitKey::Subject.emit(paths),
            Self::Client => LimitKey::Client.emit(paths),
        }
    }
}

impl Emit for Upload {
    fn emit(&self, Paths { upload_rule, file_kind, .. }: &Paths) -> TokenStream {
        let Self { field, files, max, kinds, unpacked, pixels, frames, charset, markup, .. } = self;
        let charset = option(charset.as_ref());
        let kinds = kinds.iter().map(|kind| Ident::new(kind.variant(), Span::call_site()));
        let pixels = u64::from(*pixels);
        quote! {
            #upload_rule {
                field: #field,
                files: #files,
                max: #max,
                kinds: &[#(#file_kind::#kinds),*],
                unpacked: #unpacked,
                pixels: #pixels,
                frames: #frames,
                charset: #charset,
                markup: #markup,
            }
        }
    }
}

/// The policy of `cors!` or of an endpoint.
impl Emit for Cors {
    fn emit(&self, paths: &Paths) -> TokenStream {
        let Paths { cors_origins, cors_policy, .. } = paths;
        let Self { any, origins, credentials, headers, expose, max_age, reason } = self;
        let origins = match any {
            Some(_) => quote!(#cors_origins::Any),
            None => quote!(#cors_origins::Listed(&[#(#origins),*])),
        };
        let (headers, expose) = (headers.emit(paths), expose.emit(paths));
        let (max_age, reason) = (option(max_age.as_ref()), option(reason.as_ref()));
        quote! {
            #cors_policy {
                origins: #origins,
                credentials: #credentials,
                headers: #headers,
                expose: #expose,
                max_age: #max_age,
                reason: #reason,
            }
        }
    }
}

impl Emit for Reason {
    fn emit(&self, Paths { reason: ty, .. }: &Paths) -> TokenStream {
        let Self { word, text } = self;
        quote!(#ty { word: #word, reason: #text })
    }
}
