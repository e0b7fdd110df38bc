//! Every path that the emitted code uses, written once.

use std::rc::Rc;

use proc_macro2::{Ident, Punct, Spacing, Span, TokenStream};
use quote::{ToTokens, TokenStreamExt, quote, quote_spanned};
use syn::Path;

/// One path under `__private`. It becomes tokens where it is used: most expansions use a few of
/// them, and macros run unoptimized in a debug build.
#[derive(Clone, Debug)]
pub(crate) struct PrivatePath {
    root: Rc<TokenStream>,
    name: &'static str,
    span: Span,
}

impl PrivatePath {
    /// A path under a root.
    pub(crate) fn new(root: &Rc<TokenStream>, name: &'static str, span: Span) -> Self {
        Self { root: Rc::clone(root), name, span }
    }
}

impl PrivatePath {
    /// Another path under the same root.
    pub(crate) fn sibling(&self, name: &'static str) -> Self {
        Self { name, ..self.clone() }
    }
}

impl ToTokens for PrivatePath {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        tokens.extend(self.root.as_ref().clone());
        for spacing in [Spacing::Joint, Spacing::Alone] {
            let mut colon = Punct::new(':', spacing);
            colon.set_span(self.span);
            tokens.append(colon);
        }
        tokens.append(Ident::new(self.name, self.span));
    }
}

