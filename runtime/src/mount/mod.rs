//! Guarded handlers, and the lists of them that an app mounts.

mod endpoint;
mod endpoints;
mod inventory;
mod limits;
mod mounted;

pub use endpoint::Endpoint;
pub(crate) use endpoints::Configure;
pub use endpoints::Endpoints;
pub use inventory::Inventory;
#[cfg(any(feature = "openapi", feature = "static-files"))]
pub(crate) use mounted::REFUSED;
pub use mounted::{EXPANSION, Mounted, inert, refused};
