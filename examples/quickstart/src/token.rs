//! The `token` command.

use std::io::{self, Write as _};

use palisade::auth::TokenSigner;

use crate::settings::{Args, TokenArgs};

/// Prints a token that the service takes.
pub(crate) fn print(args: &Args, asked: &TokenArgs) -> palisade::Exit {
    let signer = TokenSigner::from_jwk_set_file(args.key_set()?, &args.issuer, &args.audience)?;
    let token =
        signer.subject(&asked.subject).scopes(&asked.scope).expires_in(asked.expires).sign()?;
    writeln!(io::stdout(), "{token}")?;
    Ok(())
}
