//! SQL text that is put together at run time.

use super::Site;
use crate::taint::walk::Walker;

rule! {
    /// ## What it does
    /// Finds SQL text that is built at run time from something that is not known to be constant, and not known to come from a request either.
    ///
    /// ## Why it is bad
    /// Today the part may be harmless. The next caller may hand over a request's field, and nothing at this place will tell.
    ///
    /// ## Example
    /// ```text
    /// let sql = format!("SELECT * FROM {table}");
    /// ```
    ///
    /// ## Use instead
    /// `sql!` with `{sort: Sort}` for a column, or a match on the names that are allowed.
    ///
    /// ## References
    /// - CWE-89: SQL Injection
    sql_dynamic, CWE 89, Warn, Item, watch &[], check
}

pub(crate) const MESSAGE: &str = "the text of an SQL statement is put together at run time";
pub(crate) const HELP: &str = "write the query with `sql!`, or bind values and match names against the ones that are allowed";

/// Found by `sql_format`, at the places that it knows.
fn check(_: &Site<'_>, _: &mut Walker<'_>) {}
