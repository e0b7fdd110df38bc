//! Who may call an endpoint.

use std::fmt;

/// Who may call an endpoint.
#[derive(Clone, Copy, Debug)]
pub enum Access {
    /// `#[public(..)]`: anybody, without an identity.
    Public,
    /// `#[authenticated]`: any valid identity.
    Authenticated,
    /// `#[require_scope(..)]`: a valid identity whose token carries these scopes.
    Scoped(&'static Scope),
}

/// A condition on the scopes of a token.
#[derive(Clone, Copy)]
pub enum Scope {
    /// One scope, by its text.
    Name(&'static str),
    /// One scope, by a value of the service's own type.
    Typed(&'static (dyn ScopeName + Sync)),
    /// All of these.
    All(&'static [Scope]),
    /// At least one of these.
    Any(&'static [Scope]),
}

/// A type whose values name scopes, so that a misspelt scope does not compile.
///
/// ```
/// enum Scope {
///     ItemsWrite,
/// }
///
/// impl palisade::ScopeName for Scope {
///     fn scope_name(&self) -> &'static str {
///         match self {
///             Scope::ItemsWrite => "items:write",
///         }
///     }
/// }
/// ```
pub trait ScopeName {
    /// The scope as it stands in a token (RFC 6749 section 3.3).
    fn scope_name(&self) -> &'static str;
}

impl Scope {
    /// Whether a token that carries what `held` says satisfies this condition.
    pub fn is_satisfied(&self, held: &impl Fn(&str) -> bool) -> bool {
        match self {
            Self::Name(name) => held(name),
            Self::Typed(scope) => held(scope.scope_name()),
            // An empty group is refused when compiled; if one came here, it would admit nobody.
            Self::All(all) => !all.is_empty() && all.iter().all(|scope| scope.is_satisfied(held)),
            Self::Any(any) => any.iter().any(|scope| scope.is_satisfied(held)),
        }
    }

    /// Calls `visit` with every scope that this condition names, in source order.
    pub fn each_name(&self, visit: &mut impl FnMut(&'static str)) {
        match self {
            Self::Name(name) => visit(name),
            Self::Typed(scope) => visit(scope.scope_name()),
            Self::All(scopes) | Self::Any(scopes) => {
                for scope in *scopes {
                    scope.each_name(visit);
                }
            }
        }
    }
}

/// `items:write`, `all(a, b)`, `any(a, all(b, c))`: the form of the inventory.
impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (word, scopes) = match self {
            Self::Name(name) => return f.write_str(name),
            Self::Typed(scope) => return f.write_str(scope.scope_name()),
            Self::All(scopes) => ("all", scopes),
            Self::Any(scopes) => ("any", scopes),
        };
        write!(f, "{word}(")?;
        for (i, scope) in scopes.iter().enumerate() {
            if i > 0 {
                f.write_str(", ")?;
            }
            scope.fmt(f)?;
        }
        f.write_str(")")
    }
}

impl fmt::Debug for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
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

#[cfg(test)]
mod tests {
    use super::Scope;

    const NESTED: Scope =
        Scope::Any(&[Scope::Name("a"), Scope::All(&[Scope::Name("b"), Scope::Name("c")])]);

    fn holds(scope: Scope, held: &[&str]) -> bool {
        scope.is_satisfied(&|name| held.contains(&name))
    }

    #[test]
    fn groups_are_read_as_written() {
        assert!(holds(NESTED, &["a"]));
        assert!(holds(NESTED, &["b", "c"]));
        assert!(!holds(NESTED, &["b"]));
        assert!(!holds(NESTED, &[]));
        assert_eq!(NESTED.to_string(), "any(a, all(b, c))");
    }

    #[test]
    fn an_empty_group_admits_nobody() {
        assert!(!holds(Scope::All(&[]), &["a"]));
        assert!(!holds(Scope::Any(&[]), &["a"]));
    }
}
