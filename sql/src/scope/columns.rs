//! The columns of a relation, with what they hold.

use super::Side;
use crate::{
    column::Column,
    schema::{Kind, TableColumn},
};

/// What reaches a column.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Mark {
    /// A bound value, or what was made of one.
    pub(crate) bound: bool,
    /// A virtual table's own query: what it is compared with is read in the table's language.
    pub(crate) search: bool,
}

impl Mark {
    pub(super) const BOUND: Self = Self { bound: true, search: false };

    pub(super) fn or(self, other: Self) -> Self {
        Self { bound: self.bound || other.bound, search: self.search || other.search }
    }
}

/// A column that is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Known {
    /// Its name as it is compared; `None` where each database makes up its own.
    pub(crate) key: Option<String>,
    pub(crate) column: Column,
    /// Whether no two rows have the same value.
    pub(crate) unique: bool,
    pub(crate) mark: Mark,
    /// The values that it may be, where an expression gives them; empty for a column of a table.
    pub(crate) sides: Vec<Side>,
}

impl Known {
    /// A column of a table.
    pub(super) fn of_table(key: String, column: &TableColumn) -> Self {
        let mark = Mark { bound: false, search: column.kind == Kind::Search };
        let unique = column.is_unique();
        Self { key: Some(key), column: Column::from(column), unique, mark, sides: Vec::new() }
    }

    /// A column of which nothing but the name is known.
    pub(super) fn named(key: Option<String>, name: Option<String>, mark: Mark) -> Self {
        let column = Column { name, kind: Kind::Unknown, nullable: None, hole: None };
        Self { key, column, unique: false, mark, sides: Vec::new() }
    }

    /// The values that it may be.
    pub(crate) fn members(&self) -> Vec<Side> {
        match self.sides.as_slice() {
            [] => vec![Side::of_column(&self.column)],
            sides => sides.to_vec(),
        }
    }
}

/// The columns of a relation, or of a query's rows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Columns {
    /// Those that are known.
    pub(crate) known: Vec<Known>,
    /// What reaches the others, where there may be others.
    pub(crate) rest: Option<Mark>,
    /// How many of the known ones are in their place, where that does not hold for all.
    pub(crate) placed: Option<usize>,
}

impl Columns {
    pub(crate) fn unknown(mark: Mark) -> Self {
        Self { known: Vec::new(), rest: Some(mark), placed: Some(0) }
    }

    pub(super) fn of(known: Vec<Known>) -> Self {
        Self { known, rest: None, placed: None }
    }

    /// All columns, where they and their order are known.
    pub(crate) fn complete(&self) -> Option<&[Known]> {
        (self.rest.is_none() && self.placed.is_none()).then_some(self.known.as_slice())
    }

    /// The columns before the first that is not known.
    pub(crate) fn in_place(&self) -> &[Known] {
        let placed = self.placed.unwrap_or(self.known.len());
        self.known.get(..placed).unwrap_or(&self.known)
    }

    pub(crate) fn position(&self, key: &str) -> Option<usize> {
        self.known.iter().position(|known| known.key.as_deref() == Some(key))
    }

    pub(crate) fn find(&self, key: &str) -> Option<&Known> {
        self.known.get(self.position(key)?)
    }

    /// What reaches the columns of this name.
    pub(super) fn mark(&self, key: &str) -> Option<Mark> {
        let own = |known: &&Known| known.key.as_deref() == Some(key);
        let mut found = self.known.iter().filter(own).map(|known| known.mark);
        found.next().map(|first| found.fold(first, Mark::or))
    }

    /// What reaches any of them.
    pub(crate) fn any(&self) -> Mark {
        let known = self.known.iter().map(|known| known.mark);
        known.chain(self.rest).fold(Mark::default(), Mark::or)
    }

    /// What reaches the one at a place.
    pub(crate) fn at(&self, place: usize) -> Mark {
        match (self.known.get(place), self.rest) {
            (Some(known), None) => known.mark,
            (known, rest) => {
                let known = known.map(|known| known.mark).unwrap_or_default();
                known.or(rest.unwrap_or_default())
            }
        }
    }

    /// The columns of a set operation: those of the first part, with what the other gives at the same
    /// places.
    pub(super) fn with(mut self, other: &Self) -> Self {
        let comparable = match (self.complete(), other.complete()) {
            (Some(own), Some(others)) => own.len() == others.len(),
            _ => false,
        };
        let placed = self.in_place().len().min(other.in_place().len());
        let has_rest = self.rest.is_some() || other.rest.is_some();
        let any = self.any().or(other.any());
        for (place, own) in self.known.iter_mut().enumerate() {
            let others = other.known.get(place);
            let column = std::mem::replace(&mut own.column, Column::unknown(String::new()));
            let members = if own.sides.is_empty() {
                vec![Side::of_column(&column)]
            } else {
                std::mem::take(&mut own.sides)
            };
            own.sides = members;
            let name = column.name.clone();
            own.column = match others.filter(|_| comparable) {
                Some(others) => Column { name, ..column.or(&others.column) },
                // The second part of a recursive query refers to the first.
                None => Column { kind: Kind::Unknown, nullable: None, hole: None, name },
            };
            if let Some(others) = others.filter(|_| place < placed) {
                for side in others.members() {
                    if !own.sides.contains(&side) {
                        own.sides.push(side);
                    }
                }
            }
            own.unique = false;
            own.mark = match others {
                _ if has_rest => own.mark.or(any),
                Some(others) => own.mark.or(others.mark),
                None => own.mark,
            };
        }
        if has_rest {
            self.rest = self.rest.map(|_| any);
        }
        self
    }

    /// With the columns of another relation behind them.
    pub(super) fn extend(&mut self, other: Self) {
        if other.complete().is_none() && self.placed.is_none() {
            self.placed = Some(self.known.len().saturating_add(other.in_place().len()));
        }
        self.known.extend(other.known);
        self.rest = match (self.rest, other.rest) {
            (Some(own), Some(others)) => Some(own.or(others)),
            (own, others) => own.or(others),
        };
    }

    /// Takes the order of all that comes from here on for not known.
    pub(super) fn lose_place(&mut self) {
        self.placed = self.placed.or(Some(self.known.len()));
    }

    /// A table's columns with what a statement writes to them.
    pub(super) fn written_over(mut self, written: &Self) -> Self {
        for known in &mut self.known {
            let own = known.key.as_deref().and_then(|key| written.mark(key)).or(written.rest);
            known.mark = known.mark.or(own.unwrap_or_default());
            known.unique = false;
        }
        if self.rest.is_some() {
            for known in &written.known {
                if known.key.as_deref().is_some_and(|key| self.position(key).is_none()) {
                    self.known.push(known.clone());
                }
            }
            self.rest = self.rest.map(|rest| rest.or(written.rest.unwrap_or_default()));
        }
        self
    }

    /// What holds for each round of a recursive query; `first` is what its first part gives.
    pub(super) fn of_rounds(&mut self, first: &Self) {
        for (place, known) in self.known.iter_mut().enumerate() {
            known.column.nullable = None;
            known.column.hole = None;
            known.unique = false;
            if first.known.get(place).is_some_and(|own| own.column.kind != known.column.kind) {
                known.column.kind = Kind::Unknown;
            }
        }
    }
}
