//! Keys made for one run, and tokens signed with them.

use std::sync::LazyLock;

use palisade::auth::{Key, KeySet, TokenSigner, Verifier};
use secrecy::SecretSlice;

/// The issuer of the test tokens.
pub const ISSUER: &str = "https://id.example";

/// The audience of the test services.
pub const AUDIENCE: &str = "https://api.example";

static SECRET: LazyLock<SecretSlice<u8>> = LazyLock::new(|| {
    let mut secret = vec![0; 32];
    aws_lc_rs::rand::fill(&mut secret).unwrap_or_else(|error| panic!("{error}"));
    secret.into()
});

static SIGNER: LazyLock<TokenSigner> = LazyLock::new(|| {
    let signer = TokenSigner::hs256("test", &SECRET, ISSUER, AUDIENCE);
    signer.unwrap_or_else(|error| panic!("{error}"))
});

/// A verifier for the tokens of this run.
///
/// # Panics
///
/// Never, unless the runtime refuses its own signer's key.
pub fn verifier() -> Verifier {
    let key = Key::hs256("test", &SECRET).unwrap_or_else(|error| panic!("{error}"));
    let keys = KeySet::new([key]).unwrap_or_else(|error| panic!("{error}"));
    Verifier::new(keys, ISSUER, AUDIENCE).unwrap_or_else(|error| panic!("{error}"))
}

/// A good token of this subject with these scopes, separated by spaces.
///
/// # Panics
///
/// For a subject or scope that no token can have.
pub fn token(subject: &str, scopes: &str) -> String {
    let draft = SIGNER.subject(subject).scopes(scopes.split_whitespace());
    draft.sign().unwrap_or_else(|error| panic!("{error}"))
}

/// A good token of this subject, who came by this client program.
///
/// # Panics
///
/// For a subject or client that no token can have.
pub fn token_of(subject: &str, client: &str) -> String {
    let draft = SIGNER.subject(subject).client_id(client);
    draft.sign().unwrap_or_else(|error| panic!("{error}"))
}
