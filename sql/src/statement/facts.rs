//! The facts about a statement, for one or several combinations of its fragments.

use super::{Chosen, NameUse, Role};
use crate::{
    column::Column,
    fault::{Fault, FaultKind},
    resolve::Compared,
    template::Hole,
};

/// The facts about one combination, or several.
#[derive(Debug)]
pub(super) struct Facts {
    pub(super) roles: Vec<RoleFact>,
    /// Whether lists may be written as `= ANY ( )`.
    pub(super) any_lists: bool,
    pub(super) columns: Option<Vec<Column>>,
    pub(super) rows: Option<bool>,
    pub(super) verb: &'static str,
    pub(super) names: Vec<NameUse>,
    pub(super) compared: Vec<Compared>,
}

/// The role of a hole, and its text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RoleFact {
    /// Not part of the combination.
    Absent,
    Bind,
    /// A pattern; whether the text has its `ESCAPE` already.
    Pattern(bool),
    /// A list; whether it is after `NOT IN`.
    List(bool),
    Choice(usize, Chosen),
}

impl RoleFact {
    pub(super) fn role(&self) -> Role {
        match *self {
            Self::Absent | Self::Bind => Role::Bind,
            Self::Pattern(_) => Role::Pattern,
            Self::List(_) => Role::List,
            Self::Choice(number, chosen) => Role::Choice(number, chosen),
        }
    }
}

impl Facts {
    /// The facts for this and another combination of the same template.
    pub(super) fn and(mut self, other: Self) -> Self {
        for (own, others) in self.roles.iter_mut().zip(other.roles) {
            if matches!(own, RoleFact::Absent | RoleFact::Bind) && others != RoleFact::Absent {
                *own = others;
            }
        }
        self.any_lists &= other.any_lists;
        self.columns = match (self.columns, other.columns) {
            (Some(own), Some(others)) if own.len() == others.len() => {
                Some(own.into_iter().zip(others).map(|(own, other)| own.or(&other)).collect())
            }
            _ => None,
        };
        for compared in other.compared {
            if !self.compared.contains(&compared) {
                self.compared.push(compared);
            }
        }
        for name in other.names {
            match self.names.iter_mut().find(|own| own.hole == name.hole) {
                None => self.names.push(name),
                Some(own) => {
                    own.columns = match (own.columns.take(), name.columns) {
                        (Some(own), Some(others)) => {
                            Some(own.into_iter().filter(|name| others.contains(name)).collect())
                        }
                        _ => None,
                    };
                }
            }
        }
        self
    }

    /// Every hole was visited in some combination; the one with all fragments has all holes.
    pub(super) fn all_used(&self, holes: &[&Hole]) -> Result<(), Vec<Fault>> {
        let absent = self.roles.iter().zip(holes).find(|(role, _)| **role == RoleFact::Absent);
        match absent {
            None => Ok(()),
            Some((_, hole)) => {
                Err(vec![Fault::new(FaultKind::Syntax, hole.at, "a value is not permitted here")])
            }
        }
    }
}
