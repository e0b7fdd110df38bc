//! Fast hashes of passwords.

use super::words::is_password;
use super::{Site, Watch};
use crate::taint::walk::Walker;

rule! {
    /// ## What it does
    /// Finds MD5 and the SHA family on password-named values. Checksums of other data are accepted.
    ///
    /// ## Why it is bad
    /// A graphics card computes billions of such hashes per second.
    ///
    /// ## Example
    /// ```text
    /// let hash = Sha256::digest(form.password.as_bytes());
    /// ```
    ///
    /// ## Use instead
    /// A hash function that is slow by design.
    /// ```text
    /// let hash = Argon2::default().hash_password(form.password.as_bytes(), &salt)?;
    /// ```
    ///
    /// ## References
    /// - CWE-916: Use of Password Hash With Insufficient Computational Effort
    weak_password_hash, CWE 916, Deny, Item, watch &[Watch::Call("compute"), Watch::Call("digest"), Watch::Method("update"), Watch::Method("chain_update"), Watch::Method("chain"), Watch::Method("digest"), Watch::Method("input_str")], check
}

fn check(site: &Site<'_>, walker: &mut Walker<'_>) {
    let (weak, args, span) = match site {
        Site::Call(call) => (is_fast(call.name.parent()), call.args, call.span),
        Site::Method(method) => {
            let known = method.recv.ty.as_ref().is_some_and(|t| is_fast(t.peeled().last()));
            (known, method.args, method.span)
        }
        Site::Macro(_) | Site::Bind(_) | Site::Compare(_) | Site::Pair(_) => return,
    };
    if weak && args.iter().any(|a| a.secret.as_deref().is_some_and(is_password)) {
        walker.report(
            &RULE,
            span,
            "a password is hashed with a hash that is made to be fast",
            "use argon2",
        );
    }
}

fn is_fast(name: &str) -> bool {
    matches!(
        name,
        "md5"
            | "Md5"
            | "Md4"
            | "Sha1"
            | "Sha224"
            | "Sha256"
            | "Sha384"
            | "Sha512"
            | "Sha3_256"
            | "Sha3_512"
            | "sha1"
            | "sha256"
            | "Blake2b512"
            | "Blake2s256"
    )
}
