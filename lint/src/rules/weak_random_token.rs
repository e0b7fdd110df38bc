//! Tokens from a generator that is not for secrets.

use super::words::is_secret;
use super::{Site, Watch};
use crate::taint::value::Marks;
use crate::taint::walk::Walker;

rule! {
    /// ## What it does
    /// Finds tokens, passwords, session ids and salts that come from `SmallRng`, `fastrand` or a generator with a fixed seed.
    ///
    /// ## Why it is bad
    /// A few values of such a generator are enough to compute all later ones.
    ///
    /// ## Example
    /// ```text
    /// let reset_token = fastrand::u64(..).to_string();
    /// ```
    ///
    /// ## Use instead
    /// The random generator of the operating system.
    /// ```text
    /// let mut token = [0u8; 32]; OsRng.try_fill_bytes(&mut token)?;
    /// ```
    ///
    /// ## References
    /// - CWE-330: Use of Insufficiently Random Values
    weak_random_token, CWE 330, Deny, Item, watch &[Watch::Bind], check
}

fn check(site: &Site<'_>, walker: &mut Walker<'_>) {
    let Site::Bind(bind) = site else { return };
    let name = bind.name.to_ascii_lowercase();
    let kept = is_secret(bind.name)
        || [
            "token",
            "session_id",
            "nonce",
            "salt",
            "csrf",
            "reset_code",
            "verification_code",
            "otp",
            "api_key",
            "sid",
        ]
        .iter()
        .any(|word| name.contains(word));
    if kept && bind.value.marks.has(Marks::WEAK_RANDOM) {
        walker.report(
            &RULE,
            bind.span,
            "this comes from a generator whose values can be foretold",
            "use `OsRng`",
        );
    }
}
