//! An annotated handler, as an app mounts it.

use super::Mounted;

/// A handler whose access is declared: what the attributes make, and what [`Endpoints`](super::Endpoints) takes.
///
/// It only says what is mounted, and can only be made together with the policy that its guards
/// obey: the service shows each endpoint with the policy that it runs under.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an endpoint",
    label = "no palisade route attribute on this handler",
    note = "write `#[palisade::get(\"/path\")]` and an access attribute above the handler"
)]
pub trait Endpoint {
    /// The guarded handler, with its policy.
    #[doc(hidden)]
    fn mounted() -> Mounted;
}
