//! `allow_unsafe` that silences nothing.

use super::Site;
use crate::taint::walk::Walker;

rule! {
    /// ## What it does
    /// Reports `#[allow_unsafe(rule, reason = "..")]` where the rule has nothing to say, names no
    /// rule, or gives no reason.
    ///
    /// ## Why it is bad
    /// A permission that outlives its need hides the next mistake at that place.
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
