//! Every path that the emitted code uses, written once.

use proc_macro2::TokenStream;
use quote::quote;
use syn::Path;

/// Declares the paths under `__private` once: a field to name each in `quote!`, and its last segment.
macro_rules! private_paths {
    ($($(#[$doc:meta])* $field:ident = $name:ident,)*) => {
        /// The paths of the emitted code, all absolute or under the user's `crate = path`.
        #[derive(Debug)]
        pub(crate) struct Paths {
            /// The crate itself.
            pub(crate) root: TokenStream,
            $($(#[$doc])* pub(crate) $field: TokenStream,)*
        }

        impl Paths {
            /// The paths under `krate`; `::palisade` where none is given.
            pub(crate) fn new(krate: Option<&Path>) -> Self {
                let root = match krate {
                    Some(krate) => quote!(#krate),
                    None => quote!(::palisade),
                };
                Self {
                    $($field: quote!(#root::__private::$name),)*
                    root,
                }
            }
        }
    };
}

private_paths! {
    // Data: the types of `palisade::policy`, as they are.
    access = Access,
    argument = Argument,
    count = Count,
    cross_site = CrossSite,
    duration = Duration,
    header_overrides = HeaderOverrides,
    limit_key = LimitKey,
    policy = Policy,
    rate_limit = RateLimit,
    reason = Reason,
    route = Route,
    scope = Scope,
    validation = Validation,

    // Markers of what has been proved: `Extract<Access, Checked>`.
    anonymous = Anonymous,
    authenticated = Authenticated,
    not_validated = NotValidated,
    validated = Validated,

    /// `Probe<T, Access, Checked>`: has an inherent `const SHAPE: Shape` where `T: Extract<..>`.
    probe = Probe,
    /// Trait that gives every other `Probe<..>` `const SHAPE: Shape = Shape::Unknown`.
    no_shape = NoShape,

    /// `#[track_caller] const fn(&Policy, usize)`: the argument against the path, and bodies
    /// against each other and the methods. Passes `Shape::Unknown`.
    check_argument = check_argument,
    /// `#[track_caller] const fn(&Policy)`: every parameter of the path has an argument that takes
    /// it. Passes where some shape is `Shape::Unknown`.
    check_parameters = check_parameters,
    /// `#[track_caller] const fn(&Policy)`: `validated` has an input, and agrees with its type
    /// about unknown fields. Passes where some shape is `Shape::Unknown`.
    check_validated = check_validated,

    // The request. One `async fn` for each handler: every further future, closure or generic call
    // in it is paid for at each handler's compilation.
    finish = finish,
    guard = guard,
    http_request = HttpRequest,
    http_response = HttpResponse,
    payload = Payload,
    ready = ready,
    result = Result,

    // Mounting.
    actix_route = ActixRoute,
    app_service = AppService,
    endpoint = Endpoint,
    fn_guard = fn_guard,
    http_service_factory = HttpServiceFactory,
    mount = mount,
    register = register,

    /// `fn inert(ActixRoute) -> ActixRoute`: the route of an endpoint with mistakes.
    inert = inert,
    /// `static REFUSED: Policy`: what an endpoint with mistakes has; no request passes it.
    refused_policy = REFUSED,
    /// `fn refused() -> HttpResponse`: what a plain handler with mistakes answers.
    refused = refused,

    /// The marker under every absorbed attribute.
    absorbed = absorbed,
    /// `fn block_on<F: Future>(F) -> F::Output`.
    block_on = block_on,
}
