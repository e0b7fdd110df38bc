//! The facts that a condition proves about values; they hold only in the branch where it was
//! evaluated.

use std::rc::Rc;

use super::class::Class;
use super::value::Origin;

/// What a fact is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    /// A variable or a part of one, as it was when `version` was current.
    Place { slot: usize, version: u32, path: Vec<Rc<str>> },
    /// Every value that carries this origin.
    Origin(Rc<Origin>),
}

/// A value is clean of some dangers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fact {
    pub(crate) target: Target,
    pub(crate) clean: Class,
}

/// What holds when a condition is true (or `Some`, or `Ok`), and what when it is not.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Cond {
    pub(crate) when_true: Vec<Fact>,
    pub(crate) when_false: Vec<Fact>,
}

impl Cond {
    pub(crate) fn when_true(facts: Vec<Fact>) -> Self {
        Self { when_true: facts, when_false: Vec::new() }
    }

    pub(crate) fn when_false(facts: Vec<Fact>) -> Self {
        Self { when_true: Vec::new(), when_false: facts }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.when_true.is_empty() && self.when_false.is_empty()
    }

    pub(crate) fn not(self) -> Self {
        Self { when_true: self.when_false, when_false: self.when_true }
    }

    /// Both conditions hold.
    pub(crate) fn and(&self, other: &Self) -> Self {
        Self {
            when_true: union(&self.when_true, &other.when_true),
            when_false: intersection(&self.when_false, &other.when_false),
        }
    }

    /// One of the conditions holds.
    pub(crate) fn or(&self, other: &Self) -> Self {
        Self {
            when_true: intersection(&self.when_true, &other.when_true),
            when_false: union(&self.when_false, &other.when_false),
        }
    }
}

/// Facts of either list.
pub(crate) fn union(a: &[Fact], b: &[Fact]) -> Vec<Fact> {
    let mut all = a.to_vec();
    for fact in b {
        match all.iter_mut().find(|known| known.target == fact.target) {
            Some(known) => known.clean = known.clean.or(fact.clean),
            None => all.push(fact.clone()),
        }
    }
    all
}

/// Facts that both lists hold.
pub(crate) fn intersection(a: &[Fact], b: &[Fact]) -> Vec<Fact> {
    a.iter()
        .filter_map(|fact| {
            let other = b.iter().find(|other| other.target == fact.target)?;
            let clean = fact.clean.and(other.clean);
            (!clean.is_none()).then(|| Fact { target: fact.target.clone(), clean })
        })
        .collect()
}
