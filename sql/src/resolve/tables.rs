//! Unknown tables and columns.

use sqlparser::{
    ast::{Ident, ObjectName},
    tokenizer::Location,
};

use super::Resolver;
use crate::{
    fault::{Fault, FaultKind, did_you_mean, listed},
    scope::{Joined, Relation, TableNamed},
};

impl Resolver<'_> {
    /// The fault of an unknown table.
    pub(super) fn check_table(&mut self, name: &ObjectName) {
        let (TableNamed::Missing, Some(ident)) =
            (self.scope.table(name), name.0.last().and_then(|part| part.as_ident()))
        else {
            return;
        };
        let tables = self.scope.schema.into_iter().flat_map(|schema| schema.tables.values());
        let mut known: Vec<&str> = tables.map(|table| table.name.as_str()).collect();
        let mut ctes: Vec<&str> = self.scope.cte_names().collect();
        ctes.reverse();
        known.extend(ctes);
        let help = match did_you_mean(&ident.value, known.iter().copied()) {
            Some(near) => format!("did you mean `{near}`?"),
            None if known.is_empty() => "the migrations make no tables".to_owned(),
            None => format!("the migrations make {}", listed(&known)),
        };
        let message = format!("there is no table `{}`", ident.value);
        let at = self.scope.place(ident.span.start);
        self.faults.push(Fault::new(FaultKind::UnknownTable, at, message).help(help));
    }

    /// The columns that join the relations of the innermost frame.
    pub(super) fn check_joins(&mut self) {
        let joined = self.scope.top().map(|frame| frame.joined.clone()).unwrap_or_default();
        for own in joined {
            let Joined::Columns { using, first, joined, .. } = own else { continue };
            for column in using {
                let key = self.scope.key(&column);
                let at = column.span.start;
                let missing = self.scope.relation(joined).filter(|own| lacks(own, &key));
                let fault = missing.and_then(|own| self.no_column(own, &column, at));
                self.faults.extend(fault);
                self.compare_joined(&column.value, &key, (first..joined, joined), at);
            }
        }
    }

    /// The fault of a column that is not in the relation.
    pub(super) fn no_column(
        &self,
        relation: &Relation,
        column: &Ident,
        at: Location,
    ) -> Option<Fault> {
        let columns = relation.columns.complete()?;
        let known: Vec<&str> =
            columns.iter().filter_map(|known| known.column.name.as_deref()).collect();
        let message = match relation.name.as_str() {
            "" => format!("there is no column `{}`", column.value),
            name => format!("`{name}` has no column `{}`", column.value),
        };
        let help = in_another_case(column, &known).unwrap_or_else(|| {
            match did_you_mean(&column.value, known.iter().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("`{}` has {}", relation.name, listed(&known)),
            }
        });
        Some(Fault::new(FaultKind::UnknownColumn, self.scope.place(at), message).help(help))
    }

    /// The fault of a column that is in none of several relations.
    pub(super) fn no_column_of(
        &self,
        relations: &[&Relation],
        column: &Ident,
        at: Location,
    ) -> Fault {
        let mut known: Vec<&str> = Vec::new();
        let mut tables: Vec<&str> = Vec::new();
        for relation in relations {
            let columns = relation.columns.complete().unwrap_or_default();
            for name in columns.iter().filter_map(|known| known.column.name.as_deref()) {
                if !known.contains(&name) {
                    known.push(name);
                }
            }
            if !relation.name.is_empty() && !tables.contains(&relation.name.as_str()) {
                tables.push(&relation.name);
            }
        }
        let message = match tables.as_slice() {
            [one] => format!("`{one}` has no column `{}`", column.value),
            _ => format!("none of {} has a column `{}`", listed(&tables), column.value),
        };
        let fault = Fault::new(FaultKind::UnknownColumn, self.scope.place(at), message);
        let help = in_another_case(column, &known).unwrap_or_else(|| {
            match did_you_mean(&column.value, known.iter().copied()) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("there are {}", listed(&known)),
            }
        });
        fault.help(help)
    }
}

/// Whether a relation certainly has no column of this name.
pub(super) fn lacks(relation: &Relation, key: &str) -> bool {
    !relation.is_open() && relation.columns.find(key).is_none()
}

/// The correct text if only the case of a name differs, which matters in Postgres.
fn in_another_case(column: &Ident, known: &[&str]) -> Option<String> {
    let near = known.iter().find(|name| name.to_lowercase() == column.value.to_lowercase())?;
    Some(if near.chars().any(char::is_uppercase) {
        format!("Postgres reads a name without quotes in small letters: write `\"{near}\"`")
    } else {
        format!("Postgres keeps the case of a name in quotes: write `{near}`")
    })
}
