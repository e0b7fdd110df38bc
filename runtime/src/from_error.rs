//! Errors as problems.

use std::error::Error as StdError;

use crate::problem::{Kind, Problem};

/// An unexpected error is a defect: 500, with the error in the log. An error of the database has
/// its own answer to the client, and so has a password that may not be set.
impl<E: StdError + 'static> From<E> for Problem {
    fn from(error: E) -> Self {
        #[cfg(feature = "sql")]
        let error = match crate::sql::Error::of(error) {
            Ok(error) => return error.into_problem(),
            Err(error) => error,
        };
        #[cfg(feature = "passwords")]
        if let Some(weak) =
            (&error as &dyn std::any::Any).downcast_ref::<crate::password::WeakPassword>()
        {
            return weak.at("/password");
        }
        Self::new(Kind::Internal).caused_by(error)
    }
}
