//! Who may do what with one object: access to a caller's own note, not to every note (CWE-639,
//! broken object level authorization).
//!
//! A scope says what a caller may do; it does not say with whose data. A handler that takes
//! [`Owned<T, A>`](Owned) gets an object that was loaded by the id in the path and that its policy
//! granted to this caller for this action. The argument takes the parameter of the path, so that
//! the id does not reach the handler in any other way.
//!
//! ```
//! use std::collections::HashMap;
//!
//! use palisade::{
//!     object::{Owned, Permits, Policy, Read, Resource, any_of, owner, when},
//!     prelude::*,
//! };
//!
//! #[derive(Clone, Serialize)]
//! struct Note {
//!     owner: String,
//!     readers: Vec<String>,
//!     text: String,
//! }
//!
//! struct Notes(HashMap<u64, Note>);
//!
//! impl Resource for Note {
//!     type Id = u64;
//!     type State = Data<Notes>;
//!
//!     async fn load(id: u64, notes: Data<Notes>) -> Result<Option<Self>> {
//!         Ok(notes.0.get(&id).cloned())
//!     }
//! }
//!
//! fn is_reader(note: &Note, who: &Principal) -> bool {
//!     note.readers.iter().any(|reader| reader == who.subject())
//! }
//!
//! impl Permits<Read> for Note {
//!     fn policy() -> impl Policy<Self> {
//!         any_of((owner(|note: &Note| &note.owner), when(is_reader)))
//!     }
//! }
//!
//! #[get("/notes/{id}")]
//! #[require_scope("notes:read")]
//! async fn read_note(note: Owned<Note, Read>) -> Json<Note> {
//!     Json(note.into_inner())
//! }
//! # fn main() {}
//! ```
//!
//! # Decisions
//!
//! 1. Order: guards, then every input is read and validated, then objects are loaded and decided
//!    on, in the order of the arguments; then the handler runs. An invalid body is 422 whether or
//!    not there is such an object.
//! 2. A policy decides granted, denied or indeterminate. [`any_of`] is granted by the first that
//!    grants, [`all_of`] denied by the first that denies; an indeterminate one is never a pass.
//! 3. Denied looks like missing: 404, the same bytes. What differs is the time that the policy
//!    itself took; [`Resource::REFUSE_AFTER`] evens it out. [`Permits::DENIED`] may say 403
//!    instead, with a reason that the inventory shows.
//! 4. Indeterminate (a policy function returned an error) is 503, with the cause in the log.
//! 5. Loading and deciding have the handler's deadline, and what they use of it the handler does
//!    not have: 504.
//! 6. What a resource and its policies need of the app's data is looked for when the service
//!    starts ([`Builder::serve`](crate::Builder::serve)). In an app of your own a missing one is
//!    500 and a log line.
//! 7. The audit event (target `palisade::audit`) has each decision in its field `objects`: the
//!    object, the action, the outcome, and what each rule of the policy said.
//!
//! A handler that loads objects by an id from a body or a query string has to authorize by itself:
//! this module does not see it.

mod action;
mod combine;
mod decision;
mod owned;
mod policy;
mod resource;
pub(crate) mod state;

pub use action::{Action, Delete, Read, Write};
pub use combine::{AllOf, AnyOf, HasScope, OwnerIs, all_of, any_of, has_scope, owner};
pub use decision::{Decision, IntoDecision};
pub use owned::Owned;
pub(crate) use owned::admit;
pub use policy::{Check, Policy, When, when};
pub use resource::{Denied, Permits, Resource};
pub use state::State;

#[cfg(test)]
mod tests;
