//! The answer to a caller to whom an object is denied.

use palisade_policy::is_reason;

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
