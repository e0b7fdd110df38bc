//! The columns of a relation, with what they hold.

use sqlparser::ast::TableAlias;

/// What a column holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::statement) struct Mark {
    /// A bound value, or what was made of one.
    pub(in crate::statement) bound: bool,
    /// A virtual table's own query: what it is compared with is read in the table's language.
    pub(in crate::statement) search: bool,
}

impl Mark {
    pub(super) const BOUND: Self = Self { bound: true, search: false };

    pub(super) fn or(self, other: Self) -> Self {
        Self { bound: self.bound || other.bound, search: self.search || other.search }
    }
}

/// The columns of a relation.
#[derive(Clone, Debug, Default)]
pub(in crate::statement) struct Columns {
    /// Those that are known, by their name in lower case.
    pub(in crate::statement) known: Vec<(Option<String>, Mark)>,
    /// What the others hold, where there may be others.
    pub(super) rest: Option<Mark>,
}

impl Columns {
    pub(super) fn unknown(mark: Mark) -> Self {
        Self { known: Vec::new(), rest: Some(mark) }
    }

    pub(super) fn find(&self, name: &str) -> Option<Mark> {
        let own = |(own, _): &&(Option<String>, Mark)| own.as_deref() == Some(name);
        let mut found = self.known.iter().filter(own).map(|(_, mark)| *mark);
        found.next().map(|first| found.fold(first, Mark::or))
    }

    /// What any of them holds.
    pub(in crate::statement) fn any(&self) -> Mark {
        let known = self.known.iter().map(|(_, mark)| *mark);
        known.chain(self.rest).fold(Mark::default(), Mark::or)
    }

    /// What the one at a place holds.
    pub(in crate::statement) fn at(&self, place: usize) -> Mark {
        match (self.known.get(place), self.rest) {
            (Some((_, mark)), None) => *mark,
            (known, rest) => {
                let known = known.map(|(_, mark)| *mark).unwrap_or_default();
                known.or(rest.unwrap_or_default())
            }
        }
    }

    /// The columns of a set operation: those of the first part, with what the other holds at the same
    /// places.
    pub(super) fn with(mut self, other: &Self) -> Self {
        if self.rest.is_none() && other.rest.is_none() {
            for ((_, mark), (_, others)) in self.known.iter_mut().zip(&other.known) {
                *mark = mark.or(*others);
            }
            return self;
        }
        let any = self.any().or(other.any());
        self.known.iter_mut().for_each(|(_, mark)| *mark = mark.or(any));
        self.rest = Some(any);
        self
    }

    /// The columns under the names that an alias gives them.
    pub(super) fn renamed(mut self, alias: Option<&TableAlias>) -> Self {
        let names = alias.into_iter().flat_map(|alias| &alias.columns);
        for (number, name) in names.enumerate() {
            let name = Some(name.name.value.to_lowercase());
            let mark = self.at(number);
            match self.known.get_mut(number) {
                Some(own) => *own = (name, mark),
                None => self.known.push((name, mark)),
            }
        }
        self
    }

    /// With the columns of another relation behind them.
    pub(super) fn extend(&mut self, other: &Self) {
        self.known.extend(other.known.iter().cloned());
        self.rest = match (self.rest, other.rest) {
            (Some(own), Some(others)) => Some(own.or(others)),
            (own, others) => own.or(others),
        };
    }
}
