//! The parameter types that Postgres has prepared a statement with.

use std::{
    collections::HashMap,
    sync::{LazyLock, PoisonError, RwLock},
};

use foldhash::fast::RandomState;
use sqlx::{AssertSqlSafe, SqlSafeStr as _, SqlStr};

/// The types that each text's values had when it was first used, in this process. It holds the
/// texts of the program, of which there are finitely many.
static FIRST: LazyLock<RwLock<HashMap<Box<str>, u64, RandomState>>> =
    LazyLock::new(RwLock::default);

/// The text itself, or one of its own where it was first used with values of other types.
///
/// Postgres fixes the types of a statement's values when it is prepared, and the driver finds
/// prepared statements by their text alone. Two places in a program that have the same text and
/// bind, say, an `i32` and an `i64` to it would fail by turns, and an `i64` and an `f64` would be
/// read for each other without a word.
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
