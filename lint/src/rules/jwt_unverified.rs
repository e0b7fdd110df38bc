//! Tokens whose signature is not checked.

use super::{Site, Watch};
use crate::krate::name::Known;
use crate::taint::walk::Walker;

rule! {
    /// ## What it does
    /// Finds tokens that are read without verifying their signature: `insecure_decode`, `insecure_disable_signature_validation`.
    ///
    /// ## Why it is bad
    /// Anyone can create such a token, with any subject and any scope.
    ///
    /// ## Example
    /// ```text
    /// let token = jsonwebtoken::dangerous::insecure_decode::<Claims>(raw)?;
    /// ```
    ///
    /// ## Use instead
    /// Verify it with the key.
    /// ```text
    /// let token = jsonwebtoken::decode::<Claims>(raw, &key, &validation)?;
    /// ```
    ///
    /// ## References
    /// - CWE-347: Improper Verification of Cryptographic Signature
    jwt_unverified, CWE 347, Deny, Item, watch &[Watch::Call("insecure_decode"), Watch::Call("dangerous_insecure_decode"), Watch::Call("dangerous_insecure_decode_with_validation"), Watch::Call("decode_unverified"), Watch::Call("dangerous_unsafe_decode"), Watch::CallOf("dangerous"), Watch::Method("insecure_disable_signature_validation"), Watch::Method("dangerous_insecure_decode")], check
}

const MESSAGE: &str = "the signature of the token is not checked";
const HELP: &str = "use `jsonwebtoken::decode` with the key";

fn check(site: &Site<'_>, walker: &mut Walker<'_>) {
    match site {
        Site::Call(call)
            if call.name.parent() != "dangerous" || call.name.last().contains("decode") =>
        {
            if call.name.known != Known::Local {
                walker.report(&RULE, call.span, MESSAGE, HELP);
            }
        }
        Site::Method(method) => walker.report(&RULE, method.span, MESSAGE, HELP),
        Site::Call(_) | Site::Macro(_) | Site::Bind(_) | Site::Compare(_) | Site::Pair(_) => {}
    }
}
