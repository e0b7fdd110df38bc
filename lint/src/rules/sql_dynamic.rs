//! SQL text that is put together at run time.

use super::Site;
use crate::taint::walk::Walker;

rule! {
    /// ## What it does
    /// Finds SQL that is built at run time from a value that is not known to be constant, and not known to come from a request.
    ///
    /// ## Why it is bad
    /// The value may be harmless today. A later caller may pass a field of a request, and this code does not show it.
    ///
    /// ## Example
    /// ```text
    /// let sql = format!("SELECT * FROM {table}");
    /// ```
    ///
    /// ## Use instead
    /// `sql!` with `{sort: Sort}` for a column, or a match on the allowed names.
    ///
    /// ## References
    /// - CWE-89: SQL Injection
    sql_dynamic, CWE 89, Warn, Item, watch &[], check
}

pub(crate) const MESSAGE: &str = "the text of an SQL statement is put together at run time";
pub(crate) const HELP: &str = "write the query with `sql!`, or bind values and match names against the ones that are allowed";

/// Found by `sql_format`, at the places that it knows.
fn check(_: &Site<'_>, _: &mut Walker<'_>) {}
