//! Who may call an endpoint.

use std::fmt;

use super::Scope;

/// Who may call an endpoint.
#[derive(Clone, Copy, Debug)]
pub enum Access {
    /// `#[public(..)]`: every caller, without an identity.
    Public,
    /// `#[authenticated]`: any valid identity.
    Authenticated,
    /// `#[require_scope(..)]`: a valid identity whose token carries these scopes.
    Scoped(&'static Scope),
}

impl fmt::Display for Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Public => f.write_str("public"),
            Self::Authenticated => f.write_str("authenticated"),
            Self::Scoped(scope) => scope.fmt(f),
        }
    }
}
