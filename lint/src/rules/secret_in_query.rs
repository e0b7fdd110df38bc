//! Secrets in the query string.

use super::Site;
use crate::taint::walk::Walker;

rule! {
    /// ## What it does
    /// Finds secret-named fields in the type of a query.
    ///
    /// ## Why it is bad
    /// URLs are stored in logs, histories and caches, and sent to other sites as the referrer.
    ///
    /// ## Example
    /// ```text
    /// #[derive(Deserialize)] struct Login { name: String, password: String }
    /// async fn login(query: Query<Login>) { .. }
    /// ```
    ///
    /// ## Use instead
    /// A header or the body of a POST.
    ///
    /// ## References
    /// - CWE-598: Use of GET Request Method With Sensitive Query Strings
    secret_in_query, CWE 598, Deny, Crate, watch &[], check
}

pub(crate) const HELP: &str = "take it from a header or the body";

/// Asked about functions and the types of their arguments.
fn check(_: &Site<'_>, _: &mut Walker<'_>) {}
