//! `allow_unsafe` that silences nothing.

use super::Site;
use crate::taint::walk::Walker;

rule! {
    /// ## What it does
    /// Reports `#[allow_unsafe(rule, reason = "..")]` that silences no finding, names no rule, or has no
    /// reason.
    ///
    /// ## Why it is bad
    /// A suppression that is no longer needed hides the next mistake in the same code.
    ///
    /// ## Example
    /// ```text
    /// #[allow_unsafe(sql_format, reason = "the table name comes from a constant")]
    /// async fn count(db: Data<Db>) -> Result<Json<i64>> {
    ///     sql!("SELECT count(*) FROM items").fetch_one(&db).await
    /// }
    /// ```
    ///
    /// ## Use instead
    /// Remove the attribute.
    ///
    /// ## References
    /// - CWE-1126: Declaration of Variable with Unnecessarily Wide Scope
    unused_suppression, CWE 1126, Deny, Crate, watch &[], check
}

fn check(_: &Site<'_>, _: &mut Walker<'_>) {}
