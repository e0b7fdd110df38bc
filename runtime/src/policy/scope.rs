//! Conditions on the scopes that a token carries.

use std::fmt;

/// A condition on the scopes of a token.
#[derive(Clone, Copy)]
pub enum Scope {
    /// One scope, by its text.
    Name(&'static str),
    /// One scope, by a value of the service's enum.
    Typed(&'static (dyn ScopeName + Sync)),
    /// All of these.
    All(&'static [Scope]),
    /// At least one of these.
    Any(&'static [Scope]),
    /// Not this one. The macros refuse a condition that a token without scopes would satisfy, so
    /// another operand has to require a scope.
    Not(&'static Scope),
}

/// A type whose values name scopes, so that a misspelt scope does not compile.
///
/// [`derive(Scope)`](derive@crate::Scope) implements it for an enum. Written by hand it is this:
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
    /// The text of the scope in a token (RFC 6749 section 3.3).
    fn scope_name(&self) -> &'static str;

    /// The scopes that include this one: a token with one of them has this scope too. Each is
    /// compared literally; `*` is an ordinary character.
    fn granted_by(&self) -> &'static [&'static str] {
        &[]
    }
}

/// All scopes of a type, as [`derive(Scope)`](derive@crate::Scope) lists them.
///
/// ```
/// use palisade::{Scope, ScopeName as _, Scopes as _};
///
/// #[derive(Scope)]
/// enum Scope {
///     ItemsRead,
///     ItemsWrite,
/// }
///
/// let names: Vec<_> = Scope::ALL.iter().map(|scope| scope.scope_name()).collect();
/// assert_eq!(names, ["items:read", "items:write"]);
/// ```
pub trait Scopes: ScopeName + Sized + 'static {
    /// Every scope, in source order.
    const ALL: &'static [Self];
}

/// Whether a token with the scopes `held` has this scope: by its own name, or by a scope that
/// includes it.
pub(crate) fn holds(scope: &(impl ScopeName + ?Sized), held: &impl Fn(&str) -> bool) -> bool {
    held(scope.scope_name()) || scope.granted_by().iter().any(|name| held(name))
}

/// RFC 6749 section 3.3: `scope-token = 1*( %x21 / %x23-5B / %x5D-7E )`.
pub(crate) fn is_scope_token(scope: &str) -> bool {
    !scope.is_empty() && scope.bytes().all(|byte| matches!(byte, 0x21 | 0x23..=0x5b | 0x5d..=0x7e))
}

impl Scope {
    /// Whether a token with the scopes `held` satisfies this condition.
    pub fn is_satisfied(&self, held: &impl Fn(&str) -> bool) -> bool {
        self.judge(held) == Some(true)
    }

    /// Whether a token without scopes satisfies this condition; the macros reject such a condition
    /// at compile time.
    pub fn is_satisfied_by_nothing(&self) -> bool {
        self.is_satisfied(&|_| false)
    }

    /// `None` if the condition is malformed: an empty group, or a scope that no token can have. The
    /// macros write neither. A malformed condition admits no caller, inside a `not` either.
    fn judge(&self, held: &impl Fn(&str) -> bool) -> Option<bool> {
        match self {
            Self::Name(name) => Some(held(name)),
            Self::Typed(scope) if holds(*scope, held) => Some(true),
            Self::Typed(scope) => is_scope_token(scope.scope_name()).then_some(false),
            Self::All([]) | Self::Any([]) => None,
            Self::All(scopes) => Self::join(scopes, false, held),
            Self::Any(scopes) => Self::join(scopes, true, held),
            Self::Not(scope) => scope.judge(held).map(|held| !held),
        }
    }

    /// `decisive` as soon as one of the scopes has this result.
    fn join(scopes: &[Self], decisive: bool, held: &impl Fn(&str) -> bool) -> Option<bool> {
        let mut joined = Some(!decisive);
        for scope in scopes {
            match scope.judge(held) {
                Some(value) if value == decisive => return Some(decisive),
                Some(_) => {}
                None => joined = None,
            }
        }
        joined
    }

    /// Calls `visit` with every scope that this condition compares with, in source order, including
    /// the scopes that include a typed one.
    pub fn each_name(&self, visit: &mut impl FnMut(&'static str)) {
        match self {
            Self::Name(name) => visit(name),
            Self::Typed(scope) => {
                visit(scope.scope_name());
                scope.granted_by().iter().for_each(|name| visit(name));
            }
            Self::All(scopes) | Self::Any(scopes) => {
                for scope in *scopes {
                    scope.each_name(visit);
                }
            }
            Self::Not(scope) => scope.each_name(visit),
        }
    }

    /// Calls `visit` with every scope that a caller may request to satisfy this condition, in
    /// source order: without those that it must not have, and without those that include more than
    /// is needed.
    pub fn each_wanted(&self, visit: &mut impl FnMut(&'static str)) {
        self.each_of_sign(true, visit);
    }

    /// Calls `visit` with every typed scope that other scopes include, and with those scopes, in
    /// source order.
    pub fn each_grant(&self, visit: &mut impl FnMut(&'static str, &'static [&'static str])) {
        match self {
            Self::Typed(scope) if !scope.granted_by().is_empty() => {
                visit(scope.scope_name(), scope.granted_by());
            }
            Self::Name(_) | Self::Typed(_) => {}
            Self::All(scopes) | Self::Any(scopes) => {
                for scope in *scopes {
                    scope.each_grant(visit);
                }
            }
            Self::Not(scope) => scope.each_grant(visit),
        }
    }

    /// `wanted`: outside of `not`, or inside an even number of them.
    fn each_of_sign(&self, wanted: bool, visit: &mut impl FnMut(&'static str)) {
        match self {
            Self::Name(name) if wanted => visit(name),
            Self::Typed(scope) if wanted => visit(scope.scope_name()),
            Self::Name(_) | Self::Typed(_) => {}
            Self::All(scopes) | Self::Any(scopes) => {
                for scope in *scopes {
                    scope.each_of_sign(wanted, visit);
                }
            }
            Self::Not(scope) => scope.each_of_sign(!wanted, visit),
        }
    }
}

/// `items:write`, `all(a, not(b))`, `any(a, all(b, c))`: the format of the inventory.
impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (word, scopes) = match self {
            Self::Name(name) => return f.write_str(name),
            Self::Typed(scope) => return f.write_str(scope.scope_name()),
            Self::Not(scope) => return write!(f, "not({scope})"),
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Scope, ScopeName};

    const NESTED: Scope =
        Scope::Any(&[Scope::Name("a"), Scope::All(&[Scope::Name("b"), Scope::Name("c")])]);
    const WITHOUT: Scope = Scope::All(&[Scope::Name("a"), Scope::Not(&NOT_EVEN)]);
    const NOT_EVEN: Scope = Scope::Any(&[Scope::Name("b"), Scope::Not(&Scope::Name("c"))]);

    /// Implemented as the derive does it.
    enum Typed {
        Read,
        Malformed,
    }

    impl ScopeName for Typed {
        fn scope_name(&self) -> &'static str {
            match self {
                Self::Read => "items:read",
                Self::Malformed => "no scope",
            }
        }

        fn granted_by(&self) -> &'static [&'static str] {
            &["items:*"]
        }
    }

    const WITHOUT_TYPED: Scope =
        Scope::All(&[Scope::Name("a"), Scope::Not(&Scope::Typed(&Typed::Read))]);

    fn holds(scope: Scope, held: &[&str]) -> bool {
        scope.is_satisfied(&|name| held.contains(&name))
    }

    fn wanted(scope: Scope) -> Vec<&'static str> {
        let mut names = Vec::new();
        scope.each_wanted(&mut |name| names.push(name));
        names
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
    fn not_takes_away() {
        assert!(holds(WITHOUT, &["a", "c"]));
        assert!(!holds(WITHOUT, &["a"]));
        assert!(!holds(WITHOUT, &["a", "b", "c"]));
        assert!(!holds(WITHOUT, &["c"]));
        assert_eq!(WITHOUT.to_string(), "all(a, not(any(b, not(c))))");
        assert!(
            Scope::Not(&NESTED).is_satisfied_by_nothing() && !WITHOUT.is_satisfied_by_nothing()
        );
    }

    #[test]
    fn only_what_helps_is_wanted() {
        assert_eq!(wanted(WITHOUT), ["a", "c"]);
        assert_eq!(wanted(NESTED), ["a", "b", "c"]);
        assert_eq!(wanted(Scope::Typed(&Typed::Read)), ["items:read"]);
        assert_eq!(wanted(Scope::Not(&Scope::Typed(&Typed::Read))), Vec::<&str>::new());
    }

    #[test]
    fn a_typed_scope_is_held_by_its_name_or_a_declared_grant() {
        let read = Scope::Typed(&Typed::Read);
        assert!(holds(read, &["items:read"]) && holds(read, &["items:*"]));
        for other in ["items", "items:", "items:write", "*", "items:read:x", "items:**", ""] {
            assert!(!holds(read, &[other]), "{other}");
        }
        let mut grants = Vec::new();
        WITHOUT_TYPED.each_grant(&mut |scope, by| grants.push((scope, by)));
        assert_eq!(grants, [("items:read", ["items:*"].as_slice())]);
        // A caller who holds the scope by a grant holds it: `not` refuses such a caller too.
        assert!(holds(WITHOUT_TYPED, &["a"]) && !holds(WITHOUT_TYPED, &["a", "items:*"]));
    }

    #[test]
    fn what_is_malformed_admits_nobody_under_not_either() {
        const BROKEN: [Scope; 3] =
            [Scope::All(&[]), Scope::Any(&[]), Scope::Typed(&Typed::Malformed)];
        for broken in &BROKEN {
            let broken: &'static Scope = Box::leak(Box::new(*broken));
            let around = [
                *broken,
                Scope::Not(broken),
                Scope::All(Box::leak(Box::new([Scope::Name("a"), Scope::Not(broken)]))),
            ];
            for condition in around {
                assert!(!holds(condition, &["a"]), "{condition}");
                assert!(!holds(condition, &[]), "{condition}");
            }
        }
    }

    /// A condition and its meaning, written without the type under test.
    #[derive(Clone, Debug)]
    enum Model {
        Is(usize),
        All(Vec<Model>),
        Any(Vec<Model>),
        Not(Box<Model>),
    }

    const NAMES: [&str; 4] = ["a", "b", "c", "d"];

    impl Model {
        /// The rows of the truth table in which it is true, one bit for each set of scopes.
        fn table(&self) -> u16 {
            match self {
                Self::Is(name) => (0..16)
                    .filter(|row| row >> name & 1 == 1)
                    .fold(0, |table, row| table | 1 << row),
                Self::All(all) => all.iter().fold(u16::MAX, |table, one| table & one.table()),
                Self::Any(any) => any.iter().fold(0, |table, one| table | one.table()),
                Self::Not(one) => !one.table(),
            }
        }

        fn scope(&self) -> Scope {
            let list = |all: &[Self]| -> &'static [Scope] {
                Box::leak(all.iter().map(Self::scope).collect())
            };
            match self {
                Self::Is(name) => Scope::Name(NAMES[*name]),
                Self::All(all) => Scope::All(list(all)),
                Self::Any(any) => Scope::Any(list(any)),
                Self::Not(one) => Scope::Not(Box::leak(Box::new(one.scope()))),
            }
        }
    }

    fn model() -> impl Strategy<Value = Model> {
        (0..NAMES.len()).prop_map(Model::Is).prop_recursive(5, 24, 4, |inner| {
            let list = prop::collection::vec(inner.clone(), 1..4);
            prop_oneof![
                list.clone().prop_map(Model::All),
                list.prop_map(Model::Any),
                inner.prop_map(|one| Model::Not(Box::new(one))),
            ]
        })
    }

    proptest! {
        #[test]
        fn conditions_are_boolean(model in model()) {
            let (scope, table) = (model.scope(), model.table());
            for row in 0..16_usize {
                let held = |name: &str| {
                    NAMES.iter().position(|own| *own == name).is_some_and(|at| row >> at & 1 == 1)
                };
                prop_assert_eq!(scope.is_satisfied(&held), table >> row & 1 == 1, "{} in {:04b}", scope, row);
            }
        }

        #[test]
        fn what_is_not_wanted_never_helps(model in model(), row in 0..16_usize) {
            let scope = model.scope();
            let wanted = wanted(scope);
            let holds = |row: usize| scope.is_satisfied(&|name| {
                NAMES.iter().position(|own| *own == name).is_some_and(|at| row >> at & 1 == 1)
            });
            for (at, name) in NAMES.iter().enumerate() {
                if !wanted.contains(name) && !holds(row) {
                    prop_assert!(!holds(row | 1 << at), "{} helps {}", name, scope);
                }
            }
        }
    }
}
