//! Handlers outside the guards.

use super::Site;
use crate::taint::walk::Walker;

rule! {
    /// ## What it does
    /// In a crate that uses palisade, finds handlers that Actix routes to and no palisade attribute guards:
    /// functions under an Actix route macro, and functions, methods and closures that are mounted by
    /// `web::get().to(f)`, `web::to(f)`, `.default_service(..)` and similar calls. This includes handlers in
    /// variables and in arguments of functions. A handler in a field or in the result of a call is a finding
    /// too, because the analysis cannot see whether it is guarded.
    ///
    /// ## Why it is bad
    /// Such a handler runs without authentication, limits and checks, next to others that have them.
    ///
    /// ## Example
    /// ```text
    /// #[actix_web::get("/admin")]
    /// async fn admin() -> HttpResponse { .. }
    /// ```
    ///
    /// ## Use instead
    /// Declare the access.
    /// ```text
    /// #[get("/admin")]
    /// #[require_scope("admin")]
    /// async fn admin() -> Result<Page> { .. }
    /// ```
    ///
    /// ## References
    /// - CWE-862: Missing Authorization
    bare_handler, CWE 862, Deny, Crate, watch &[], check
}

pub(crate) const MESSAGE: &str = "this handler runs outside the guards";
pub(crate) const HELP: &str = "say who may call it: `#[require_scope(..)]`, `#[authenticated]` or `#[public(reason = \"..\")]`";

/// Attributes are allowed on functions alone.
pub(crate) const CLOSURE_HELP: &str = "make it a function that says who may call it: `#[require_scope(..)]`, `#[authenticated]` or `#[public(reason = \"..\")]`";

pub(crate) const UNKNOWN: &str =
    "the handler that this mounts is not known here, so its guards cannot be verified";
pub(crate) const UNKNOWN_HELP: &str =
    "name the handler: `web::get().to(list)`, where `list` says who may call it";

/// Asked about functions and their attributes.
fn check(_: &Site<'_>, _: &mut Walker<'_>) {}
