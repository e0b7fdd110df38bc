//! The parameter types that Postgres has prepared a statement with.

use std::{
    collections::HashMap,
    sync::{LazyLock, PoisonError, RwLock},
};

use foldhash::fast::RandomState;
use sqlx::{AssertSqlSafe, SqlSafeStr as _, SqlStr};

/// The types of each statement's values when it was first used, in this process. It contains the
/// statements of the program, of which there are finitely many.
static FIRST: LazyLock<RwLock<HashMap<Box<str>, u64, RandomState>>> =
    LazyLock::new(RwLock::default);

/// The text itself, or one of its own if it was first used with values of other types.
///
/// Postgres fixes the types of a statement's values when it is prepared, and the driver looks
/// prepared statements up by their text alone. Two places in a program that bind, say, an `i32` and
/// an `i64` to the same text would fail alternately, and an `i64` and an `f64` would be read for
/// each other without an error.
pub(super) fn distinct(text: SqlStr, types: u64) -> SqlStr {
    let known = {
        let first = FIRST.read().unwrap_or_else(PoisonError::into_inner);
        first.get(text.as_str()).copied()
    };
    let known = known.unwrap_or_else(|| {
        let mut first = FIRST.write().unwrap_or_else(PoisonError::into_inner);
        *first.entry(text.as_str().into()).or_insert(types)
    });
    if known == types {
        return text;
    }
    // A number in a comment after a statement that is fixed already.
    AssertSqlSafe(format!("{} /* {types:x} */", text.as_str())).into_sql_str()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_shared_by_values_of_the_same_types_only() {
        let text = || "SELECT parameter_types".into_sql_str();
        assert_eq!(distinct(text(), 7).as_str(), "SELECT parameter_types");
        assert_eq!(distinct(text(), 7).as_str(), "SELECT parameter_types");
        assert_eq!(distinct(text(), 18).as_str(), "SELECT parameter_types /* 12 */");
    }
}
