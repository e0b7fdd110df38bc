//! An object in the client's version.

use std::{fmt, ops::Deref};

use super::{
    Versioned,
    preconditions::{Precondition, check},
};
use crate::{
    extract::{Authenticated, Extract, Extraction, sealed::Sealed},
    object::{Action, Owned, Permits, admit},
    pipeline::Cleared,
    policy::{Object, Shape},
};

/// An object that the caller may access with the action `A`, in the version that the request names:
/// [`Owned<T, A>`] whose version fulfils the conditions of the request.
///
/// For endpoints with [`#[conditional]`](macro@crate::conditional). The object is loaded and
/// granted as with `Owned`; then the conditions are judged, and one that does not hold is 412. See
/// [the module](super) for an example.
pub struct Current<T, A> {
    object: Owned<T, A>,
    held: Precondition,
}

impl<T, A> Current<T, A> {
    /// The object. Another request may change it before it is written:
    /// [`into_parts`](Self::into_parts) returns the proof that refuses the request then.
    pub fn into_inner(self) -> T {
        self.object.into_inner()
    }

    /// The object, and the proof that the conditions held for it when it was loaded.
    pub fn into_parts(self) -> (T, Precondition) {
        (self.object.into_inner(), self.held)
    }
}

impl<T, A> Deref for Current<T, A> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.object
    }
}

impl<T: fmt::Debug, A> fmt::Debug for Current<T, A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Current").field(&self.object).finish()
    }
}

impl<T, A> Sealed for Current<T, A> {}

impl<T: Permits<A> + Versioned, A: Action, C> Extract<Authenticated, C> for Current<T, A> {
    const SHAPE: Shape =
        if let Shape::Object(object) = <Owned<T, A> as Extract<Authenticated, C>>::SHAPE {
            Shape::Object(Object { is_conditional: true, ..object })
        } else {
            Shape::Unknown
        };
    const LATE: bool = true;

    fn extract(cleared: &mut Cleared) -> Extraction<'_, Self> {
        Extraction::Later(Box::pin(async move {
            let object: Owned<T, A> = admit(cleared).await?;
            // After the policy: a condition reveals nothing about an object that the caller may not
            // have.
            let held = check(cleared.request(), Some(&*object))?;
            Ok(Self { object, held })
        }))
    }
}
