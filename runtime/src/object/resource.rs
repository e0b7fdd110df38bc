//! An object with an id, and the permissions on it.

use std::{fmt, future::Future, time::Duration};

use palisade_policy::is_reason;
use serde::de::DeserializeOwned;

use super::{Action, Policy, State};
use crate::{Result, input::PathInput};

/// An object that is loaded by its id in the path.
///
/// [`Permits`] decides for which action it is loaded; [`Owned`](super::Owned) does both. See [the
/// module](super) for an example.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a resource",
    label = "no loader is declared for it",
    note = "implement `palisade::object::Resource` for it: its `Id`, its `State`, and `load`"
)]
pub trait Resource: Sized + 'static {
    /// The id in the path: a number, `Uuid`, [`Slug`](crate::Slug), a tuple of these, or a struct
    /// that derives [`Input`](derive@crate::Input) and whose fields are parameters of the path.
    ///
    /// The audit event names the object by `Debug`.
    type Id: PathInput + DeserializeOwned + fmt::Debug;

    /// The app data that loading needs: `Data<T>`, a tuple of these, or `()`.
    type State: State;

    /// No refusal that looks like a missing object is sent earlier than this after loading began,
    /// so that the duration of a policy does not distinguish the two. It counts against the
    /// handler's deadline. There is no delay unless this is set.
    const REFUSE_AFTER: Duration = Duration::ZERO;

    /// Loads the object; `None` if it does not exist.
    ///
    /// # Errors
    ///
    /// A failure of a dependency: 500, or the 5xx of the problem. A problem with a status below 500
    /// is a refusal, and is sent like every other one.
    fn load(id: Self::Id, state: Self::State) -> impl Future<Output = Result<Option<Self>>>;
}

/// Decides who may access a resource with the action `A`.
///
/// An action without an implementation is denied to every caller: `Owned<Note, Delete>` does not
/// compile without `impl Permits<Delete> for Note`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no policy for `{A}`",
    label = "nothing decides who may have it",
    note = "write `impl Permits<{A}> for {Self}`, and `impl Resource for {Self}` if it has none"
)]
pub trait Permits<A: Action>: Resource {
    /// The answer to a denied caller.
    const DENIED: Denied = Denied::NotFound;

    /// The policy; made once for each decision.
    fn policy() -> impl Policy<Self>;
}

/// The answer to a caller to whom an object is denied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Denied {
    /// 404, byte for byte the answer to an unknown id: the caller learns no more than a caller
    /// without any object.
    NotFound,
    /// 403: every caller of the endpoint may know that the object exists.
    Forbidden {
        /// Why that may be known; two words and ten characters at least, shown in the inventory.
        reason: &'static str,
    },
}

impl Denied {
    /// This value, if a reviewer can judge its reason.
    ///
    /// # Panics
    ///
    /// When compiled, for a reason without content.
    pub(crate) const fn checked(self) -> Self {
        if let Self::Forbidden { reason } = self {
            assert!(
                is_reason(reason),
                "`Denied::Forbidden` needs a reason that a reviewer can judge"
            );
        }
        self
    }
}
