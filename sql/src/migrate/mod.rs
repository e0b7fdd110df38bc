//! The schema that migrations make.

mod alter;
mod apply;
mod create;
mod split;
#[cfg(test)]
mod tests;
mod unique;

use crate::{dialect::Dialect, migration::Migration, schema::Schema};

impl Schema {
    /// What migrations make, applied one after the other.
    pub fn of(dialect: Dialect, migrations: &[Migration]) -> Self {
        let mut schema = Self::default();
        for migration in migrations {
            schema.apply(dialect, &migration.sql);
        }
        schema
    }

    fn apply(&mut self, dialect: Dialect, sql: &str) {
        for statement in split::statements(dialect, sql) {
            match statement {
                split::Read::Statement(statement) => apply::apply(self, dialect, &statement),
                split::Read::Unread { opening } => apply::unread(self, &opening),
            }
        }
    }
}
