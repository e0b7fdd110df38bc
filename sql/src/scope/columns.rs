//! The columns of a relation and their kinds.

use super::Side;
use crate::{
    column::Column,
    schema::{Kind, TableColumn},
};

/// What the value of a column may come from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Mark {
    /// A bound value, or a result of one.
    pub(crate) bound: bool,
    /// A virtual table's own query: text in the table's language.
    pub(crate) search: bool,
}

impl Mark {
    pub(super) const BOUND: Self = Self { bound: true, search: false };

    pub(super) fn or(self, other: Self) -> Self {
        Self { bound: self.bound || other.bound, search: self.search || other.search }
    }
}

/// A known column.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Known {
    /// Its name in the form for comparisons; `None` if each database chooses another one.
    pub(crate) key: Option<String>,
    pub(crate) column: Column,
    /// Whether its values are unique.
    pub(crate) unique: bool,
    pub(crate) mark: Mark,
    /// The values that it may be, if it is an expression; empty for a column of a table.
    pub(crate) sides: Vec<Side>,
}

impl Known {
    /// A column of a table.
    pub(super) fn of_table(key: String, column: &TableColumn) -> Self {
        let mark = Mark { bound: false, search: column.kind == Kind::Search };
        let unique = column.is_unique();
        Self { key: Some(key), column: Column::from(column), unique, mark, sides: Vec::new() }
    }

    /// A column of which only the name is known.
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
    /// The known ones.
    pub(crate) known: Vec<Known>,
    /// The mark of the others, if there may be others.
    pub(crate) rest: Option<Mark>,
    /// How many of the known ones are at their position, if not all are.
    pub(crate) placed: Option<usize>,
}

impl Columns {
    pub(crate) fn unknown(mark: Mark) -> Self {
        Self { known: Vec::new(), rest: Some(mark), placed: Some(0) }
    }

    pub(super) fn of(known: Vec<Known>) -> Self {
        Self { known, rest: None, placed: None }
    }

    /// All columns, if they and their order are known.
    pub(crate) fn complete(&self) -> Option<&[Known]> {
        (self.rest.is_none() && self.placed.is_none()).then_some(self.known.as_slice())
    }

    /// The columns before the first unknown one.
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

    /// The mark of the columns with this name.
    pub(super) fn mark(&self, key: &str) -> Option<Mark> {
        let own = |known: &&Known| known.key.as_deref() == Some(key);
        let mut found = self.known.iter().filter(own).map(|known| known.mark);
        found.next().map(|first| found.fold(first, Mark::or))
    }

    /// The mark of any of them.
    pub(crate) fn any(&self) -> Mark {
        let known = self.known.iter().map(|known| known.mark);
        known.chain(self.rest).fold(Mark::default(), Mark::or)
    }

    /// The mark of the one at a position.
    pub(crate) fn at(&self, place: usize) -> Mark {
        match (self.known.get(place), self.rest) {
            (Some(known), None) => known.mark,
            (known, rest) => {
                let known = known.map(|known| known.mark).unwrap_or_default();
                known.or(rest.unwrap_or_default())
            }
        }
    }

    /// The columns of a set operation: those of the first part, combined with the other's at the
    /// same positions.
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

    /// Appends the columns of another relation.
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

    /// From here on the order is unknown.
    pub(super) fn lose_place(&mut self) {
        self.placed = self.placed.or(Some(self.known.len()));
    }

    /// A table's columns combined with the values that a statement writes to them.
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

    /// The properties in each round of a recursive query; `first` is the result of its first part.
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
