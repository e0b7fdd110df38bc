//! The OpenAPI 3.1 document of a service, from its endpoints.
//!
//! Its content comes from the same data as the guards' decisions and from the types of the
//! handlers: paths and their parameters, query strings and bodies with the rules of their input
//! types, the statuses of the guards as problem documents, permissions, and limits. So the document
//! always matches the service.
//!
//! - [`OpenApi::of`] makes the document of a list of endpoints.
//! - [`Builder::openapi`](crate::Builder::openapi) serves it as `/openapi.json`, and a page for people as
//!   `/docs`, to developers; [`openapi_scope`](crate::Builder::openapi_scope) and
//!   [`openapi_public`](crate::Builder::openapi_public) open them in production.
//! - `#[palisade::main(openapi = endpoints)]` lets `cargo palisade openapi` write it without running the
//!   service. `endpoints` is a function that lists the endpoints.
//!
//! The type of a response derives [`ToSchema`], for which the service depends on `utoipa`. A type
//! without it is documented without a schema.
//!
//! ```
//! use palisade::{Endpoints, ToSchema, openapi::OpenApi, prelude::*};
//!
//! #[derive(Serialize, ToSchema)]
//! struct Item {
//!     /// The number of the item.
//!     id: u32,
//! }
//!
//! /// Reads an item.
//! #[get("/items/{id}")]
//! #[require_scope("items:read")]
//! #[validated]
//! #[responds(404)]
//! async fn read_item(id: Path<u32>) -> Result<Json<Item>> {
//!     Ok(Json(Item { id: *id }))
//! }
//!
//! fn endpoints() -> Endpoints {
//!     endpoints![read_item]
//! }
//!
//! let document = OpenApi::of(&endpoints(), "items", "1.0.0");
//! let read = &document.value()["paths"]["/items/{id}"]["get"];
//! assert_eq!(read["summary"], "Reads an item.");
//! assert_eq!(read["x-required-scopes"], "items:read");
//! assert!(document.undocumented().is_empty());
//! ```

mod answer;
mod application;
mod document;
mod limits;
mod mounting;
mod operation;
mod page;
mod parameters;
mod path;
mod problems;
mod responses;
mod security;

pub use crate::json_schema::{Answer, Description, InputNumber, InputRule, Schemas};
pub use answer::{AnswerOf, answer_fallbacks};
pub(crate) use application::compare;
pub use application::{Application, launch};
pub use document::{OpenApi, Undocumented};
pub(crate) use mounting::Opening;
pub use utoipa::ToSchema;
