//! Conditional requests (RFC 9110 section 13): a client changes only the version of a resource that
//! it has read (which prevents the "lost update" problem), and does not download a version again
//! that it has.
//!
//! A resource has a [`Version`], which is sent as its `ETag`. [`Tagged`] answers with a resource as
//! JSON and its `ETag`, and with 304 if the client has this version. An endpoint with
//! [`#[conditional]`](macro@crate::conditional) judges `If-Match`, `If-None-Match` and
//! `If-Unmodified-Since` before it changes anything: with [`Current`] instead of
//! [`Owned`](crate::object::Owned), or with [`Preconditions`] for a resource that the handler loads
//! itself.
//!
//! ```
//! use palisade::{
//!     conditional::{Current, Tagged, Version, Versioned},
//!     object::{Owned, Permits, Policy, Read, Resource, Write, owner},
//!     prelude::*,
//! };
//!
//! # struct Notes;
//! # impl Notes {
//! #     async fn load(&self, _: u64) -> Result<Option<Note>> { Ok(None) }
//! #     async fn update(&self, _: &Note, _: i64) -> Result<u64> { Ok(1) }
//! # }
//! #[derive(Serialize)]
//! struct Note {
//!     owner: String,
//!     text: String,
//!     #[serde(skip)]
//!     version: i64,
//! }
//!
//! impl Versioned for Note {
//!     fn version(&self) -> Version {
//!         self.version.into()
//!     }
//! }
//! # impl Resource for Note {
//! #     type Id = u64;
//! #     type State = Data<Notes>;
//! #     async fn load(id: u64, notes: Data<Notes>) -> Result<Option<Self>> { notes.load(id).await }
//! # }
//! # impl Permits<Read> for Note {
//! #     fn policy() -> impl Policy<Self> { owner(|note: &Note| &note.owner) }
//! # }
//! # impl Permits<Write> for Note {
//! #     fn policy() -> impl Policy<Self> { owner(|note: &Note| &note.owner) }
//! # }
//!
//! #[get("/notes/{id}")]
//! #[require_scope("notes:read")]
//! async fn read_note(note: Owned<Note, Read>) -> Tagged<Note> {
//!     Tagged(note.into_inner())
//! }
//!
//! #[derive(Deserialize, Validate, Input)]
//! #[serde(deny_unknown_fields)]
//! struct Change {
//!     #[validate(length(max = 1000))]
//!     text: String,
//! }
//!
//! #[patch("/notes/{id}")]
//! #[require_scope("notes:write")]
//! #[conditional]
//! #[validated]
//! async fn change_note(
//!     note: Current<Note, Write>,
//!     notes: Data<Notes>,
//!     change: Json<Change>,
//! ) -> Result<Tagged<Note>> {
//!     let (mut note, held) = note.into_parts();
//!     let loaded = note.version;
//!     note.text = change.into_inner().text;
//!     note.version += 1;
//!     // UPDATE notes SET .. WHERE id = .. AND version = {loaded}
//!     held.ensure_changed(notes.update(&note, loaded).await?)?;
//!     Ok(Tagged(note))
//! }
//! # fn main() {}
//! ```
//!
//! # Decisions
//!
//! 1. Conditions are judged last: after access, limits and validation, and after the policy of the
//!    object. An object of another caller is 404 whatever condition is stated, and a 304 or a 412
//!    reveals nothing about it.
//! 2. Precedence is that of RFC 9110 section 13.2.2: `If-Match`, without it `If-Unmodified-Since`;
//!    then `If-None-Match`, without it `If-Modified-Since`, which holds for `GET` and `HEAD` alone.
//!    `If-Match` compares strongly, so that a weak tag never matches; `If-None-Match` compares
//!    weakly.
//! 3. A condition is evaluated or refused, never ignored, where a request may change state. A field
//!    that cannot be read is 400 there. An endpoint without `#[conditional]` answers 412 with the
//!    problem `conditions-not-evaluated`, and so does a plain handler. `If-Unmodified-Since` for a
//!    resource without a date, which the RFC ignores, is 412.
//! 4. A request that reads is served where a condition cannot be read or the endpoint evaluates
//!    none: the answer is right, if longer than needed. Only a malformed `If-Match` is 400.
//! 5. Between the check and the change another request may change the resource. The check is made
//!    of the version that was loaded: put it into the `WHERE` of the statement, and give the number
//!    of changed rows to [`Precondition::ensure_changed`].
//! 6. Tags are made of numbers and digests, so that no input of a caller is in a header. They are
//!    strong: a version changes with everything that the answer shows.

mod conditions;
mod current;
mod date;
mod embedded;
mod preconditions;
#[cfg(any(feature = "static-files", feature = "uploads"))]
mod ranges;
mod tag;
mod tagged;
mod version;

pub(crate) use conditions::admit;
#[cfg(any(feature = "static-files", feature = "uploads"))]
pub(crate) use conditions::{Outcome, Validators, judge};
pub use current::Current;
#[cfg(any(feature = "static-files", feature = "uploads"))]
pub(crate) use date::{http_date, seconds};
pub use embedded::Embedded;
pub use preconditions::{Precondition, Preconditions};
#[cfg(any(feature = "static-files", feature = "uploads"))]
pub(crate) use ranges::{Wanted, wanted};
#[cfg(feature = "compression")]
pub(crate) use tag::CODING_MARK;
pub use tagged::Tagged;
pub use version::{Version, Versioned};

#[cfg(test)]
mod tests;
