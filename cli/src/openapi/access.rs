//! Compares access rules: whether a condition on scopes is stricter, looser, or different.

use std::collections::BTreeSet;

/// With more scopes, conditions are compared as texts.
const MOST_SCOPES: usize = 12;

/// The access rule of an operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Access {
    Public,
    Authenticated,
    /// With a condition, as written: `any(a, all(b, not(c)))`.
    Scoped(String),
}

/// The result of the comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    Same,
    Narrower,
    Wider,
    Other,
}

impl Access {
    pub(super) fn compare(&self, new: &Self) -> Outcome {
        match (self, new) {
            (old, new) if old == new => Outcome::Same,
            (Self::Public, _) => Outcome::Narrower,
            (_, Self::Public) | (Self::Scoped(_), Self::Authenticated) => Outcome::Wider,
            (Self::Authenticated, Self::Scoped(_)) => Outcome::Narrower,
            (Self::Scoped(old), Self::Scoped(new)) => conditions(old, new),
            (Self::Authenticated, Self::Authenticated) => Outcome::Same,
        }
    }
}

/// A condition on scopes.
#[derive(Debug)]
enum Condition {
    Name(String),
    All(Vec<Condition>),
    Any(Vec<Condition>),
    Not(Vec<Condition>),
}

fn conditions(old: &str, new: &str) -> Outcome {
    let (Some(old), Some(new)) = (read(old), read(new)) else { return Outcome::Other };
    let mut names = BTreeSet::new();
    old.each_name(&mut names);
    new.each_name(&mut names);
    if names.len() > MOST_SCOPES {
        return Outcome::Other;
    }
    let names: Vec<_> = names.into_iter().collect();
    let (mut narrows, mut widens) = (false, false);
    // Each possible token, as far as the conditions distinguish tokens.
    for token in 0_u32..1 << names.len() {
        let holds = |name: &str| {
            names.iter().position(|known| known == name).is_some_and(|at| token >> at & 1 == 1)
        };
        match (old.holds(&holds), new.holds(&holds)) {
            (true, false) => narrows = true,
            (false, true) => widens = true,
            (true, true) | (false, false) => {}
        }
    }
    match (narrows, widens) {
        (false, false) => Outcome::Same,
        (true, false) => Outcome::Narrower,
        (false, true) => Outcome::Wider,
        (true, true) => Outcome::Other,
    }
}

impl Condition {
    fn each_name(&self, names: &mut BTreeSet<String>) {
        match self {
            Self::Name(name) => {
                names.insert(name.clone());
            }
            Self::All(parts) | Self::Any(parts) | Self::Not(parts) => {
                parts.iter().for_each(|part| part.each_name(names));
            }
        }
    }

    fn holds(&self, held: &impl Fn(&str) -> bool) -> bool {
        match self {
            Self::Name(name) => held(name),
            Self::All(parts) => parts.iter().all(|part| part.holds(held)),
            Self::Any(parts) => parts.iter().any(|part| part.holds(held)),
            Self::Not(parts) => !parts.iter().any(|part| part.holds(held)),
        }
    }
}

fn read(text: &str) -> Option<Condition> {
    let (condition, rest) = part(text.trim())?;
    rest.is_empty().then_some(condition)
}

/// One condition, and the text after it. A scope may contain a parenthesis, so only the known words
/// open a group.
fn part(text: &str) -> Option<(Condition, &str)> {
    for (word, make) in [
        ("all(", Condition::All as fn(Vec<Condition>) -> Condition),
        ("any(", Condition::Any),
        ("not(", Condition::Not),
    ] {
        let Some(mut rest) = text.strip_prefix(word) else { continue };
        let mut parts = Vec::new();
        loop {
            let (one, behind) = part(rest)?;
            parts.push(one);
            if let Some(behind) = behind.strip_prefix(", ") {
                rest = behind;
            } else {
                return Some((make(parts), behind.strip_prefix(')')?));
            }
        }
    }
    let end = text.find([',', ')']).unwrap_or(text.len());
    let (name, rest) = text.split_at_checked(end)?;
    (!name.is_empty()).then(|| (Condition::Name(name.to_owned()), rest))
}

#[cfg(test)]
mod tests {
    use super::{Access, Outcome};

    #[test]
    fn conditions_are_compared_by_what_they_let_in() {
        let scoped = |text: &str| Access::Scoped(text.to_owned());
        for (old, new, outcome) in [
            ("a", "a", Outcome::Same),
            ("all(a, b)", "all(b, a)", Outcome::Same),
            ("all(a, b)", "a", Outcome::Wider),
            ("a", "all(a, b)", Outcome::Narrower),
            ("a", "any(a, b)", Outcome::Wider),
            ("any(a, all(b, not(c)))", "any(a, b)", Outcome::Wider),
            ("a", "b", Outcome::Other),
            ("not(a)", "not(b)", Outcome::Other),
            ("not(a)", "not(a, b)", Outcome::Narrower),
            ("all(a", "a", Outcome::Other),
            // The rest cannot be read.
            ("all(a))", "a", Outcome::Other),
            // Too many to be tried one by one.
            ("all(a, b, c, d, e, f, g, h, i, j, k, l, m)", "a", Outcome::Other),
        ] {
            assert_eq!(scoped(old).compare(&scoped(new)), outcome, "{old} -> {new}");
        }
        assert_eq!(scoped("a").compare(&Access::Authenticated), Outcome::Wider);
        assert_eq!(Access::Authenticated.compare(&Access::Public), Outcome::Wider);
        assert_eq!(Access::Authenticated.compare(&scoped("a")), Outcome::Narrower);
        assert_eq!(Access::Public.compare(&scoped("a")), Outcome::Narrower);
    }
}
