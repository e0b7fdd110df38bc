//! Keys and nonces that are written in the source.

use super::{Site, Watch};
use crate::krate::name::Known;
use crate::taint::value::Marks;
use crate::taint::walk::Walker;

rule! {
    /// ## What it does
    /// Finds keys, nonces and initial vectors that are literals.
    ///
    /// ## Why it is bad
    /// A key in the source is not secret. A nonce that is used twice reveals the key stream, and with GCM the authentication key.
    ///
    /// ## Example
    /// ```text
    /// let nonce = Nonce::from_slice(b"unique nonce");
    /// ```
    ///
    /// ## Use instead
    /// New random bytes each time.
    /// ```text
    /// let nonce = Aes256Gcm::generate_nonce(&mut OsRng);
    /// ```
    ///
    /// ## References
    /// - CWE-321: Use of Hard-coded Cryptographic Key
    /// - CWE-329: Generation of Predictable IV
    static_key_or_iv, CWE 321, Deny, Item, watch &[Watch::CallOf("Key"), Watch::CallOf("Nonce"), Watch::CallOf("XNonce"), Watch::CallOf("Iv"), Watch::CallOf("GenericArray"), Watch::CallOf("UnboundKey"), Watch::CallOf("LessSafeKey"), Watch::CallOf("Aes256Gcm"), Watch::CallOf("Aes128Gcm"), Watch::CallOf("ChaCha20Poly1305"), Watch::CallOf("XChaCha20Poly1305"), Watch::CallOf("Aes256"), Watch::CallOf("Aes128"), Watch::CallOf("XSalsa20Poly1305"), Watch::Call("encrypt"), Watch::Call("assume_unique_for_key"), Watch::Call("new_from_slices")], check
}

fn check(site: &Site<'_>, walker: &mut Walker<'_>) {
    let Site::Call(call) = site else { return };
    let (parent, last) = (call.name.parent(), call.name.last());
    if call.name.known == Known::Local
        || parent == "Key" && call.name.is(&["actix_web", "cookie"], "Key::from")
    {
        return;
    }
    let takes = matches!(
        last,
        "from_slice"
            | "new_from_slice"
            | "new_from_slices"
            | "from"
            | "new"
            | "assume_unique_for_key"
            | "clone_from_slice"
            | "from_exact_iter"
    ) || last == "encrypt" && call.args.len() >= 3;
    let literal = call.args.iter().any(|a| {
        let bytes = a.marks.has(Marks::LITERAL_BYTES) && a.marks.has(Marks::CONSTANT);
        let text = matches!(
            parent,
            "Aes256Gcm" | "Aes128Gcm" | "ChaCha20Poly1305" | "Nonce" | "XNonce" | "Iv" | "Key"
        ) && a.is_constant()
            && a.text.whole().is_some_and(|t| t.len() >= 8);
        bytes || text
    });
    if takes && literal {
        walker.report(
            &RULE,
            call.span,
            "a key or nonce is written in the source",
            "take the key from the settings and the nonce from `OsRng`",
        );
    }
}
