//! The values that a statement writes to its table's columns.

use sqlparser::ast::{Assignment, AssignmentTarget, Insert, ObjectName, Update};

use super::{Columns, Known, Mark, Scope, value::placeholder_in};

impl Scope<'_> {
    /// The values that an INSERT writes to its listed columns.
    pub(crate) fn written(&mut self, insert: &Insert) -> Columns {
        let Some(source) = &insert.source else {
            return self.assignments(&insert.assignments);
        };
        let given = self.columns(source);
        if insert.columns.is_empty() {
            return Columns::unknown(Mark { bound: given.any().bound, search: false });
        }
        let named = insert.columns.iter().enumerate();
        let known = named.map(|(place, name)| self.target(name, given.at(place))).collect();
        Columns { known, ..Columns::unknown(Mark::default()) }
    }

    /// The values that an UPDATE writes.
    pub(super) fn assigned(&mut self, update: &Update) -> Columns {
        self.open_update(update);
        let assigned = self.assignments(&update.assignments);
        self.close();
        assigned
    }

    fn assignments(&mut self, assignments: &[Assignment]) -> Columns {
        let mut known = Vec::new();
        let mut rest = Mark::default();
        for Assignment { target, value } in assignments {
            match target {
                AssignmentTarget::ColumnName(name) => {
                    let mark = Mark { bound: self.value_in(value).is_some(), search: false };
                    known.push(self.target(name, mark));
                }
                AssignmentTarget::Tuple(_) => {
                    let bound = placeholder_in(value).is_some();
                    rest = rest.or(Mark { bound, search: false });
                }
            }
        }
        Columns { known, ..Columns::unknown(rest) }
    }

    fn target(&self, name: &ObjectName, mark: Mark) -> Known {
        let ident = name.0.last().and_then(|part| part.as_ident());
        let key = ident.map(|ident| self.key(ident));
        Known::named(key, ident.map(|ident| ident.value.clone()), mark)
    }
}
