//! The `token` command.

use std::io::{self, Write as _};

use palisade::auth::TokenSigner;

use crate::settings::TokenArgs;

/// Prints a token that the service takes.
pub(crate) fn print(asked: &TokenArgs) -> palisade::Exit {
    let signer = TokenSigner::from_jwk_set_file(asked.key_set()?, &asked.issuer, &asked.audience)?;
    let token =
        signer.subject(&asked.subject).scopes(&asked.scope).expires_in(asked.expires).sign()?;
    writeln!(io::stdout(), "{token}")?;
    Ok(())
}
