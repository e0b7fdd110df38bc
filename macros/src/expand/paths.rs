//! Every path that the emitted code uses, written once.

use std::rc::Rc;

use proc_macro2::{Ident, Punct, Spacing, Span, TokenStream};
use quote::{ToTokens, TokenStreamExt, quote};
use syn::Path;

/// One path under `__private`. It becomes tokens where it is used: most expansions use a few of
/// them, and macros run unoptimized in a debug build.
#[derive(Clone, Debug)]
pub(crate) struct PrivatePath {
    root: Rc<TokenStream>,
    name: &'static str,
}

impl ToTokens for PrivatePath {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        tokens.extend(self.root.as_ref().clone());
        separate(tokens);
        tokens.append(Ident::new(self.name, Span::call_site()));
    }
}

fn separate(tokens: &mut TokenStream) {
    tokens.append(Punct::new(':', Spacing::Joint));
    tokens.append(Punct::new(':', Spacing::Alone));
}

/// Declares the paths under `__private` once: a field to name each in `quote!`, and its last segment.
macro_rules! private_paths {
    ($($(#[$doc:meta])* $field:ident = $name:ident,)*) => {
        /// The paths of the emitted code, all absolute or under the user's `crate = path`.
        #[derive(Debug)]
        pub(crate) struct Paths {
            $($(#[$doc])* pub(crate) $field: PrivatePath,)*
        }

        impl Paths {
            /// The paths under `krate`; `::palisade` where none is given.
            pub(crate) fn new(krate: Option<&Path>) -> Self {
                let root = Rc::new(match krate {
                    Some(krate) => quote!(#krate::__private),
                    None => quote!(::palisade::__private),
                });
                Self {
                    $($field: PrivatePath { root: Rc::clone(&root), name: stringify!($name) },)*
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

    // The request. Nothing that waits is emitted: an `await` is paid for in each handler's check.
    answer = answer,
    http_request = HttpRequest,
    http_response = HttpResponse,
    payload = Payload,
    result = Result,
    take = take,

    // Mounting.
    endpoints = Endpoints,
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
