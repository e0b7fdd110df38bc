//! Why a default is weakened.

/// The reason for weakening a default.
#[derive(Clone, Copy, Debug)]
pub struct Reason {
    /// What was weakened: `public`, `cross_site`, `allow_unsafe(sql_format)`, ..
    pub word: &'static str,
    /// The reason, as written.
    pub reason: &'static str,
}
