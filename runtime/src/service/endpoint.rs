//! An annotated handler, as an app mounts it.

use super::Mounted;

/// A handler whose access is declared: what the attributes make, and what [`Endpoints`](super::Endpoints) takes.
///
/// It says nothing but what is mounted, and that can only be made together with the policy that
/// its guards obey: what the service shows of an endpoint is what it runs under.
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