/// Declares the paths under `__private` once: a field to name each in `quote!`, and its last segment.
macro_rules! private_paths {
    (
        $(#[$about:meta])*
        $paths:ident { $($(#[$doc:meta])* $field:ident = $name:ident,)* }
    ) => {
        $(#[$about])*
        #[derive(Debug)]
        pub(crate) struct $paths {
            $($(#[$doc])* pub(crate) $field: $crate::paths::PrivatePath,)*
        }

        impl $paths {
            pub(crate) fn under(root: proc_macro2::TokenStream, span: proc_macro2::Span) -> Self {
                let root = std::rc::Rc::new(root);
                Self {
                    $($field: $crate::paths::PrivatePath::new(&root, stringify!($name), span),)*
                }
            }
        }
    };
}

#[cfg(feature = "sql")]
pub(crate) use private_paths;

private_paths! {
    /// The paths of a policy's expansion outside of an endpoint.
    WebPaths {
        checked_csp = checked_csp,
        checked_permissions = checked_permissions,
    }
}

impl WebPaths {
    /// The paths under `krate`; `::palisade` where none is given.
    pub(crate) fn new(krate: Option<&Path>) -> Self {
        Self::under(root(krate), Span::call_site())
    }
}

impl Paths {
    /// The paths under `krate`; `::palisade` where none is given.
    pub(crate) fn new(krate: Option<&Path>) -> Self {
        Self::under(root(krate), Span::call_site())
    }
}

pub(crate) fn root(krate: Option<&Path>) -> TokenStream {
    match krate {
        Some(krate) => quote!(#krate::__private),
        None => quote!(::palisade::__private),
    }
}

/// The same at the span of what the paths are asked for.
fn root_at(krate: Option<&Path>, span: Span) -> TokenStream {
    let Some(krate) = krate else { return quote_spanned!(span=> ::palisade::__private) };
    let at_span = krate.to_token_stream().into_iter().map(|mut token| {
        // Spans decide how `crate` resolves, so only the place is taken over.
        token.set_span(token.span().located_at(span));
        token
    });
    let krate: TokenStream = at_span.collect();
    quote_spanned!(span=> #krate::__private)
}

impl InputPaths {
    /// The paths under `krate`, at the span of what they are asked for.
    pub(crate) fn new(krate: Option<&Path>, span: Span) -> Self {
        Self::under(root_at(krate, span), span)
    }
}

private_paths! {
    /// The paths of a handler's expansion, all absolute or under the user's `crate = path`.
    Paths {
        // Data: the types of `palisade::policy`, as they are.
        access = Access,
        /// Whether an answer is a page, without failing where it is none.
        answer_probe = AnswerProbe,
        no_page = NoPage,
        argument = Argument,
        ban = Ban,
        body_field = BodyField,
        cors = Cors,
        cors_origins = CorsOrigins,
        cors_policy = CorsPolicy,
        duration = Duration,
        file_kind = FileKind,
        header_overrides = HeaderOverrides,
        limit_key = LimitKey,
        policy = Policy,
        csp = Csp,
        checked_csp = checked_csp,
        permissions = Permissions,
        checked_permissions = checked_permissions,
        rate_limit = RateLimit,
        reason = Reason,
        route = Route,
        scope = Scope,
        upload_rule = UploadRule,

        // Markers of what has been proved: `Extract<Access, Checked>`.
        anonymous = Anonymous,
        authenticated = Authenticated,
        not_validated = NotValidated,
        validated = Validated,

        /// `Probe<T, Access, Checked>`: has an inherent `const SHAPE: Shape` where `T: Extract<..>`.
        probe = Probe,
        /// Trait that gives every other `Probe<..>` `const SHAPE: Shape = Shape::Unknown`.
        no_shape = NoShape,

        // The request. No `await` is emitted: the compiler would check it for each handler.
        http_request = HttpRequest,
        http_response = HttpResponse,
        payload = Payload,
        result = Result,
        take = take,
        take_keyed = take_keyed,

        // Mounting.
        endpoints = Endpoints,
        app_service = AppService,
        endpoint = Endpoint,
        http_service_factory = HttpServiceFactory,
        /// What only `Policy::mount` makes: a guarded handler and the policy that it runs under.
        mounted = Mounted,
        /// What `Policy::mount` and `Policy::answer` are called with, so that each call names this
        /// module.
        expansion = EXPANSION,

        /// `fn inert() -> Mounted`: an endpoint with mistakes, which no request passes.
        inert = inert,
        /// `fn refused() -> HttpResponse`: what a plain handler with mistakes answers.
        refused = refused,

        /// The marker under every absorbed attribute.
        absorbed = absorbed,
        /// `fn block_on<F: Future>(F) -> F::Output`.
        block_on = block_on,
        /// `fn launch(&Application)`: answers the tool that asks for the OpenAPI document.
        launch = launch,
        application = Application,
    }
}

private_paths! {
    /// The paths of what a handler leaves behind for the OpenAPI document.
    DescriptionPaths {
        description = Description,
        /// Finds out what a type is as an answer, without failing where it is none.
        answer_of = AnswerOf,
        /// The traits that answer for every other type.
        answer_fallbacks = answer_fallbacks,
        schemas = Schemas,
    }
}

impl DescriptionPaths {
    /// The paths under `krate`; `::palisade` where none is given.
    pub(crate) fn new(krate: Option<&Path>) -> Self {
        Self::under(root(krate), Span::call_site())
    }
}

private_paths! {
    /// The paths of a scope type's expansion.
    ScopePaths {
        scope_name = ScopeName,
        scopes = Scopes,
    }
}

impl ScopePaths {
    /// The paths under `krate`; `::palisade` where none is given.
    pub(crate) fn new(krate: Option<&Path>) -> Self {
        Self::under(root(krate), Span::call_site())
    }
}

private_paths! {
    /// The paths of the expansion of a service's settings.
    SettingsPaths {
        settings = Settings,
        service = Service,
        described = Described,
        reader = SettingsReader,
        bounds = Bounds,
        value = SettingValue,
    }
}

impl SettingsPaths {
    /// The paths under `krate`; `::palisade` where none is given.
    pub(crate) fn new(krate: Option<&Path>) -> Self {
        Self::under(root(krate), Span::call_site())
    }

    /// The same at the span of the token that a check is about.
    pub(crate) fn at(krate: Option<&Path>, span: Span) -> Self {
        Self::under(root_at(krate, span), span)
    }
}

private_paths! {
    /// The paths of an input type's expansion.
    InputPaths {
        // What a type promises, each sealed.
        bounded = Bounded,
        bounded_by_length = BoundedByLength,
        nested_by_length = NestedByLength,
        field_type = FieldType,
        input_trait = Input,
        map_key = MapKey,
        named_fields = NamedFields,
        nested = Nested,
        path_input = PathInput,
        input_seal = InputSeal,
        make_seal = input_seal,
        checked = Checked,

        // Data.
        input_field = InputField,
        input_form = InputForm,
        /// What a type holds; not an error where it is not a field.
        input_held = InputHeld,
        input_kept = InputKept,
        input_measured = InputMeasured,
        input_parts = InputParts,
        /// A field without a bound, without failing where its type is not known.
        input_unbounded = InputUnbounded,
        input_layout = InputLayout,
        input_list_style = InputListStyle,
        input_named_fit = InputNamedFit,
        input_tagging = InputTagging,
        input_variant = InputVariant,
        input_variant_kind = InputVariantKind,
        input_wire = InputWire,
        // For the OpenAPI document.
        input_rule = InputRule,
        input_number = InputNumber,
        path_shape = PathShape,
        reason_type = Reason,

        /// Whether a type of this `PATH_SAFE` fits into a path: `PathFit<'a, true>: FitsPath`.
        path_fit = PathFit,
        fits_path = FitsPath,
        key_fit = KeyFit,
        fits_key = FitsKey,

        /// The path to a value, and what reaches the conditions of its type.
        input_at = InputAt,
        input_inner = InputInner,
        /// Whether the `Validate` of a struct is derived, and what it adds where it is not.
        input_whole = InputWhole,
        ruled_by_derive = RuledByDerive,
        deserialize_owned = DeserializeOwned,
        input_by_hand = InputByHand,
        /// The traits whose items are found by method or by type.
        input_methods = input_methods,
        /// The traits by which rules ask.
        input_rules = input_rules,
        validate_must_match = validate_must_match,
        // Conditions next to rules of `validator`.
        check_credit_card = check_credit_card,
        check_email = check_email,
        check_schemes = check_schemes,
        check_url = check_url,
        is_anchored = is_anchored,
        input_report = InputReport,
    }
}
