//! Ciphers that are broken.

use super::{Site, Watch};
use crate::krate::name::Known;
use crate::taint::walk::Walker;

rule! {
    /// ## What it does
    /// Finds DES, triple DES, RC2, RC4, Blowfish and the ECB mode.
    ///
    /// ## Why it is bad
    /// They can be broken today; ECB encrypts equal blocks to equal blocks.
    ///
    /// ## Example
    /// ```text
    /// let cipher = Cipher::des_ede3_cbc();
    /// ```
    ///
    /// ## Use instead
    /// A modern authenticated cipher.
    /// ```text
    /// let cipher = Aes256Gcm::new(&key);
    /// ```
    ///
    /// ## References
    /// - CWE-327: Use of a Broken or Risky Cryptographic Algorithm
    weak_cipher, CWE 327, Deny, Item, watch &[Watch::CallOf("Cipher"), Watch::CallOf("Des"), Watch::CallOf("TdesEde3"), Watch::CallOf("TdesEde2"), Watch::CallOf("Rc2"), Watch::CallOf("Rc4"), Watch::CallOf("Blowfish"), Watch::CallOf("Ecb"), Watch::CallOf("EcbEncryptor")], check
}

fn check(site: &Site<'_>, walker: &mut Walker<'_>) {
    let Site::Call(call) = site else { return };
    let (parent, last) = (call.name.parent(), call.name.last());
    let weak = match parent {
        "Cipher" => {
            last.starts_with("des_")
                || last.starts_with("bf_")
                || last.starts_with("rc4")
                || last.starts_with("rc2")
                || last.ends_with("_ecb")
        }
        _ => last.starts_with("new") && call.name.known != Known::Local,
    };
    if weak {
        walker.report(
            &RULE,
            call.span,
            "this cipher or mode is broken",
            "use `aes_gcm::Aes256Gcm` or `chacha20poly1305`",
        );
    }
}
